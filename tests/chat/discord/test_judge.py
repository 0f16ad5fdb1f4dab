"""The judge on trial: malformed requests it must refuse, each by its own fault, and good ones it must not."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.chat.discord.judge import errors_tree, has_description, judge
from tests.chat.discord.schema import SPEC
from tests.chat.telegram.faults import Fault

Json = dict[str, Any]
SEND = "POST /channels/5001/messages"
EDIT = "PATCH /channels/5001/messages/7"
FOLLOW = "POST /webhooks/8/tok"
ORIGINAL = "PATCH /webhooks/8/tok/messages/@original"
CALLBACK = "POST /interactions/9/tok/callback"
COMMANDS = "PUT /applications/8/commands"
V2 = 1 << 15

described = pytest.mark.skipif(
    not has_description() and os.environ.get("CI") != "true", reason=f"Discord's description is not at {SPEC}"
)


def test_the_published_description_is_at_hand() -> None:
    if not has_description():
        assert os.environ.get("CI") != "true", f"Discord's description is not at {SPEC}"
        pytest.skip(f"Discord's description is not at {SPEC}")


def button(**more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "1|go"} | more


def buttons(count: int, start: int = 0) -> list[Json]:
    return [button(custom_id=f"1|{at}") for at in range(start, start + count)]


def row(*inside: Json) -> Json:
    return {"type": 1, "components": list(inside)}


def rows(*inside: Json) -> Json:
    return {"content": "Hi", "components": list(inside)}


def embed(**more: Any) -> Json:
    return {"embeds": [{"title": "HF 1.07"} | more]}


def fields(*texts: tuple[str, str]) -> Json:
    return embed(fields=[{"name": name, "value": value} for name, value in texts])


def text(content: str = "Hi") -> Json:
    return {"type": 10, "content": content}


def v2(*components: Json, **more: Any) -> Json:
    return {"flags": V2, "components": list(components)} | more


def select(*values: str, **more: Any) -> Json:
    options = [{"label": one, "value": one} for one in values]
    return {"type": 3, "custom_id": "1|pick", "options": options} | more


def answer(kind: int, **data: Any) -> Json:
    return {"type": kind, "data": data}


def form(*components: Json, **more: Any) -> Json:
    return answer(9, custom_id="1|form", title="Watch", components=list(components), **more)


def text_input(**more: Any) -> Json:
    return {"type": 4, "custom_id": "address", "style": 1, "label": "Address"} | more


def labelled(component: Json, name: str = "Address") -> Json:
    return {"type": 18, "label": name, "component": component}


BARE = {"type": 4, "custom_id": "address", "style": 1}


def command(name: str = "watch", description: str | None = "Watch a wallet", **more: Any) -> Json:
    return {"name": name, "description": description, "type": 1} | more


def option(kind: int = 3, name: str = "address", description: str = "Which", **more: Any) -> Json:
    return {"type": kind, "name": name, "description": description} | more


def options(*each: Json) -> list[Json]:
    return [command(options=list(each))]


def choice(name: str = "Aave", value: Any = "aave") -> Json:
    return {"name": name, "value": value}


REFUSED: list[tuple[str, str, Any]] = [
    ("unknown route", "POST /channels/5001/mesages", {"content": "Hi"}),
    ("unknown route", "POST /channels/general/messages", {"content": "Hi"}),
    ("missing body", SEND, None),
    ("unknown field", "GET /users/@me", {"id": 1}),
    ("unknown field", SEND, {"content": "Hi", "parse_mode": "HTML"}),
    ("unknown field", SEND, rows(row(button(colour="red")))),
    ("unknown field", SEND, embed(text="x")),
    ("unknown field", SEND, {"content": "Hi", "allowed_mentions": {"parse": [], "everyone": False}}),
    ("unknown field", EDIT, {"content": "Hi", "nonce": "5"}),
    ("unknown field", EDIT, {"content": "Hi", "message_reference": {"message_id": "7"}}),
    ("unknown field", ORIGINAL, {"content": "Hi", "username": "Somebody"}),
    ("bad value", EDIT, {"content": "Hi", "tts": True}),
    ("wrong type", SEND, ["Hi"]),
    ("wrong type", SEND, {"content": 5}),
    ("wrong type", SEND, {"content": "Hi", "embeds": {"title": "x"}}),
    ("wrong type", SEND, {"content": "Hi", "flags": "64"}),
    ("wrong type", SEND, {"content": "Hi", "enforce_nonce": "yes"}),
    ("wrong type", SEND, rows({"type": 99})),
    ("wrong type", SEND, rows(row(text_input()))),
    ("bad value", SEND, {"content": "Hi", "message_reference": {"message_id": "x7"}}),
    ("wrong type", SEND, rows(row(button(style=9)))),
    ("missing field", SEND, rows({"type": 1})),
    ("missing field", SEND, embed(fields=[{"name": "Debt"}])),
    ("missing field", SEND, {"content": "Hi", "message_reference": {"channel_id": "5001"}}),
    ("missing field", SEND, rows(row({"type": 3, "custom_id": "x"}))),
    ("empty message", SEND, {}),
    ("empty message", SEND, {"content": " \n "}),
    ("empty message", SEND, {"content": "", "embeds": [], "components": []}),
    ("empty message", CALLBACK, {"type": 4}),
    ("too long", SEND, {"content": "x" * 2001}),
    ("too long", EDIT, {"content": "x" * 2001}),
    ("too long", ORIGINAL, {"content": "x" * 2001}),
    ("too long", CALLBACK, answer(4, content="x" * 2001)),
    ("too long", SEND, {"content": "Hi", "nonce": "x" * 26}),
    ("too long", SEND, {"content": "Hi", "embeds": [{"title": "x"}] * 11}),
    ("too long", SEND, embed(title="x" * 257)),
    ("too long", SEND, embed(description="x" * 4097)),
    ("too long", SEND, embed(footer={"text": "x" * 2049})),
    ("too long", SEND, fields(*[("a", "b")] * 26)),
    ("too long", SEND, fields(("x" * 257, "b"))),
    ("too long", SEND, fields(("a", "x" * 1025))),
    ("too long", SEND, {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}),
    ("too short", SEND, fields(("", "b"))),
    ("too short", SEND, fields(("a", " "))),
    ("empty embed", SEND, {"embeds": [{"color": 5}]}),
    ("out of range", SEND, embed(color=1 << 24)),
    ("bad format", SEND, embed(url="javascript:alert(1)")),
    ("bad format", SEND, embed(timestamp="yesterday")),
    ("file not uploaded", SEND, embed(image={"url": "attachment://chart.png"})),
    ("file not uploaded", SEND, {"content": "Hi", "attachments": [{"id": 0, "filename": "a.csv"}]}),
    ("too long", SEND, rows(*[row(button(custom_id=str(at))) for at in range(6)])),
    ("too long", SEND, rows(row(*buttons(6)))),
    ("too short", SEND, rows(row())),
    ("too long", SEND, rows(row(button(label="x" * 81)))),
    ("too long", SEND, rows(row(button(custom_id="x" * 101)))),
    ("too short", SEND, rows(row(button(custom_id="")))),
    ("twice the same", SEND, rows(row(button(), button()))),
    ("twice the same", SEND, rows(row(button(id=4), button(id=4, custom_id="x")))),
    ("bad button", SEND, rows(row(button(label="")))),
    ("bad button", SEND, rows(row(button(url="https://example.org/")))),
    ("bad button", SEND, rows(row(button(style=5)))),
    ("bad button", SEND, rows(row({"type": 2, "style": 2, "label": "Go"}))),
    ("bad format", SEND, rows(row({"type": 2, "style": 5, "label": "Go", "url": "ftp://example.org/"}))),
    ("bad component", SEND, rows(row(button(), select("a")))),
    ("bad component", SEND, {"content": "Hi", "components": [text()]}),
    ("too long", SEND, rows(row(select(*map(str, range(26)))))),
    ("twice the same", SEND, rows(row(select("a", "a")))),
    ("out of range", SEND, rows(row(select("a", max_values=2)))),
    ("contradiction", SEND, v2(text(), content="Hi")),
    ("contradiction", SEND, v2(text(), embeds=[{"title": "x"}])),
    ("empty message", SEND, v2()),
    ("too long", SEND, v2(text("x" * 2001), text("x" * 2000))),
    ("too long", SEND, v2(*[{"type": 17, "components": [text("a"), text("b")]}] * 14)),
    ("missing field", SEND, v2({"type": 9, "components": [text()]})),
    ("bad flags", SEND, {"content": "Hi", "flags": 64}),
    ("bad flags", EDIT, {"content": "Hi", "flags": 4096}),
    ("bad flags", CALLBACK, answer(5, flags=V2)),
    ("bad flags", CALLBACK, answer(5, content="Hi")),
    ("contradiction", SEND, {"content": "Hi", "allowed_mentions": {"parse": ["users"], "users": ["5"]}}),
    ("wrong type", SEND, {"content": "Hi", "allowed_mentions": {"parse": ["channels"]}}),
    ("twice the same", SEND, {"content": "Hi", "allowed_mentions": {"parse": [], "roles": ["5", "5"]}}),
    ("wrong type", CALLBACK, {"type": 3}),
    ("missing field", CALLBACK, {"data": {"content": "Hi"}}),
    ("unknown field", CALLBACK, answer(4, content="Hi", nonce="5")),
    ("unknown field", CALLBACK, answer(6, content="Hi")),
    ("too long", CALLBACK, answer(8, choices=[choice()] * 26)),
    ("too long", CALLBACK, answer(8, choices=[choice("x" * 101)])),
    ("too long", CALLBACK, answer(8, choices=[choice(value="x" * 101)])),
    ("too short", CALLBACK, answer(8, choices=[choice("")])),
    (
        "too long",
        CALLBACK,
        form(row(text_input())) | answer(9, custom_id="1", title="x" * 46, components=[row(text_input())]),
    ),
    ("too long", CALLBACK, form(*[row(text_input(custom_id=str(at))) for at in range(6)])),
    ("twice the same", CALLBACK, form(row(text_input()), row(text_input()))),
    ("bad component", CALLBACK, form(row(BARE))),
    ("bad component", CALLBACK, form(labelled(text_input()))),
    ("too long", CALLBACK, form(labelled(BARE, "x" * 46))),
    ("out of range", CALLBACK, form(row(text_input(min_length=9, max_length=3)))),
    ("too short", CALLBACK, form()),
    ("bad command name", COMMANDS, [command("Watch")]),
    ("bad command name", COMMANDS, [command("watch wallet")]),
    ("too long", COMMANDS, [command("x" * 33)]),
    ("too short", COMMANDS, [command(description="")]),
    ("too short", COMMANDS, [command(description=None)]),
    ("too long", COMMANDS, [command(description="x" * 101)]),
    ("twice the same", COMMANDS, [command(), command()]),
    ("too long", COMMANDS, [command(f"c{at}") for at in range(101)]),
    ("unknown field", COMMANDS, [command(guild_only=True)]),
    ("wrong type", COMMANDS, [command(contexts=[7])]),
    ("twice the same", COMMANDS, [command(contexts=[0, 0])]),
    ("bad command name", COMMANDS, options(option(name="Address"))),
    ("too short", COMMANDS, options(option(description=""))),
    ("bad option", COMMANDS, options(option(name="a"), option(name="b", required=True))),
    ("bad option", COMMANDS, options(option(1, "wallet"), option())),
    ("bad option", COMMANDS, options(option(2, "group", options=[]))),
    ("bad value", COMMANDS, options(option(2, "group", options=[option()]))),
    ("twice the same", COMMANDS, options(option(), option())),
    ("too long", COMMANDS, options(*[option(name=f"o{at}") for at in range(26)])),
    ("too long", COMMANDS, options(option(choices=[choice(f"c{at}") for at in range(26)]))),
    ("too long", COMMANDS, options(option(choices=[choice(value="x" * 101)]))),
    ("twice the same", COMMANDS, options(option(choices=[choice(), choice()]))),
    ("contradiction", COMMANDS, options(option(choices=[choice()], autocomplete=True))),
    ("out of range", COMMANDS, options(option(min_length=5, max_length=2))),
    (
        "too long",
        COMMANDS,
        options(
            *[
                option(name=f"o{at}", choices=[choice(f"c{n}", "x" * 90) for n in range(25)])
                for at in range(4)
            ]
        ),
    ),
]

TAKEN: list[tuple[str, Any]] = [
    ("GET /users/@me", None),
    ("GET /gateway/bot", None),
    ("GET /oauth2/applications/@me", None),
    ("DELETE /channels/5001/messages/7", None),
    ("POST /users/@me/channels", {"recipient_id": 1001}),
    (SEND, {"content": "x" * 2000}),
    (SEND, {"content": "Hi", "nonce": "delivery-0123456789abcdef", "enforce_nonce": True, "tts": False}),
    (SEND, {"content": "Hi", "flags": 4096, "allowed_mentions": {"parse": [], "roles": [7]}}),
    (SEND, {"content": "Hi", "message_reference": {"message_id": 7, "fail_if_not_exists": False}}),
    (SEND, embed(description="x" * 4096, color=0xFF0000, timestamp="2026-01-01T00:00:00+00:00")),
    (SEND, fields(*[("Debt", "$412k")] * 25)),
    (SEND, {"embeds": [{"description": "x" * 3000}, {"description": "x" * 3000}]}),
    (SEND, rows(*[row(*buttons(5, at * 5)) for at in range(5)])),
    (SEND, rows(row(button(label="x" * 80, custom_id="x" * 100)))),
    (SEND, rows(row({"type": 2, "style": 5, "label": "Open", "url": "https://app.aave.com/"}))),
    (SEND, rows(row(button(label=None, emoji={"name": "\N{BELL}"})))),
    (SEND, rows(row(select(*map(str, range(25)), placeholder="Which?", max_values=25)))),
    (SEND, v2(text("x" * 4000), flags=V2 | 4096)),
    (SEND, v2({"type": 17, "accent_color": 5, "components": [text(), {"type": 14}, row(button())]})),
    (SEND, v2({"type": 9, "components": [text()], "accessory": button()})),
    (EDIT, {"content": "Hi", "tts": False, "flags": 0, "components": []}),
    (EDIT, {"content": None, "embeds": [{"title": "x"}], "attachments": []}),
    (FOLLOW, {"content": "Hi", "flags": 64}),
    (ORIGINAL, {"content": "Hi", "components": [row(button())], "tts": False}),
    (CALLBACK, answer(4, content="Hi", flags=64 | 4096)),
    (CALLBACK, {"type": 5}),
    (CALLBACK, answer(5, flags=64)),
    (CALLBACK, {"type": 6}),
    (CALLBACK, answer(7, content="Hi", components=[])),
    (CALLBACK, answer(8, choices=[choice(f"c{at}", "x" * 100) for at in range(25)])),
    (CALLBACK, answer(8, choices=[])),
    (CALLBACK, form(row(text_input(placeholder="0x…", max_length=4000, required=False)))),
    (CALLBACK, form(labelled(BARE), labelled(BARE | {"custom_id": "label"}, "Name"))),
    (COMMANDS, []),
    (COMMANDS, [command(contexts=[0, 1, 2], integration_types=[0, 1], default_member_permissions=32)]),
    (COMMANDS, [command("überwachen", nsfw=False, dm_permission=True)]),
    (COMMANDS, options(option(required=True, autocomplete=True, max_length=100), option(5, "amounts"))),
    (COMMANDS, options(option(1, "wallet", options=[option()]), option(1, "token"))),
    (COMMANDS, options(option(2, "group", options=[option(1, "wallet")]))),
    (COMMANDS, [{"name": "Watch this", "type": 2}]),
]  # fmt: skip


def verdict(asked: str, body: Any, **more: Any) -> list[Fault]:
    method, path = asked.split()
    return judge(method, path, body=body, **more)


@described
@pytest.mark.parametrize(("kind", "asked", "body"), REFUSED)
def test_what_discord_would_refuse_is_refused(kind: str, asked: str, body: Any) -> None:
    assert kind in {fault.kind for fault in verdict(asked, body)}, verdict(asked, body)


@described
@pytest.mark.parametrize(("asked", "body"), TAKEN)
def test_what_discord_takes_is_taken(asked: str, body: Any) -> None:
    assert verdict(asked, body) == []


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(REFUSED) >= 60
    assert len(TAKEN) >= 25


@pytest.mark.parametrize(("asked", "body"), TAKEN)
def test_without_the_description_good_requests_pass_too(
    asked: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.chat.discord.judge.has_description", lambda: False)
    assert verdict(asked, body) == []


@pytest.mark.parametrize(
    ("kind", "asked", "body"),
    [
        ("too long", SEND, {"content": "x" * 2001}),
        ("too long", SEND, embed(title="x" * 257)),
        ("too long", SEND, rows(row(button(label="x" * 81)))),
        ("too long", SEND, rows(row(*buttons(6)))),
        ("too long", COMMANDS, [command(description="x" * 101)]),
        ("too long", CALLBACK, answer(8, choices=[choice()] * 26)),
        ("wrong type", SEND, rows({"components": []})),
    ],
)
def test_without_the_description_the_own_table_still_judges(
    kind: str, asked: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.chat.discord.judge.has_description", lambda: False)
    assert kind in {fault.kind for fault in verdict(asked, body)}


def test_files_are_named_listed_and_used() -> None:
    listed = {"attachments": [{"id": 0, "filename": "chart.png", "description": "HF 1.07"}]}
    picture = embed(image={"url": "attachment://chart.png"})
    one = {"files[0]": "chart.png"}
    assert verdict(SEND, listed, parts=one) == []
    assert verdict(SEND, picture | listed, parts=one) == []
    assert verdict(SEND, {}, parts=one) == []
    kinds = [
        [fault.kind for fault in verdict(SEND, listed, parts=one | {"files[1]": "b.png"})],
        [fault.kind for fault in verdict(SEND, {"content": "Hi"}, parts={"file": "a.png"})],
        [fault.kind for fault in verdict(EDIT, {"attachments": [{"id": 1}]}, parts=one)],
    ]
    assert kinds == [["file not used"], ["bad file part"], ["file not uploaded", "file not used"]]


def test_once_components_v2_always_components_v2() -> None:
    assert verdict(EDIT, {"components": [text()]}, standing=V2) == []
    assert [one.kind for one in verdict(EDIT, {"components": [text()]})] == ["bad component"]
    assert [one.kind for one in verdict(EDIT, {"content": "Hi"}, standing=V2)] == ["contradiction"]


@described
def test_queries_are_judged() -> None:
    def kinds(asked: str, **query: str) -> list[str]:
        method, path = asked.split()
        return [one.kind for one in judge(method, path, query, {"type": 6})]

    assert kinds(CALLBACK, with_response="1") == kinds(CALLBACK, with_response="true") == []
    assert kinds(CALLBACK, with_response="maybe") == ["wrong type"]
    assert kinds(CALLBACK, wait="true") == ["unknown field"]


def test_faults_are_told_as_discord_nests_them() -> None:
    tree = errors_tree([Fault("too long", "create_message.embeds[0].title", "257, at most 256")])
    [error] = tree["embeds"]["0"]["title"]["_errors"]
    assert error == {"code": "TOO_LONG", "message": "257, at most 256"}
