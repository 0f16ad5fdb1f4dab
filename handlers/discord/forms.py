"""The forms of commands as Discord knows them: slash commands with typed options, and modals. Pure.

Both come back to us as values by name, and `line` makes of them what one would type.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from handlers.commands.command import Command, Form, Kind, Option
from handlers.discord.text import shorten
from handlers.text import is_visible

ASK: Final = "1|ask|"
"""How the custom id of a button begins that opens a form, and the form's own."""
SHARE: Final = "share"
SHARE_SUMMARY: Final = "Show the answer to everyone here"

_SUBCOMMAND, _STRING, _BOOLEAN, _ATTACHMENT = 1, 3, 5, 11
_LABEL, _TEXT_INPUT, _SELECT, _UPLOAD = 18, 4, 3, 19
_SHORT, _PARAGRAPH = 1, 2
_DESCRIPTION, _TITLE, _LABEL_UNITS, _PLACEHOLDER = 100, 45, 45, 100
_CHOICES, _FIELDS, _OPTIONS = 25, 5, 25
_VALUE_UNITS: Final = 4000
_EVERYWHERE: Final = {"integration_types": [0, 1], "contexts": [0, 1, 2]}
_PRIVATELY: Final = {"integration_types": [0, 1], "contexts": [1, 2]}
"""Servers, our direct messages, other private channels; installed there or by a person."""


class Forms:
    """Every form by the names that Discord hands back."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._commands = tuple(commands)
        self._forms = {
            (command.name, form.name): form for command in self._commands for form in _forms_of(command)
        }

    def find(self, command: str, name: str = "") -> Form | None:
        return self._forms.get((command, name))

    def asked(self, custom_id: str) -> tuple[str, Form] | None:
        """The command and form behind a button or modal of ours; None if there is no such form (any more)."""
        if not custom_id.startswith(ASK):
            return None
        command, _, name = custom_id.removeprefix(ASK).partition(".")
        form = self.find(command, name)
        return (command, form) if form is not None and form.options else None

    def line(self, command: str, name: str, values: Mapping[str, str]) -> str:
        """What one would have typed. Of a form that is gone, all values: the desk will say what is wrong."""
        form = self.find(command, name)
        words = form.words(values) if form else " ".join((name, *values.values()))
        return f"/{command} {words}".strip()

    def slash_commands(self) -> list[dict[str, Any]]:
        """The whole list as Discord is told it."""
        return [_slash(command) for command in self._commands]


def needs_modal(form: Form) -> bool:
    """Whether it asks for lines, which an option of a slash command has no room for."""
    return any(one.kind is Kind.LINES for one in form.options)


def modal(command: str, form: Form) -> dict[str, Any]:
    """A window that asks for a form's first five options."""
    title = shorten(form.summary, _TITLE)
    fields = [_field(one) for one in _required_first(form.options)[:_FIELDS]]
    name = f"{command}.{form.name}" if form.name else command
    return {"custom_id": ASK + name, "title": title or f"/{command}", "components": fields}


def _forms_of(command: Command) -> Sequence[Form]:
    return command.forms or (Form("", command.summary),)


def _slash(command: Command) -> dict[str, Any]:
    forms = _forms_of(command)
    share = not command.private_only
    single = forms[0] if len(forms) == 1 and not forms[0].name else None
    if single is not None:
        options = _options(single, share=share)
    else:
        options = [
            {
                "type": _SUBCOMMAND,
                "name": form.name,
                "description": shorten(form.summary, _DESCRIPTION),
                "options": _options(form, share=share),
            }
            for form in forms
        ]
    return {
        "type": 1,
        "name": command.name,
        "description": shorten(command.summary, _DESCRIPTION),
        "options": options,
        **(_PRIVATELY if command.private_only else _EVERYWHERE),
    }


def _options(form: Form, *, share: bool) -> list[dict[str, Any]]:
    made = [_option(one) for one in _required_first(form.options) if one.kind is not Kind.LINES]
    if share:
        made.append({"type": _BOOLEAN, "name": SHARE, "description": SHARE_SUMMARY, "required": False})
    return made[:_OPTIONS]


def _required_first(options: Iterable[Option]) -> list[Option]:
    return sorted(options, key=lambda one: not one.required)


def _option(one: Option) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": _ATTACHMENT if one.kind is Kind.FILE else _STRING,
        "name": one.name,
        "description": shorten(one.summary, _DESCRIPTION),
        "required": one.required,
    }
    if one.choices:
        made["choices"] = [{"name": choice, "value": choice} for choice in one.choices[:_CHOICES]]
    elif one.source:
        made["autocomplete"] = True
    return made


def _field(one: Option) -> dict[str, Any]:
    told = shorten(one.summary, _DESCRIPTION)
    brief = told if 0 < len(told) <= _LABEL_UNITS and is_visible(told) else ""
    label = brief or one.name.replace("_", " ").replace("-", " ").capitalize()
    made: dict[str, Any] = {"type": _LABEL, "label": label, "component": _component(one)}
    return made if brief or not is_visible(told) else made | {"description": told}


def _component(one: Option) -> dict[str, Any]:
    common = {"custom_id": one.name, "required": one.required}
    if one.kind is Kind.FILE:
        return {"type": _UPLOAD, "min_values": int(one.required), "max_values": 1, **common}
    if one.choices:
        options = [{"label": choice, "value": choice} for choice in one.choices[:_CHOICES]]
        return {
            "type": _SELECT,
            "options": options,
            "min_values": int(one.required),
            "max_values": 1,
            **common,
        }
    style = _PARAGRAPH if one.kind is Kind.LINES else _SHORT
    made = {"type": _TEXT_INPUT, "style": style, "max_length": _VALUE_UNITS, **common}
    sample = shorten(one.sample, _PLACEHOLDER)
    return made | {"placeholder": sample} if is_visible(sample) else made


def submitted(components: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(option, value) of each field that was filled in; of a file its id."""
    for one in components:
        inner = one.get("component")
        yield from submitted((*one.get("components", ()), *((inner,) if isinstance(inner, dict) else ())))
        values = one.get("values") or [one.get("value")]
        if "custom_id" in one and values[0]:
            yield str(one["custom_id"]), str(values[0])
