"""The ears of Discord: slash commands, buttons, modals, and servers that come and go.

Discord hands an interaction out once, but for what a RESUME replays; so each is taken at once, acknowledged
within its 3 seconds, and then waited for (see attendant).
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import discord
import structlog

from bot.errors import DeliveryError, RateLimited, SettingsError, StoreError, Transient
from bot.ports import Desk, Steward
from handlers.commands.command import Command
from handlers.discord.attendant import Acknowledged, Attendant
from handlers.discord.client import DiscordLine
from handlers.discord.ears import Ears
from handlers.discord.errors import closed_for_good
from handlers.discord.forms import Forms
from handlers.discord.hearing import PLATFORM, Hearing, Said, Typing, WantsForm, dm_of, lane_of
from handlers.discord.lanes import Lanes
from handlers.discord.menu import publish_commands
from handlers.discord.places import Change, Places

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_GRACE_S: Final = 2.0
"""What is under way when we are stopped gets this long: nobody hands it out again."""
_CLOSE_S: Final = 3.0
_REMEMBERED: Final = 10_000
"""Interactions of which a second copy is known; they are worth nothing after a quarter of an hour."""

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class DiscordGateway:
    """`ports.Gateway`. `run` raises SettingsError (bad token, intents) and waits out all else."""

    platform = PLATFORM

    def __init__(
        self,
        line: DiscordLine,
        commands: Sequence[Command],
        *,
        steward: Steward,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._line = line
        self._forms = Forms(commands)
        self._steward = steward
        self._places = Places()
        self._pause = pause
        self._now = now
        self._wait = _FIRST_WAIT_S
        self._ears: Ears | None = None
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._is_listening = False
        self._trouble = ""
        """What was last logged about the connection, empty when all is well."""

    async def run(self, desk: Desk) -> None:
        """Listen until cancelled; what was acknowledged by then is finished if that takes but a moment."""
        lanes = Lanes()
        try:
            while True:
                await self._attempt(desk, lanes)
        finally:
            await lanes.close(_GRACE_S)

    async def _attempt(self, desk: Desk, lanes: Lanes) -> None:
        """With a client of its own: one that met a bug of discord.py's is not used again."""
        ears = self.ears(desk, lanes)
        publishing: asyncio.Task[None] | None = None
        try:
            await self._insist(partial(ears.login, self._line.token))
            if ears.application is not None and ears.application.interactions_endpoint_url:
                _log.warning(
                    "discord_sends_interactions_elsewhere", cure="empty the interactions endpoint URL"
                )
            publishing = asyncio.create_task(self._publish(str(ears.application_id)))
            address = self._line.gateway or await self._insist(self._address)
            await ears.listen(address, self._again, always_there=bool(self._line.gateway))
        except discord.ConnectionClosed as closed:
            fault = closed_for_good(closed.code)
            if fault is not None:
                self._note(str(fault))
                raise fault from None
            await self._again(f"the gateway closed with {closed.code}")
        except SettingsError as refusal:
            self._note(str(refusal))
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks discord.py, a new client goes on
            await self._again(f"the gateway said what cannot be read ({type(error).__name__})")
        finally:
            if publishing is not None:
                publishing.cancel()
                await asyncio.gather(publishing, return_exceptions=True)
            with suppress(Exception):
                async with asyncio.timeout(_CLOSE_S):
                    await ears.close()

    def ears(self, desk: Desk, lanes: Lanes) -> Ears:
        """A client that hears for a desk."""
        hearing = Hearing(self._forms, self._line, self._owner)
        attendant = Attendant(self._line, desk, pause=self._pause, now=self._now)
        hears = partial(self._hear, hearing, attendant, lanes)
        self._ears = Ears(
            self._line,
            hears=hears,
            tells=partial(self._tell, lanes),
            greeted=self._greeted,
            places=self._places,
        )
        return self._ears

    def _owner(self, server: str) -> str:
        guild = self._ears.get_guild(int(server)) if self._ears is not None else None
        return str(guild.owner_id) if guild is not None else ""

    def _hear(self, hearing: Hearing, attendant: Attendant, lanes: Lanes, data: Mapping[str, Any]) -> None:
        """Take one interaction; nothing is awaited here, so their order is that of Discord."""
        heard = hearing.heard(data)
        if heard is None:
            return
        if not self._is_new(heard.handle.interaction):
            _log.info("discord_interaction_repeated", interaction=heard.handle.interaction)
            return
        private = dm_of(data)
        if private is not None:
            self._line.remember_dm(*private)
        match heard:
            case Typing():
                lanes.aside(partial(attendant.suggest, heard))
            case WantsForm():
                lanes.aside(partial(attendant.open_form, heard))
            case Said():
                deferral = lanes.aside(partial(attendant.defer, heard))
                if deferral is not None:
                    lanes.add(lane_of(heard), partial(self._attend, attendant, heard, deferral))

    async def _attend(
        self, attendant: Attendant, said: Said, deferral: "asyncio.Task[Acknowledged | None]"
    ) -> None:
        await attendant.attend(said, await deferral or Acknowledged.TOO_LATE)

    def _is_new(self, interaction: str) -> bool:
        """False for one that a RESUME plays again."""
        if interaction in self._seen:
            return False
        self._seen[interaction] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _tell(self, lanes: Lanes, changes: Iterable[Change]) -> None:
        """Have the steward hear of it, in order for each server."""
        for change in changes:
            lanes.add(change.home, partial(self._until_heard, change))

    async def _until_heard(self, change: Change) -> None:
        wait = _FIRST_WAIT_S
        while True:
            try:
                await self._steward.changed(change.place, change.what, home=change.home, why=change.why)
            except StoreError:
                await self._pause(wait)
                wait = min(_LONGEST_WAIT_S, wait * 2)
            else:
                return

    # ---- the line -------------------------------------------------------------------------------

    async def _address(self) -> str:
        """Where to listen. A day's logins that are used up are waited for: more would cost the token."""
        said = await self._line.call("GET", "/gateway/bot")
        try:
            starts, address = said["session_start_limit"], str(said["url"])
            left, wait_s = int(starts["remaining"]), int(starts["reset_after"]) / 1000
        except (KeyError, TypeError, ValueError):
            raise Transient("Discord does not say where its gateway is") from None
        if left <= 0:
            raise RateLimited(wait_s, everything=True)
        return address

    async def _publish(self, application: str) -> None:
        """Offer the commands, however long Discord makes us wait; people are heard meanwhile."""
        wait, told = _FIRST_WAIT_S, ""
        while True:
            try:
                if await publish_commands(self._line, application, self._forms.slash_commands()):
                    _log.info("discord_commands_published")
            except SettingsError:
                return  # the gateway meets the same
            except DeliveryError as error:
                if str(error) != told:
                    _log.warning("discord_commands_unpublished", why=str(error))
                told = str(error)
                await self._pause(error.retry_after if isinstance(error, RateLimited) else wait)
                wait = min(_LONGEST_WAIT_S, wait * 2)
            else:
                return

    async def _insist(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Ask until Discord answers."""
        while True:
            try:
                return await ask()
            except RateLimited as error:
                self._note(str(error))
                await self._pause(error.retry_after)
            except DeliveryError as error:
                await self._again(str(error))

    async def _again(self, trouble: str) -> None:
        """Wait before another try, longer each time until Discord takes us in."""
        self._note(trouble)
        await self._pause(self._wait)
        self._wait = min(_LONGEST_WAIT_S, self._wait * 2)

    def _greeted(self) -> None:
        self._wait = _FIRST_WAIT_S
        self._note("")
        if not self._is_listening:
            self._is_listening = True
            _log.info("discord_listening")

    def _note(self, trouble: str) -> None:
        """Trouble is logged when it begins, changes and ends."""
        if trouble == self._trouble:
            return
        if trouble:
            _log.warning("discord_unreachable", why=trouble)
        else:
            _log.info("discord_reachable_again")
        self._trouble = trouble
        self._steward.line(PLATFORM, trouble)
