"""What an interaction means, read off its JSON; whatever cannot be read is said so and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports import Standing
from handlers.commands.table import COMMANDS
from handlers.discord.forms import Forms
from handlers.discord.hearing import Hearing, Said, Typing, WantsForm, dm_of

LINE: Any = None
HEARING = Hearing(Forms(COMMANDS), LINE, lambda server: "42" if server == "9" else "")


def interaction(kind: int, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One in server 9 by person 43, `more` on top; None takes a field away."""
    whole = {
        "id": "5",
        "application_id": "1",
        "token": "t",
        "type": kind,
        "data": data,
        "channel_id": "7",
        "guild_id": "9",
        "context": 0,
        "authorizing_integration_owners": {"0": "9"},
        "member": {"user": {"id": "43", "username": "bob"}, "permissions": "0", "roles": ["77"]},
        **more,
    }
    return {name: value for name, value in whole.items() if value is not None}


PRIVATELY = {
    "guild_id": None,
    "member": None,
    "user": {"id": "43", "username": "bob", "global_name": "Bob"},
    "context": 1,
    "authorizing_integration_owners": {"0": "0"},
}
HERE, ALONE = ("discord/c7", "discord/s9", False), ("discord/43", "discord/43", True)
OWNERS = "authorizing_integration_owners"
STATUS = {"name": "status", "type": 1}


def said(data: dict[str, Any]) -> Said:
    heard = HEARING.heard(data)
    assert isinstance(heard, Said)
    return heard


@pytest.mark.parametrize(
    ("more", "whose", "abroad", "ephemeral"),
    [
        ({}, HERE, False, True),
        (PRIVATELY, ALONE, False, False),
        (PRIVATELY | {"context": 2, OWNERS: {"1": "43"}}, ALONE, True, True),
        ({OWNERS: {"1": "43"}}, ALONE, True, True),
        ({OWNERS: {"0": "9", "1": "43"}}, HERE, False, True),
        ({OWNERS: {"0": "8"}}, ALONE, True, True),
        ({OWNERS: None}, HERE, False, True),
    ],
)
def test_whose_it_is_depends_on_where_it_is_said(
    more: dict[str, Any], whose: tuple[str, str, bool], *, abroad: bool, ephemeral: bool
) -> None:
    heard = said(interaction(2, STATUS, **more))
    request = heard.request
    assert (request.place.id, request.home.id, request.private) == whose
    assert (request.is_abroad, heard.ephemeral) == (abroad, ephemeral)
    assert (request.id, request.person.id, request.text) == ("discord/5", "discord/43", "/status")
    assert heard.direct == ("" if not ephemeral else "dm:43")


@pytest.mark.parametrize(
    ("permissions", "user", "is_admin"),
    [
        ("0", "43", False),
        (str(1 << 3), "43", True),
        (str(1 << 5), "43", True),
        ("2048", "43", False),
        ("0", "42", True),
    ],
)
async def test_standing_is_what_the_interaction_says(permissions: str, user: str, *, is_admin: bool) -> None:
    member = {"user": {"id": user, "username": "x"}, "permissions": permissions, "roles": ["77"]}
    request = said(interaction(2, STATUS, member=member)).request
    assert await request.standing() == Standing(is_admin, frozenset({"discord/@77"}))


async def test_abroad_nobody_is_more_than_themselves() -> None:
    member = {"user": {"id": "43", "username": "x"}, "permissions": str(1 << 3), "roles": []}
    data = interaction(2, STATUS, member=member, authorizing_integration_owners={"1": "43"})
    assert await said(data).request.standing() == Standing()


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ({"nick": "Nick", "user": {"id": "43", "username": "u", "global_name": "G"}}, "Nick"),
        ({"nick": None, "user": {"id": "43", "username": "u", "global_name": "G"}}, "G"),
        ({"user": {"id": "43", "username": "u"}}, "u"),
        ({"user": {"id": "43"}}, ""),
    ],
)
def test_people_are_called_as_they_are_there(member: dict[str, Any], name: str) -> None:
    assert said(interaction(2, STATUS, member=member)).request.person.name == name


def test_options_make_the_line_and_share_is_none_of_them() -> None:
    options = [
        {"type": 3, "name": "address", "value": "0x19"},
        {"type": 3, "name": "label", "value": "my funds"},
        {"type": 5, "name": "share", "value": True},
    ]
    heard = said(
        interaction(2, {"name": "watch", "options": [{"type": 1, "name": "wallet", "options": options}]})
    )
    assert heard.request.text == "/watch 0x19 my funds"
    assert not heard.ephemeral


def test_half_typed_words_name_their_source() -> None:
    options = [{"type": 3, "name": "asset", "value": "we", "focused": True}]
    heard = HEARING.heard(interaction(4, {"name": "price", "options": options}))
    assert isinstance(heard, Typing)
    assert (heard.source, heard.typed) == ("asset", "we")


@pytest.mark.parametrize(
    "data",
    [
        interaction(4, {"name": "price", "options": [{"type": 3, "name": "asset", "value": "we"}]}),
        interaction(4, {"name": "gone", "options": [{"type": 3, "name": "a", "value": "", "focused": True}]}),
        interaction(2, {"name": "status", "type": 2}),
        interaction(1, {}),
        interaction(99, {}),
    ],
)
def test_what_is_not_for_us_is_not_heard(data: dict[str, Any]) -> None:
    assert HEARING.heard(data) is None


@pytest.mark.parametrize("custom_id", ["1|ack|i1", "1|ask|no.form", "1|ask|status", "anything", ""])
def test_every_press_reaches_the_desk(custom_id: str) -> None:
    heard = said(interaction(3, {"custom_id": custom_id}, message={"id": "6"}))
    assert (heard.request.press, heard.request.message_id, heard.request.text) == (custom_id, "6", "")


def test_a_button_for_a_form_opens_it() -> None:
    heard = HEARING.heard(interaction(3, {"custom_id": "1|ask|watch.wallet"}, message={"id": "6"}))
    assert isinstance(heard, WantsForm)
    assert (heard.command, heard.form.name) == ("watch", "wallet")


def test_only_our_own_private_channels_are_remembered() -> None:
    assert dm_of(interaction(2, STATUS, **PRIVATELY)) == ("43", "7")
    assert dm_of(interaction(2, STATUS)) is None
    assert dm_of(interaction(2, STATUS, **(PRIVATELY | {"context": 2}))) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(sorted(interaction(2, STATUS))), inner, max_size=6)
        ),
        max_leaves=20,
    )
)
def test_whatever_is_none_of_discords_is_called_unreadable(data: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        HEARING.heard(data)
