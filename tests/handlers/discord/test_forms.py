"""Slash commands and modals out of forms, their values back into what one would type, and when to publish."""

import copy
import re

import pytest

from handlers.commands.command import Command, Form, Kind, Option
from handlers.commands.table import COMMANDS
from handlers.discord.forms import Forms, modal, submitted
from handlers.discord.menu import normal
from tests.chat.discord.judge import judge
from tests.contract.discord_stand import command, nothing

NAME = re.compile(r"[-_'a-z0-9]{1,32}\Z")
ALL_FORMS = [(one, form) for one in COMMANDS for form in one.forms if form.options]


def test_the_real_commands_are_what_discord_takes() -> None:
    assert judge("PUT", "/applications/1/commands", {}, Forms(COMMANDS).slash_commands()) == []
    assert all(NAME.match(one.name) for one in COMMANDS)


@pytest.mark.parametrize(("one", "form"), ALL_FORMS, ids=lambda one: one.name or "-")
def test_every_real_form_opens_as_a_modal(one: Command, form: Form) -> None:
    body = {"type": 9, "data": modal(one.name, form)}
    assert judge("POST", "/interactions/1/token/callback", {}, body) == []


def test_options_are_typed_chosen_completed_and_required_ones_come_first() -> None:
    form = Form(
        "",
        "x" * 300,
        (
            Option("note", "n" * 300, required=False),
            Option("asset", "An asset", source="asset"),
            Option("way", "Which way", choices=("above", "below")),
            Option("file", "A list", required=False, kind=Kind.FILE),
        ),
    )
    [made] = Forms([command("watch", forms=(form,))]).slash_commands()
    assert [(one["name"], one["type"], one["required"]) for one in made["options"]] == [
        ("asset", 3, True),
        ("way", 3, True),
        ("note", 3, False),
        ("file", 11, False),
        ("share", 5, False),
    ]
    asset, way, note, *_ = made["options"]
    assert asset["autocomplete"] is True
    assert way["choices"] == [{"name": "above", "value": "above"}, {"name": "below", "value": "below"}]
    assert len(note["description"]) == 100


def test_a_command_without_forms_is_one_without_options_and_private_ones_are_not_for_servers() -> None:
    plain = Command("status", "", "How everything is", nothing)
    private = Command("export", "", "Take it with you", nothing, private_only=True)
    first, second = Forms([plain, private]).slash_commands()
    assert [one["name"] for one in first["options"]] == ["share"]
    assert second["options"] == []
    assert (first["contexts"], second["contexts"]) == ([0, 1, 2], [1, 2])


def test_values_become_the_line_that_one_would_type() -> None:
    form = Form("health", "", (Option("watch", ""), Option("levels", "")), start="hf", before=1)
    forms = Forms([command("rules", forms=(form,))])
    assert forms.line("rules", "health", {"levels": "1.5 1.2", "watch": "1"}) == "/rules 1 hf 1.5 1.2"
    assert forms.line("rules", "gone", {"watch": "1"}) == "/rules gone 1"
    assert forms.line("status", "", {}) == "/status"


@pytest.mark.parametrize(
    "custom_id", ["1|ask|", "1|ask|nothing", "1|ask|rules.gone", "2|ask|rules", "1|ack|i1", ""]
)
def test_what_opens_no_form_is_a_press_like_others(custom_id: str) -> None:
    assert Forms(COMMANDS).asked(custom_id) is None


def test_what_was_filled_in_is_read_whatever_holds_it() -> None:
    components = [
        {"type": 18, "component": {"type": 4, "custom_id": "a", "value": "1"}},
        {"type": 1, "components": [{"type": 4, "custom_id": "b", "value": "2"}]},
        {"type": 18, "component": {"type": 3, "custom_id": "c", "values": ["3"]}},
        {"type": 18, "component": {"type": 3, "custom_id": "d", "values": []}},
        {"type": 18, "component": {"type": 4, "custom_id": "e", "value": ""}},
        {"type": 10, "content": "text"},
    ]
    assert dict(submitted(components)) == {"a": "1", "b": "2", "c": "3"}


def test_what_discord_gives_back_equals_what_it_was_given() -> None:
    wanted = Forms(COMMANDS).slash_commands()
    found = copy.deepcopy(wanted)
    for one in found:
        one |= {"id": "1", "version": "2", "dm_permission": True, "default_member_permissions": None}
        one |= {"name_localizations": None, "nsfw": False}
        one["contexts"].reverse()
        if not one["options"]:
            del one["options"]
        for option in one.get("options", ()):
            if option.get("required") is False:
                del option["required"]
    found.reverse()
    assert normal(found) == normal(wanted)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(description="Else"),
        lambda one: one.update(contexts=[0]),
        lambda one: one.update(default_member_permissions="0"),
        lambda one: one["options"][0].update(description="Else"),
        lambda one: one["options"].reverse(),
        lambda one: one["options"][0]["options"][0].update(required=False),
        lambda one: one["options"][1]["options"][1]["choices"].pop(),
    ],
)
def test_whatever_people_would_notice_is_a_difference(change) -> None:
    wanted = Forms([one for one in COMMANDS if one.name == "watch"]).slash_commands()
    found = copy.deepcopy(wanted)
    change(found[0])
    assert normal(found) != normal(wanted)
