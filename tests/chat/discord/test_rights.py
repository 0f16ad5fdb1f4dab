"""Who may do what, as Discord computes it: roles add up, then a channel's overwrites in their order."""

from __future__ import annotations

import pytest

from tests.chat.discord.rights import EVERYTHING, Overwrites, Right, in_channel, in_server

SERVER, KEEPERS, GUESTS, ANN = 9001, 77, 78, 1001
VIEW, SEND, EMBED = Right.VIEW_CHANNEL, Right.SEND_MESSAGES, Right.EMBED_LINKS
NOTHING = Right(0)


@pytest.mark.parametrize(
    ("overwrites", "left"),
    [
        ({}, VIEW | SEND),
        ({SERVER: (NOTHING, SEND)}, VIEW),
        ({SERVER: (EMBED, SEND)}, VIEW | EMBED),
        ({SERVER: (NOTHING, SEND), KEEPERS: (SEND, NOTHING)}, VIEW | SEND),
        ({KEEPERS: (NOTHING, SEND)}, VIEW),
        ({KEEPERS: (NOTHING, SEND), GUESTS: (SEND, NOTHING)}, VIEW | SEND),
        ({KEEPERS: (SEND, NOTHING), ANN: (NOTHING, SEND)}, VIEW),
        ({KEEPERS: (NOTHING, SEND), ANN: (SEND, NOTHING)}, VIEW | SEND),
        ({SERVER: (NOTHING, VIEW)}, NOTHING),
        ({SERVER: (NOTHING, VIEW), ANN: (VIEW, NOTHING)}, VIEW | SEND),
        ({1002: (NOTHING, SEND), 79: (NOTHING, SEND)}, VIEW | SEND),
    ],
)
def test_everyones_overwrite_then_the_roles_then_ones_own(overwrites: Overwrites, left: Right) -> None:
    assert in_channel(VIEW | SEND, overwrites, server=SERVER, roles=(KEEPERS, GUESTS), user=ANN) == left


def test_owners_and_administrators_may_do_everything() -> None:
    denied = {SERVER: (NOTHING, EVERYTHING)}
    admin = in_server(VIEW, [Right.ADMINISTRATOR], is_owner=False)
    for base in (in_server(NOTHING, [], is_owner=True), admin):
        assert in_channel(base, denied, server=SERVER, roles=(), user=ANN) == EVERYTHING
    assert in_server(VIEW, [SEND, EMBED], is_owner=False) == VIEW | SEND | EMBED
