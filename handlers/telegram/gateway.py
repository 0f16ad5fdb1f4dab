"""The ears of Telegram: long polling, requests to the desk, presses answered, menus.

Not the library's Updater: it confirms updates when it has fetched them (`telegram/ext/_updater.py`,
`polling_action_cb`), so a killed process would lose what lay in its queue. Here an update is confirmed after
it was handled (see intake).
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog
from telegram import Bot, Update, User

from bot.errors import RateLimited, SettingsError, StoreError
from bot.ports import Desk, Request, Steward
from handlers.telegram.attachments import attachment
from handlers.telegram.errors import ANYTHING, redact, translate
from handlers.telegram.hearing import PLATFORM, Pressed, Said, commanding_bot, heard, lane_of
from handlers.telegram.intake import Intake
from handlers.telegram.menu import MenuEntry, publish_menu
from handlers.telegram.porter import Porter
from handlers.telegram.standing import Standings
from handlers.text import clean, cut_text

LISTENED = ("message", "channel_post", "callback_query", "my_chat_member", "chat_member")
"""The kinds of updates we ask for; edited messages are not among them: a command is not given twice.
`chat_member` comes from chats only where we are administrator."""
FLASH_UNITS = 200
"""https://core.telegram.org/bots/api#answercallbackquery"""
_GRACE_S = 0.25
"""While somebody's request is slow, others' updates are asked for this often."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_CONFIRM_S = 2.0
"""How long a stop may take to tell Telegram what was handled; untold, it is only handed out once more."""

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class TelegramGateway:
    """`ports.Gateway`. `run` raises SettingsError (bad token) or StoreError and waits out all else.

    `for_members` names the commands of the menu that members of a group can use; None = all.
    """

    platform = PLATFORM

    def __init__(
        self,
        bot: Bot,
        menu: Sequence[MenuEntry],
        *,
        steward: Steward,
        for_members: Collection[str] | None = None,
        poll_s: int = 30,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._publish = partial(publish_menu, bot, tuple(menu), for_members)
        self._steward = steward
        self._standings = Standings(bot, clock=clock)
        self._porter = Porter(bot, steward, self._standings)
        self._poll_s = poll_s
        self._pause = pause
        self._trouble = ""
        """What was last logged about the connection, empty when all is well."""

    async def run(self, desk: Desk) -> None:
        """Listen until cancelled. What was not handled by then, Telegram hands out at the next start."""
        me = await self._insist(self._bot.get_me)
        await self._insist(partial(self._bot.delete_webhook, drop_pending_updates=False))
        await self._insist(self._publish)
        _log.info("telegram_listening", bot=me.username)
        intake = Intake()
        try:
            async with asyncio.TaskGroup() as lanes:
                await self._listen(intake, lanes, desk, me)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            await self._confirm(intake)

    async def _listen(self, intake: Intake, lanes: asyncio.TaskGroup, desk: Desk, me: User) -> None:
        waiting: dict[int, deque[Update]] = {}

        async def walk(lane: int) -> None:
            while waiting[lane]:
                update = waiting[lane].popleft()
                await self._handle(update, desk, me)
                intake.handled(update)
            del waiting[lane]

        while True:
            offset = intake.offset()
            patience = 0 if intake.busy else self._poll_s
            updates = await self._insist(partial(self._fetch, offset, patience))
            intake.confirmed(offset)
            fresh = intake.fresh(updates)
            self._porter.glance(fresh)
            for update in fresh:
                lane = lane_of(update)
                if lane in waiting:
                    waiting[lane].append(update)
                else:
                    waiting[lane] = deque([update])
                    lanes.create_task(walk(lane))
            await intake.settled(_GRACE_S)

    async def _fetch(self, offset: int | None, patience_s: int, limit: int = 100) -> tuple[Update, ...]:
        return await self._bot.get_updates(offset, limit, patience_s, LISTENED)

    async def _handle(self, update: Update, desk: Desk, me: User) -> None:
        """One update. After a bug on the way it counts as handled, or it would come again for ever."""
        try:
            if await self._porter.see(update, me):
                return
            match heard(update, me):
                case Said() as said:
                    await desk.handle(self._request(said))
                case Pressed(query, pressed):
                    await self._answer(desk, query, self._request(pressed) if pressed else None)
                case None:
                    if bot := commanding_bot(update):
                        _log.warning("refused", person=bot[0], home=bot[1], what="command", needs="a person")
        except (StoreError, SettingsError):
            raise
        except Exception:  # noqa: BLE001 - whatever one request breaks, the others are heard
            _log.exception("telegram_update_failed", update_id=update.update_id)

    def _request(self, said: Said) -> Request:
        """The request with what it may have to ask Telegram for."""
        file = attachment(self._bot, said.document) if said.document is not None else None
        return replace(said.request, standing=partial(self._standings.of, said.speaker), file=file)

    async def _answer(self, desk: Desk, query: str, request: Request | None) -> None:
        """Let the desk handle a press and stop the button's spinner, whatever happened."""
        flash = ""
        try:
            if request is not None:
                flash = await desk.notice(request)
        finally:
            try:
                await self._bot.answer_callback_query(query, cut_text(clean(flash), FLASH_UNITS) or None)
            except ANYTHING as error:  # too old, or the line is down: the deed itself is done
                _log.debug("telegram_press_unanswered", why=redact(str(error)))

    async def _insist(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Ask until Telegram answers; trouble is logged when it begins, changes and ends."""
        wait = _FIRST_WAIT_S
        while True:
            try:
                answer = await ask()
            except ANYTHING as problem:
                error = translate(problem)
                self._note(str(error))
                if isinstance(error, SettingsError):
                    raise error from None
            else:
                self._note("")
                return answer
            if isinstance(error, RateLimited):
                await self._pause(error.retry_after)
            else:
                await self._pause(wait)
                wait = min(_LONGEST_WAIT_S, wait * 2)

    def _note(self, trouble: str) -> None:
        if trouble == self._trouble:
            return
        if trouble:
            _log.warning("telegram_unreachable", why=trouble)
        else:
            _log.info("telegram_reachable_again")
        self._trouble = trouble
        self._steward.line(PLATFORM, trouble)

    async def _confirm(self, intake: Intake) -> None:
        """Tell Telegram what was handled, so that the next start does not get it again."""
        offset = intake.offset()
        if offset is None:
            return
        with suppress(*ANYTHING, TimeoutError):
            async with asyncio.timeout(_CONFIRM_S):
                await self._fetch(offset, 0, limit=1)
