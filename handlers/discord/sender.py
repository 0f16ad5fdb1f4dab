"""The mouth of Discord: one attempt a call, every refusal translated. Called by `bot.delivery`."""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.errors import DestinationGone, Rejected, Transient
from bot.messages.model import Message, Picture
from bot.subscriptions import Destination
from handlers.discord.client import DiscordLine, Upload
from handlers.discord.errors import MISSING_PERMISSIONS, NO_HISTORY, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, Refused
from handlers.discord.handle import Direct, Handle, read_handle
from handlers.discord.renderer import render
from handlers.text import clean, cut_text, file_name

_SILENT: Final = 1 << 12
_MESSAGES: Final = "/channels/{}/messages"
_MESSAGE: Final = "/channels/{}/messages/{}"
_ANSWER: Final = "/webhooks/{}/{}/messages/@original"
_PICTURE_NAME: Final = "chart.png"
_ALT_CAP: Final = 1024
_LIMITED_AT_MOST: Final = 10_000
_LEARNT_FOR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class _May:
    """What we may do where we may write; of places of which nothing else is known, everything."""

    embed: bool = True
    reply: bool = True
    until: float = 0.0


class DiscordSender:
    """`ports.Sender` over a shared line. SettingsError when Discord refuses the token itself."""

    platform = "discord"

    def __init__(self, line: DiscordLine, *, clock: Callable[[], float] = time.time) -> None:
        self._line = line
        self._clock = clock
        self._limited: dict[str, _May] = {}
        """Channels where we may write but not everything; asked again after a while."""

    async def send(
        self,
        to: Destination,
        message: Message,
        reply_to: str = "",
        *,
        answer_to: str = "",
        key: str = "",
        picture: Picture | None = None,
    ) -> str:
        """With an `answer_to` the message takes the place of the one that says we think."""
        handle = read_handle(answer_to)
        if isinstance(handle, Handle):
            return await self._answer(handle, message, picture)
        to = Destination(self.platform, handle.user) if isinstance(handle, Direct) else to
        may = self._may(to)
        body, file = _parts(message, picture, in_content=not may.embed)
        if message.silent:
            body["flags"] = _SILENT
        if reply_to.isdecimal() and may.reply:
            body["message_reference"] = {"message_id": reply_to, "fail_if_not_exists": False}
        if key:
            body |= {"nonce": _nonce(key), "enforce_nonce": True}
        return _id_of(await self._in_channel(to, "POST", _MESSAGES, body=body, file=file))

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        body, file = _parts(message, in_content=not self._may(to).embed)
        body.setdefault("attachments", [])  # a file that is no longer part of it goes
        await self._in_channel(to, "PATCH", _MESSAGE, _number(message_id), body=body, file=file)

    async def delete(self, to: Destination, message_id: str) -> None:
        try:
            await self._in_channel(to, "DELETE", _MESSAGE, _number(message_id))
        except Refused as error:
            if error.code != UNKNOWN_MESSAGE:
                raise

    async def _answer(self, handle: Handle, message: Message, picture: Picture | None) -> str:
        if not handle.is_open(self._clock()):
            raise Rejected("the answer is too late: Discord takes it for 15 minutes")
        body, file = _parts(message, picture)
        ids = (handle.application, handle.token)
        return _id_of(await self._line.call("PATCH", _ANSWER, ids, body=body, file=file, as_bot=False))

    async def _in_channel(
        self,
        to: Destination,
        method: str,
        route: str,
        *ids: str,
        body: Any = None,
        file: Upload | None = None,
    ) -> Any:
        """The call, in the channel of the destination; of people that of our direct messages."""
        is_channel = to.chat[:1] == "c"
        user = "" if is_channel else _number(to.chat)
        try:
            channel = _number(to.chat[1:]) if is_channel else await self._line.dm(user)
            return await self._line.call(method, route, (channel, *ids), body=body, file=file)
        except Refused as error:
            if error.code == UNKNOWN_CHANNEL:
                self._line.forget_dm(user)
            self._learn(to, error, body or {})
            if error.code == MISSING_PERMISSIONS and file is not None:
                raise Rejected(f"no file may be sent there: {error}") from None
            if error.is_gone:
                raise DestinationGone(str(error)) from None
            raise

    def _may(self, to: Destination) -> _May:
        may = self._limited.get(to.chat)
        return may if may is not None and self._clock() < may.until else _May()

    def _learn(self, to: Destination, error: Refused, body: dict[str, Any]) -> None:
        """Transient where the same can be said with less: the next attempt does so."""
        may = self._may(to)
        if error.code == MISSING_PERMISSIONS and body.get("embeds"):
            may = replace(may, embed=False)
        elif error.code == NO_HISTORY and "message_reference" in body:
            may = replace(may, reply=False)
        else:
            return
        if len(self._limited) >= _LIMITED_AT_MOST:
            self._limited.clear()  # learning it again costs one request each
        self._limited[to.chat] = replace(may, until=self._clock() + _LEARNT_FOR_S)
        raise Transient(f"to be said more simply: {error}")


def _parts(
    message: Message, picture: Picture | None = None, *, in_content: bool = False
) -> tuple[dict[str, Any], Upload | None]:
    body = render(message, in_content=in_content).body()
    if picture is not None:
        alt = cut_text(clean(picture.alt), _ALT_CAP)
        body["attachments"] = [{"id": "0", "filename": _PICTURE_NAME, "description": alt}]
        return body, Upload(_PICTURE_NAME, picture.png, "image/png")
    if message.file is None:
        return body, None
    name = file_name(message.file.name)
    body["attachments"] = [{"id": "0", "filename": name}]
    return body, Upload(name, message.file.text.encode("utf-8", "replace"))


def _nonce(key: str) -> str:
    """The same 24 characters for the same delivery: Discord shows a repetition of it once."""
    return base64.urlsafe_b64encode(hashlib.blake2b(key.encode(), digest_size=18).digest()).decode()


def _number(text: str) -> str:
    """A channel, person or message; Rejected when it is no id of Discord's that can be written to."""
    if not (text.isascii() and text.isdecimal() and 0 < len(text) <= 20):
        raise Rejected(f"not an id of Discord that can be written to: {text[:40]!r}")
    return text


def _id_of(sent: Any) -> str:
    return str(sent["id"]) if isinstance(sent, dict) and "id" in sent else ""
