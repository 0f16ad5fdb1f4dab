"""Who may change what is watched, besides admins: everyone, or people and roles by name."""

import re
from dataclasses import replace
from typing import Final

from bot.messages.catalogue import _
from bot.subscriptions import ChatSettings, Editors
from handlers.commands.arguments import nearest
from handlers.commands.command import Call, Form, Option
from handlers.commands.options import switch
from handlers.commands.settings.setter import Change, Setter, always

EDITORS_AT_MOST: Final = 50
_MENTION: Final = re.compile(r"<@!?(\d{1,20})>")
_ROLE: Final = re.compile(r"<@&(\d{1,20})>|discord/@(\d{1,20})")
_ID: Final = re.compile(r"(?:([a-z]+)/)?(\d{1,20})")


async def _editors(change: Change) -> ChatSettings:
    if change.word not in set(Editors):
        raise change.fault("not_editors", near=nearest(change.word, tuple(Editors)))
    return replace(change.settings, editors=Editors(change.word))


async def _editor(change: Change) -> ChatSettings:
    if change.word not in {"add", "remove"}:
        raise change.fault("not_add_or_remove", near=nearest(change.word, ("add", "remove")))
    if len(change.words) < 2:
        raise change.fault("missing_editor")
    who, named = _who(change), change.settings.named_editors
    if change.word == "remove":
        if who not in named:
            example = f"/settings editor remove {named[0]}" if named else change.example
            raise change.fault("no_such_editor", change.words[1], example=example)
        return replace(change.settings, named_editors=tuple(one for one in named if one != who))
    if who not in named and len(named) >= EDITORS_AT_MOST:
        example = f"/settings editor remove {named[0]}"
        raise change.fault("too_many_editors", change.words[1], example=example)
    return replace(change.settings, named_editors=tuple(dict.fromkeys((*named, who))))


def _who(change: Change) -> str:
    """The id of a person or role; names alone lead nowhere, as people can change them."""
    typed, platform = change.words[1], change.call.request.home.platform
    on_discord = platform == "discord"
    if on_discord and (role := _ROLE.fullmatch(typed)):
        return f"discord/@{role[1] or role[2]}"
    if on_discord and (mention := _MENTION.fullmatch(typed)):
        return f"discord/{mention[1]}"
    plain = _ID.fullmatch(typed.casefold())
    if plain and plain[1] in {None, platform}:
        return f"{platform}/{plain[2]}"
    raise change.fault("not_a_person_or_role" if on_discord else "not_a_person", typed)


def _add_somebody(call: Call) -> str:
    return f"add {call.request.home.platform}/42"


SETTERS: Final = (
    Setter(
        "editors",
        _editors,
        always("admins"),
        (
            Form(
                "editors",
                _("Who may change what is watched here, besides those by name"),
                (switch("who", _("admins, or everyone"), *Editors),),
                start="editors",
            ),
        ),
    ),
    Setter(
        "editor",
        _editor,
        _add_somebody,
        (
            Form(
                "editor",
                _("Let somebody change what is watched here, or no longer"),
                (
                    switch("action", _("add or remove"), "add", "remove"),
                    Option("who", _("A person's id, a mention, or a role"), sample="42"),
                ),
                start="editor",
            ),
        ),
        most=2,
    ),
)
