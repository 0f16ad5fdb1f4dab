"""Tells the steward which chats and topics opened, closed or moved, and forgets standings that changed.

Called by the gateway with every update.
"""

from collections.abc import Sequence
from typing import Final

from telegram import Bot, ChatMemberAdministrator, ChatMemberUpdated, Message, Update, User

from bot.errors import UnderkeelError
from bot.ports import Place, Steward
from handlers.telegram.places import Shift, closed, leans_on_the_group, migration, reopened, shifts
from handlers.telegram.questions import asked
from handlers.telegram.standing import Standings

MOVES_REMEMBERED: Final = 100


class Porter:
    """Telegram calls it a joining too when a group gets a new id: the steward hears of the move alone."""

    def __init__(self, bot: Bot, steward: Steward, standings: Standings) -> None:
        self._bot = bot
        self._steward = steward
        self._standings = standings
        self._moved_to: dict[str, None] = {}
        """New ids of chats, oldest first."""

    def glance(self, updates: Sequence[Update]) -> None:
        """Remember the moves among updates not yet handled: a joining may come before its move."""
        for update in updates:
            if moved := update.message and migration(update.message):
                self._moved_to[moved[1].id] = None
        for old in list(self._moved_to)[:-MOVES_REMEMBERED]:
            del self._moved_to[old]

    async def see(self, update: Update, me: User) -> bool:
        """Whether the update was about a place, and thus is dealt with."""
        if update.my_chat_member is not None:
            await self._ours(update.my_chat_member)
            return True
        if update.chat_member is not None:
            self._standings.forget(update.chat_member.chat.id, update.chat_member.new_chat_member.user.id)
            return True
        message = update.message
        return message is not None and await self._service(message, me)

    async def _ours(self, change: ChatMemberUpdated) -> None:
        self._standings.forget(change.chat.id)
        open_to_members = not leans_on_the_group(change) or await self._members_may_write(change.chat.id)
        for shift in shifts(change, members_may_write=open_to_members):
            if shift.what is not Place.JOINED or shift.place.id not in self._moved_to:
                await self._tell(shift)

    async def _service(self, message: Message, me: User) -> bool:
        if moved := migration(message):
            await self._steward.moved(*moved)
            return True
        if shift := reopened(message):
            await self._tell(shift)
            return True
        if shift := closed(message):
            if not await self._writes_in_closed_topics(message.chat.id, me):
                await self._tell(shift)
            return True
        return False

    async def _tell(self, shift: Shift) -> None:
        await self._steward.changed(shift.place, shift.what, by=shift.by, why=shift.why)

    async def _members_may_write(self, chat: int) -> bool:
        """True without an answer: if it is wrong, the next message finds it out."""
        try:
            group = await asked(self._bot.get_chat(chat))
        except UnderkeelError:
            return True
        return group.permissions is None or group.permissions.can_send_messages is not False

    async def _writes_in_closed_topics(self, chat: int, me: User) -> bool:
        """True without an answer, for the same reason: an alert is rather tried in vain than held back."""
        try:
            member = await asked(self._bot.get_chat_member(chat, me.id))
        except UnderkeelError:
            return True
        return isinstance(member, ChatMemberAdministrator) and bool(member.can_manage_topics)
