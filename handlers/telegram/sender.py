"""The mouth of Telegram: one attempt a call, every refusal translated. Called by `bot.delivery`."""

from contextlib import suppress
from dataclasses import replace
from typing import Final, NoReturn

from telegram import Bot, InputFile, LinkPreviewOptions, ReplyParameters

from bot.errors import Rejected
from bot.messages.model import File, Message, Picture, Span
from bot.subscriptions import Destination
from handlers.telegram.errors import (
    ANYTHING,
    NO_DOCUMENTS,
    NO_PHOTOS,
    NOT_A_TEXT,
    NOT_MODIFIED,
    NOTHING_TO_DELETE,
    translate,
)
from handlers.telegram.renderer import CAPTION_UNITS, Rendered, render
from handlers.text import file_name, units

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_BEGUN_AT_MOST: Final = 1000


class TelegramSender:
    """`ports.Sender` over a shared Bot. SettingsError when Telegram refuses the token itself."""

    platform = "telegram"

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._begun: dict[str, str] = {}
        """Delivery -> the text of it that stands already, while its document or picture does not."""

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
        """A picture or file goes with the text under it, or behind a text that is too long for a caption.

        Telegram knows no key: `key` only spares a text that stands when what follows is tried again.
        """
        del answer_to  # an answer is a message like any other
        made = render(message)
        if message.file is None and picture is None:
            return await self._text(to, made, reply_to, silent=message.silent)
        if units(made.text) <= CAPTION_UNITS:
            if picture is not None:
                return await self._photo(to, picture, made, reply_to, silent=message.silent)
            return await self._document(to, message, made, reply_to)
        text_id = self._begun.get(key) or await self._text(to, made, reply_to, silent=message.silent)
        self._begin(key, text_id)
        if picture is not None:
            with suppress(Rejected):  # its words stand
                await self._photo(to, picture, Rendered(""), text_id, silent=True)
        else:
            await self._document(to, Message((), file=message.file), Rendered(""), text_id)
        self._begun.pop(key, None)
        return text_id

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        """Replace the words; a document under them stays as it is."""
        made = render(message)
        try:
            await self._bot.edit_message_text(
                made.text,
                _number(to.chat),
                _number(message_id),
                entities=made.entities,
                reply_markup=made.keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        except ANYTHING as error:
            said = str(error).lower()
            if NOT_A_TEXT in said:
                await self._edit_caption(to, message_id, message)
            elif NOT_MODIFIED not in said:
                _raise(error)

    async def delete(self, to: Destination, message_id: str) -> None:
        try:
            await self._bot.delete_message(_number(to.chat), _number(message_id))
        except ANYTHING as error:
            if NOTHING_TO_DELETE not in str(error).lower():
                _raise(error)

    # ---- inside ---------------------------------------------------------------------------------

    async def _text(self, to: Destination, made: Rendered, reply_to: str, *, silent: bool) -> str:
        try:
            sent = await self._bot.send_message(
                _number(to.chat),
                made.text,
                entities=made.entities,
                reply_markup=made.keyboard,
                reply_parameters=_reply(reply_to),
                message_thread_id=_thread(to),
                disable_notification=silent,
                link_preview_options=_NO_PREVIEW,
            )
        except ANYTHING as error:
            _raise(error)
        return str(sent.message_id)

    async def _document(self, to: Destination, message: Message, caption: Rendered, reply_to: str) -> str:
        """The file with a caption; where no files may be sent, as much of it as a message holds."""
        assert message.file is not None
        try:
            sent = await self._bot.send_document(
                _number(to.chat),
                _upload(message.file),
                caption=caption.text or None,
                caption_entities=caption.entities or None,
                reply_markup=caption.keyboard,
                reply_parameters=_reply(reply_to),
                message_thread_id=_thread(to),
                disable_notification=message.silent,
                disable_content_type_detection=True,
            )
        except ANYTHING as error:
            if not any(part in str(error).lower() for part in NO_DOCUMENTS):
                _raise(error)
            return await self._text(to, render(_written_out(message)), reply_to, silent=message.silent)
        return str(sent.message_id)

    async def _photo(
        self, to: Destination, picture: Picture, caption: Rendered, reply_to: str, *, silent: bool
    ) -> str:
        """Rejected where no pictures may be sent: words still may."""
        try:
            sent = await self._bot.send_photo(
                _number(to.chat),
                InputFile(picture.png, "chart.png"),
                caption=caption.text or None,
                caption_entities=caption.entities or None,
                reply_markup=caption.keyboard,
                reply_parameters=_reply(reply_to),
                message_thread_id=_thread(to),
                disable_notification=silent,
            )
        except ANYTHING as error:
            if any(part in str(error).lower() for part in NO_PHOTOS):
                raise Rejected("no pictures may be sent there") from None
            _raise(error)
        return str(sent.message_id)

    async def _edit_caption(self, to: Destination, message_id: str, message: Message) -> None:
        made = render(message, CAPTION_UNITS)
        try:
            await self._bot.edit_message_caption(
                _number(to.chat),
                _number(message_id),
                caption=made.text,
                caption_entities=made.entities,
                reply_markup=made.keyboard,
            )
        except ANYTHING as error:
            if NOT_MODIFIED not in str(error).lower():
                _raise(error)

    def _begin(self, key: str, text_id: str) -> None:
        if key:
            self._begun[key] = text_id
        if len(self._begun) > _BEGUN_AT_MOST:
            del self._begun[next(iter(self._begun))]


def _upload(file: File) -> InputFile:
    """Telegram refuses a file of no bytes at all."""
    return InputFile(file.text.encode("utf-8", "replace") or b"\n", file_name(file.name))


def _written_out(message: Message) -> Message:
    assert message.file is not None
    lines = tuple((Span(line),) for line in message.file.text.splitlines())
    return replace(message, details=(*message.details, *lines), file=None)


def _reply(reply_to: str) -> ReplyParameters | None:
    return ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to.isdecimal() else None


def _thread(to: Destination) -> int | None:
    return _number(to.thread) if to.thread else None


def _raise(error: Exception) -> NoReturn:
    raise translate(error) from None


def _number(text: str) -> int:
    """A chat, thread or message id; Rejected when it is none of Telegram's."""
    try:
        return int(text)
    except ValueError:
        raise Rejected(f"not an id of Telegram: {text[:40]!r}") from None
