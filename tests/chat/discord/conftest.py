"""Fixtures of the peer's own tests: a peer on a socket, a raw client for it, and a server with Ann in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.chat.discord.client import Rest, Wire
from tests.chat.discord.people import Person
from tests.chat.discord.places import Place, Server
from tests.chat.discord.server import DiscordPeer


@dataclass(frozen=True, slots=True)
class Treasury:
    """A server with its owner, an ordinary member and a channel."""

    server: Server
    ann: Person
    bob: Person
    general: Place


@pytest.fixture
async def peer() -> AsyncIterator[DiscordPeer]:
    async with DiscordPeer() as peer:
        yield peer


@pytest.fixture
def treasury(peer: DiscordPeer) -> Treasury:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob")
    server = peer.server(9001, "Treasury", ann, bob)
    return Treasury(server, ann, bob, server.channel(5001, "general"))


@pytest.fixture
async def rest(peer: DiscordPeer) -> AsyncIterator[Rest]:
    async with Rest(peer) as rest:
        yield rest


@pytest.fixture
async def wire(peer: DiscordPeer) -> AsyncIterator[Wire]:
    """A bot that is connected and identified."""
    async with Wire(peer) as wire:
        await wire.connect()
        await wire.identify()
        yield wire
