"""Attends to one interaction: acknowledged first, then the desk, then words or nothing more. Gateway only.

Discord waits 3 seconds for an acknowledgement and hands nothing out twice, so nothing here is given up early.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import Enum, auto
from typing import Any, Final

import structlog

from bot.errors import DeliveryError, RateLimited, Rejected, SettingsError, StoreError, Transient
from bot.messages.model import Message, Span
from bot.ports import Desk
from bot.subscriptions import Destination
from handlers.discord.client import DiscordLine
from handlers.discord.errors import ALREADY_ACKNOWLEDGED, Refused
from handlers.discord.forms import modal
from handlers.discord.handle import Handle
from handlers.discord.hearing import Said, Typing, WantsForm
from handlers.discord.sender import DiscordSender
from handlers.discord.text import shorten
from handlers.text import is_visible

_DEFERRED, _SUGGESTIONS, _MODAL = 5, 8, 9
_EPHEMERAL: Final = 1 << 6
_CALLBACK: Final = "/interactions/{}/{}/callback"
_ANSWER: Final = "/webhooks/{}/{}/messages/@original"
_DEADLINE_S: Final = 2.8
_SUGGEST_WITHIN_S: Final = 2.0
_CHOICES, _CHOICE_UNITS = 25, 100
_TRIES: Final = 4
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 30.0

Pause = Callable[[float], Awaitable[object]]
_log = structlog.get_logger(__name__)


class Acknowledged(Enum):
    """What became of the acknowledgement."""

    YES = auto()
    TOO_LATE = auto()


class Attendant:
    """One for a gateway and a desk. No error leaves it but cancellation and bugs."""

    def __init__(
        self,
        line: DiscordLine,
        desk: Desk,
        *,
        pause: Pause = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._line = line
        self._desk = desk
        self._pause = pause
        self._now = now
        self._mouth = DiscordSender(line, clock=now)
        self._store_away = False

    async def defer(self, said: Said) -> Acknowledged:
        """Show the person that we think."""
        flags = {"data": {"flags": _EPHEMERAL}} if said.ephemeral else {}
        return await self._respond(said.handle, {"type": _DEFERRED, **flags})

    async def attend(self, said: Said, acknowledged: Acknowledged) -> None:
        """Let the desk do it, whether or not anybody could be told that it is being done."""
        answer_to = str(said.handle) if acknowledged is Acknowledged.YES else said.direct
        request = replace(said.request, answer_to=answer_to)
        try:
            if said.is_press:
                words = await self._until_stored(said.handle, lambda: self._desk.notice(request))
                await self._say(request.place, answer_to, words or "")
            else:
                await self._until_stored(said.handle, lambda: self._desk.handle(request))
        except Exception:
            await self._drop_answer(said.handle, acknowledged)
            raise

    async def open_form(self, wanted: WantsForm) -> None:
        await self._respond(wanted.handle, {"type": _MODAL, "data": modal(wanted.command, wanted.form)})

    async def suggest(self, typing: Typing) -> None:
        """Nothing rather than something too late."""
        found: tuple[Any, ...] = ()
        try:
            async with asyncio.timeout(_SUGGEST_WITHIN_S):
                if typing.source:
                    found = await self._desk.suggest(typing.request, typing.source, typing.typed)
        except (TimeoutError, StoreError):
            _log.debug("discord_suggestions_late")
        choices = [
            {"name": shorten(one.label, _CHOICE_UNITS), "value": one.value}
            for one in found
            if is_visible(one.label) and 0 < len(one.value) <= _CHOICE_UNITS
        ]
        await self._respond(typing.handle, {"type": _SUGGESTIONS, "data": {"choices": choices[:_CHOICES]}})

    # ---- inside ---------------------------------------------------------------------------------

    async def _respond(self, handle: Handle, body: dict[str, Any]) -> Acknowledged:
        """Acknowledge within Discord's 3 seconds; somebody else having done it is as good."""
        wait = _FIRST_WAIT_S
        try:
            async with asyncio.timeout(_DEADLINE_S):
                while True:
                    try:
                        await self._line.call(
                            "POST", _CALLBACK, (handle.interaction, handle.token), body=body, as_bot=False
                        )
                    except RateLimited as error:
                        await self._pause(error.retry_after)
                    except Transient:
                        await self._pause(wait)
                        wait *= 2
                    else:
                        return Acknowledged.YES
        except Refused as error:
            if error.code == ALREADY_ACKNOWLEDGED:
                return Acknowledged.YES
            _log.debug("discord_interaction_unacknowledged", why=str(error))
        except (TimeoutError, DeliveryError, SettingsError) as error:
            _log.debug("discord_interaction_unacknowledged", why=str(error))
        return Acknowledged.TOO_LATE

    async def _until_stored(self, handle: Handle, work: Callable[[], Awaitable[str | None]]) -> str | None:
        """Wait for a store that is away while the person can still be answered: Discord asks only once."""
        wait = _FIRST_WAIT_S
        while True:
            try:
                done = await work()
            except StoreError as error:
                if not self._store_away:
                    _log.warning("discord_requests_wait_for_the_store", why=str(error))
                self._store_away = True
                if not handle.is_open(self._now() + wait):
                    raise
                await self._pause(wait)
                wait = min(_LONGEST_WAIT_S, wait * 2)
            else:
                self._store_away = False
                return done

    async def _say(self, place: Destination, answer_to: str, words: str) -> None:
        """Fill in the words that a press comes back with; the deed is done, so a failure changes nothing."""
        if not words:
            return
        message = Message(((Span(words),),))
        for wait in (_FIRST_WAIT_S * 2**n for n in range(_TRIES)):
            try:
                await self._mouth.send(place, message, answer_to=answer_to)
            except (RateLimited, Transient) as error:
                await self._pause(error.retry_after if isinstance(error, RateLimited) else wait)
            except (DeliveryError, SettingsError) as error:
                _log.debug("discord_press_unanswered", why=str(error))
                return
            else:
                return

    async def _drop_answer(self, handle: Handle, acknowledged: Acknowledged) -> None:
        """Nothing will come, so stop pretending to think."""
        if acknowledged is not Acknowledged.YES:
            return
        try:
            await self._line.call("DELETE", _ANSWER, (handle.application, handle.token), as_bot=False)
        except (DeliveryError, SettingsError, Rejected) as error:
            _log.debug("discord_answer_not_dropped", why=str(error))
