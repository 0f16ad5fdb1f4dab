"""Who is an administrator where, as Telegram says: asked when a right is needed, kept for a minute.

Filled by the gateway's requests, emptied by its updates.
"""

import time
from collections.abc import Callable
from typing import Final

import structlog
from telegram import Bot, ChatMember

from bot.errors import DestinationGone, Rejected, UnderkeelError
from bot.ports import Standing
from handlers.telegram.hearing import Speaker
from handlers.telegram.questions import ANSWER_S, asked

KEPT_S: Final = 60.0
KEPT_AT_MOST: Final = 4096

_ADMINISTRATORS: Final = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})
_log = structlog.get_logger(__name__)


class Standings:
    """Never raises: what cannot be found out is a Standing that is not known, and is not kept."""

    def __init__(
        self, bot: Bot, *, clock: Callable[[], float] = time.monotonic, within_s: float = ANSWER_S
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._within_s = within_s
        self._kept: dict[tuple[int, int], tuple[float, Standing]] = {}
        """(chat, user or sender chat) -> until when, what; oldest first."""

    async def of(self, speaker: Speaker) -> Standing:
        if speaker.private:
            return Standing()
        if speaker.sender_chat == speaker.chat:
            # The group or channel itself, which only its administrators can be.
            return Standing(is_admin=True)
        key = (speaker.chat, speaker.sender_chat or speaker.user)
        until, standing = self._kept.get(key, (0.0, Standing()))
        if self._clock() < until:
            return standing
        self._kept.pop(key, None)
        try:
            standing = Standing(is_admin=await self._ask(speaker))
        except UnderkeelError as error:
            _log.warning("telegram_standing_unknown", chat=speaker.chat, why=str(error))
            return Standing(is_known=False)
        self._kept[key] = (self._clock() + KEPT_S, standing)
        if len(self._kept) > KEPT_AT_MOST:
            del self._kept[next(iter(self._kept))]
        return standing

    def forget(self, chat: int, user: int | None = None) -> None:
        """What a person was in a chat, or all that is known of the chat."""
        if user is not None:
            self._kept.pop((chat, user), None)
            return
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] != chat}

    async def _ask(self, speaker: Speaker) -> bool:
        if speaker.sender_chat:
            # Anyone may speak as a channel of their own; as the linked one only its administrators can.
            group = await asked(self._bot.get_chat(speaker.chat), self._within_s)
            return group.linked_chat_id == speaker.sender_chat
        return await asked(self._is_administrator(speaker), self._within_s)

    async def _is_administrator(self, speaker: Speaker) -> bool:
        try:
            member = await asked(self._bot.get_chat_member(speaker.chat, speaker.user), self._within_s)
        except (Rejected, DestinationGone):
            # Not a member, or the group hides its members from us: its administrators it shows to all.
            administrators = await asked(self._bot.get_chat_administrators(speaker.chat), self._within_s)
            return speaker.user in {one.user.id for one in administrators}
        return member.status in _ADMINISTRATORS
