"""The adapter against simcord, a Discord that nobody here wrote: what people see and may do."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import pytest
import simcord
from simcord.backend.errors import BackendError
from simcord.http import router

from bot.errors import DestinationGone
from bot.messages.model import Ask, Button, Message, Press, Span, Style
from bot.ports import Request, Suggestion
from bot.subscriptions import Destination
from handlers.commands.command import Form
from handlers.commands.table import COMMANDS
from handlers.discord.client import DiscordLine, Upload
from handlers.discord.errors import Reply, translate
from handlers.discord.forms import Forms
from handlers.discord.gateway import DiscordGateway
from handlers.discord.lanes import Lanes
from handlers.discord.menu import publish_commands
from handlers.discord.sender import DiscordSender
from tests.contract.stands import Notebook, PlaceNotes, words


class SimLine(DiscordLine):
    """A line whose far end is simcord's table of routes."""

    backend: Any = None

    async def call(
        self,
        method: str,
        route: str,
        ids: Sequence[str] = (),
        *,
        body: Any = None,
        file: Upload | None = None,
        as_bot: bool = True,
    ) -> Any:
        try:
            return router.dispatch(self.backend, method, route.format(*ids), json=body)
        except (router.RouteNotImplemented, router.UnsupportedField):
            raise
        except BackendError as error:
            raise translate(Reply(error.status, {}, error.to_json()), as_bot=as_bot) from None


class Desk(Notebook):
    """Answers every line with it."""

    def __init__(self, sender: DiscordSender) -> None:
        super().__init__()
        self.sender = sender

    async def handle(self, request: Request) -> None:
        await super().handle(request)
        if request.text:
            said = words(f"You said {request.text}")
            await self.sender.send(request.place, said, answer_to=request.answer_to)

    async def suggest(self, request: Request, source: str, typed: str) -> tuple[Suggestion, ...]:
        return (Suggestion(typed, f"{source}:{typed}"),)


class House:
    """A bot with the real commands, in simcord's hands."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.line = SimLine(session, "token")
        self.steward = PlaceNotes()
        self.gateway = DiscordGateway(self.line, COMMANDS, steward=self.steward, now=self._now)
        self.sender = DiscordSender(self.line, clock=self._now)
        self.desk = Desk(self.sender)
        self.env: Any = None

    def _now(self) -> float:
        return float(self.env.now().timestamp())

    def bot(self) -> discord.Client:
        return self.gateway.ears(self.desk, Lanes())

    async def open(self, env: Any) -> None:
        self.env, self.line.backend = env, env.backend
        commands = Forms(COMMANDS).slash_commands()
        assert await publish_commands(self.line, str(env.bot.application_id), commands)
        assert not await publish_commands(self.line, str(env.bot.application_id), commands)


@dataclass
class Scene:
    """A server with a channel, an owner of its keys and somebody ordinary."""

    house: House
    env: Any
    guild: Any
    general: Any
    ann: Any
    keeper: Any
    bob: Any


@asynccontextmanager
async def a_scene() -> AsyncIterator[Scene]:
    # No fixture: simcord's clock has to be left in the context in which it was entered.
    async with aiohttp.ClientSession() as session:
        house = House(session)
        async with simcord.run(house.bot()) as env:
            await house.open(env)
            guild = env.create_guild("Treasury")
            general = guild.create_text_channel("general")
            keys = guild.create_role("keys", permissions=discord.Permissions(manage_guild=True))
            ann = env.create_user("ann")
            keeper = guild.add_member(ann, roles=[keys])
            bob = guild.add_member(env.create_user("bob"))
            await env.settle()
            yield Scene(house, env, guild, general, ann, keeper, bob)


async def test_every_form_of_every_command_is_offered_to_everybody() -> None:
    async with a_scene() as scene:
        offered = set(scene.bob.available_commands(scene.general))
        assert offered == {f"{one.name} {form.name}".strip() for one in COMMANDS for form in one.forms or ONE}


ONE = (Form("", ""),)


async def test_answers_are_for_the_person_alone_unless_shared() -> None:
    async with a_scene() as scene:
        alone = await scene.bob.slash(scene.general, "watch wallet", address="treasury.eth", label="my funds")
        shared = await scene.bob.slash(scene.general, "status", share=True)
        private = await scene.ann.slash("status")
        told = [(one.response.content, one.ephemeral) for one in (alone, shared, private)]
        assert told == [
            ("You said /watch treasury.eth my funds", True),
            ("You said /status", False),
            ("You said /status", False),
        ]


async def test_rights_are_those_of_the_moment() -> None:
    async with a_scene() as scene:
        for who in (scene.keeper, scene.bob):
            await who.slash(scene.general, "settings show")
        standings = [await one.standing() for one in scene.house.desk.requests]
        assert [one.is_admin for one in standings] == [True, False]
        assert [len(one.roles) for one in standings] == [1, 0]


async def test_buttons_and_forms_outlive_the_program() -> None:
    async with a_scene() as scene:
        card = Message(
            ((Span("HF 1.07"),),),
            buttons=((Button("Ack", Press("ack", "i1")), Button("Watch a wallet", Ask("watch.wallet"))),),
        )
        await scene.house.sender.send(Destination("discord", f"c{scene.general.id}"), card)
        opened = await scene.bob.click(scene.general.last_message, label="Watch a wallet")
        await scene.env.restart_bot(scene.house.bot())
        pressed = await scene.bob.click(scene.general.last_message, label="Ack")
        sent = await scene.bob.submit_modal(opened, {"address": "treasury.eth"})
        assert (pressed.response.content, pressed.ephemeral) == ("Snoozed", True)
        assert (sent.response.content, sent.ephemeral) == ("You said /watch treasury.eth", True)


async def test_the_largest_message_is_taken_with_its_embeds_and_buttons() -> None:
    async with a_scene() as scene:
        long = tuple((Span(f"{n} word_*[]~|" * 20, Style.BOLD),) for n in range(80))
        buttons = tuple(
            tuple(Button("x" * 200, Press("ack", f"{row}.{n}")) for n in range(12)) for row in range(12)
        )
        to = Destination("discord", f"c{scene.general.id}")
        for severity in ("", "critical"):
            message = Message(long, long, buttons, severity=severity, ping="1" if severity else "")
            await scene.house.sender.send(to, message)
            stands = scene.general.last_message
            assert len(stands.components) == 5
            assert 1 <= len(stands.embeds) <= 2
            assert sum(map(len, stands.embeds)) > 4000


async def test_where_the_bot_may_not_look_nobody_is_reached() -> None:
    async with a_scene() as scene:
        secret = scene.guild.create_text_channel(
            "secret", overwrites={scene.guild.default_role: discord.PermissionOverwrite(view_channel=False)}
        )
        with pytest.raises(DestinationGone):
            await scene.house.sender.send(Destination("discord", f"c{secret.id}"), words("HF 1.07"))


async def test_what_is_typed_is_completed() -> None:
    async with a_scene() as scene:
        result = await scene.bob.autocomplete(scene.general, "price", "asset", "we")
        assert [one["value"] for one in result] == ["asset:we"]
