"""The mouth of Telegram: one attempt a call, every refusal translated. Called by `bot.delivery`."""

from typing import NoReturn

from telegram import Bot, LinkPreviewOptions, ReplyParameters

from bot.errors import Rejected
from bot.messages.model import Message
from bot.subscriptions import Destination
from handlers.telegram.errors import ANYTHING, NOT_MODIFIED, NOTHING_TO_DELETE, translate
from handlers.telegram.renderer import render

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class TelegramSender:
    """`ports.Sender` over a shared Bot. SettingsError when Telegram refuses the token itself."""

    platform = "telegram"

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, to: Destination, message: Message, reply_to: str = "") -> str:
        made = render(message)
        reply = (
            ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to.isdecimal() else None
        )
        try:
            sent = await self._bot.send_message(
                _number(to.chat),
                made.text,
                entities=made.entities,
                reply_markup=made.keyboard,
                reply_parameters=reply,
                message_thread_id=_number(to.thread) if to.thread else None,
                disable_notification=message.silent,
                link_preview_options=_NO_PREVIEW,
            )
        except ANYTHING as error:
            _raise(error)
        return str(sent.message_id)

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
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
            if NOT_MODIFIED not in str(error).lower():
                _raise(error)

    async def delete(self, to: Destination, message_id: str) -> None:
        try:
            await self._bot.delete_message(_number(to.chat), _number(message_id))
        except ANYTHING as error:
            if NOTHING_TO_DELETE not in str(error).lower():
                _raise(error)


def _raise(error: Exception) -> NoReturn:
    raise translate(error) from None


def _number(text: str) -> int:
    """A chat, thread or message id; Rejected when it is none of Telegram's."""
    try:
        return int(text)
    except ValueError:
        raise Rejected(f"not an id of Telegram: {text[:40]!r}") from None
