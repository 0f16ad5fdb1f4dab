"""Text files that people hand to us, fetched when a command asks for them. Used by the gateway."""

from functools import partial
from typing import Final

from telegram import Bot, Document

from bot.errors import SourceError, UnderkeelError, UserError
from bot.ports import Attachment
from handlers.telegram.questions import asked
from handlers.text import file_name

FILE_BYTES: Final = 200_000
_FETCH_S: Final = 20.0


def attachment(bot: Bot, document: Document) -> Attachment:
    name = file_name(document.file_name or "")
    return Attachment(name, partial(_fetch, bot, document, name))


async def _fetch(bot: Bot, document: Document, name: str) -> str:
    """Its text. The address of a file holds the token, so no error of the library passes."""
    try:
        raw = await asked(_download(bot, document, name), _FETCH_S)
    except UserError:
        raise
    except UnderkeelError:
        raise SourceError("Telegram did not hand out a file") from None
    if len(raw) > FILE_BYTES:
        raise UserError("file_too_large", name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("file_not_text", name) from None
    if "\0" in text:
        raise UserError("file_not_text", name)
    return text


async def _download(bot: Bot, document: Document, name: str) -> bytes:
    if (document.file_size or 0) > FILE_BYTES:
        raise UserError("file_too_large", name)
    file = await bot.get_file(document.file_id)
    if (file.file_size or 0) > FILE_BYTES:
        raise UserError("file_too_large", name)
    if not file.file_path:
        raise SourceError("Telegram does not say where a file lies")
    return bytes(await file.download_as_bytearray())
