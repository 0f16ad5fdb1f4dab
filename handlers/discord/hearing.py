"""What an interaction of Discord means to us: a request, a press, half-typed words, a wish for a form.

Pure, over the JSON as it came: KeyError, TypeError or ValueError where it is none of Discord's. Gateway only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.errors import UserError
from bot.ports import Attachment, Person, Request, Standing
from bot.subscriptions import Destination
from handlers.commands.command import Form
from handlers.discord.client import DiscordLine
from handlers.discord.forms import SHARE, Forms, needs_modal, submitted
from handlers.discord.handle import Direct, Handle
from handlers.text import file_name

PLATFORM: Final = "discord"
FILE_BYTES: Final = 200_000
"""A list of 1,000 addresses with long labels takes half of it."""

_COMMAND, _COMPONENT, _TYPING, _SUBMITTED = 2, 3, 4, 5
_SUBCOMMANDS = (1, 2)
_BOT_DM = 1
_GUILD_INSTALL = "0"
_ADMINISTRATOR, _MANAGE_SERVER = 1 << 3, 1 << 5


@dataclass(frozen=True, slots=True)
class Said:
    """Words or a press. `direct` is where the answer goes when it cannot be filled in any more."""

    request: Request
    handle: Handle
    direct: str
    ephemeral: bool

    @property
    def is_press(self) -> bool:
        return bool(self.request.press)


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody fills in an option and wants suggestions."""

    request: Request
    handle: Handle
    source: str
    typed: str


@dataclass(frozen=True, slots=True)
class WantsForm:
    """A button, or a command of several lines, that opens a form."""

    handle: Handle
    command: str
    form: Form


Heard = Said | Typing | WantsForm
OwnerOf = Callable[[str], str]
"""Server id -> user id of its owner, empty if unknown."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What it takes to understand. `line` is only for fetching attached files when somebody reads them."""

    forms: Forms
    line: DiscordLine
    owner_of: OwnerOf = lambda _: ""

    def heard(self, data: Mapping[str, Any]) -> Heard | None:
        """None for what is not meant for us."""
        request = self._request(data)
        handle = Handle(str(data["application_id"]), str(data["id"]), str(data["token"]))
        inner = data["data"]
        match data["type"]:
            case 2 if inner.get("type", 1) == 1:
                return self._command(data, inner, request, handle)
            case 4:
                return self._typing(inner, request, handle)
            case 3:
                return self._press(data, inner, request, handle)
            case 5:
                return self._submitted(data, inner, request, handle)
        return None

    def _command(
        self, data: Mapping[str, Any], inner: Mapping[str, Any], request: Request, handle: Handle
    ) -> Said | WantsForm:
        name, options = _called(inner)
        form = self.forms.find(str(inner["name"]), name)
        if form is not None and needs_modal(form):
            return WantsForm(handle, str(inner["name"]), form)
        values = {str(one["name"]): str(one["value"]) for one in options if one["name"] != SHARE}
        shared = any(one["name"] == SHARE and one["value"] is True for one in options)
        file = self._file(inner, values)
        made = replace(request, text=self.forms.line(str(inner["name"]), name, values), file=file)
        return _said(data, made, handle, shared=shared)

    def _typing(self, inner: Mapping[str, Any], request: Request, handle: Handle) -> Typing | None:
        name, options = _called(inner)
        focused = next((one for one in options if one.get("focused")), None)
        form = self.forms.find(str(inner["name"]), name)
        if focused is None or form is None:
            return None
        source = next((one.source for one in form.options if one.name == focused["name"]), "")
        return Typing(request, handle, source, str(focused.get("value", "")))

    def _press(
        self, data: Mapping[str, Any], inner: Mapping[str, Any], request: Request, handle: Handle
    ) -> Said | WantsForm:
        custom_id = str(inner["custom_id"])
        asked = self.forms.asked(custom_id)
        if asked is not None:
            return WantsForm(handle, *asked)
        message = str(data["message"]["id"])
        return _said(data, replace(request, press=custom_id, message_id=message), handle)

    def _submitted(
        self, data: Mapping[str, Any], inner: Mapping[str, Any], request: Request, handle: Handle
    ) -> Said:
        custom_id = str(inner["custom_id"])
        asked = self.forms.asked(custom_id)
        if asked is None:  # of a form that is no more: the desk has words for what it does not know
            return _said(data, replace(request, press=custom_id), handle)
        command, form = asked
        values = dict(submitted(inner["components"]))
        text = self.forms.line(command, form.name, values)
        return _said(data, replace(request, text=text, file=self._file(inner, values)), handle)

    def _request(self, data: Mapping[str, Any]) -> Request:
        member = data.get("member")
        user = member["user"] if member else data["user"]
        person = Person(f"{PLATFORM}/{int(user['id'])}", _name(user, member or {}))
        server = _server(data)
        alone = Destination(PLATFORM, str(user["id"]))
        standing = _standing(member, self.owner_of(server) == user["id"]) if server and member else Standing()

        async def ask() -> Standing:
            return standing

        channel = str(int(data.get("channel_id") or data["channel"]["id"]))
        return Request(
            id=f"{PLATFORM}/{int(data['id'])}",
            place=Destination(PLATFORM, f"c{channel}") if server else alone,
            person=person,
            private=not server,
            server=f"s{server}" if server else _abroad(data, alone),
            standing=ask,
        )

    def _file(self, inner: Mapping[str, Any], values: Mapping[str, str]) -> Attachment | None:
        """The one file that came with it, to be read when somebody wants to."""
        attached = (inner.get("resolved") or {}).get("attachments") or {}
        found = next((attached[value] for value in values.values() if value in attached), None)
        if found is None:
            return None
        url, size = str(found["url"]), int(found.get("size", 0))
        name = file_name(str(found.get("filename", "")))

        async def fetch() -> str:
            if size > FILE_BYTES:
                raise UserError("file_too_large", name)
            return await self.line.fetch(url, name, FILE_BYTES)

        return Attachment(name, fetch)


def lane_of(heard: Said) -> str:
    """Requests of one place are handled in order, those of different places side by side."""
    return heard.request.place.id


def dm_of(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """(person, channel) of a private conversation with us."""
    if "guild_id" in data or data.get("context", _BOT_DM) != _BOT_DM or "user" not in data:
        return None
    return str(data["user"]["id"]), str(data["channel_id"])


def _said(data: Mapping[str, Any], request: Request, handle: Handle, *, shared: bool = False) -> Said:
    """Answers are for the person alone; in our private conversation they stand like anything else.

    One that comes too late to be filled in goes there too: a channel must not read it.
    """
    alone = dm_of(data) is not None
    direct = "" if alone else str(Direct(request.person.id.partition("/")[2]))
    return Said(request, handle, direct, ephemeral=not (alone or shared))


def _server(data: Mapping[str, Any]) -> str:
    """The server it happened in, if we are a member of it; else the person only brought us along."""
    guild = data.get("guild_id")
    if not guild:
        return ""
    owners = data.get("authorizing_integration_owners") or {_GUILD_INSTALL: guild}
    return str(int(guild)) if str(owners.get(_GUILD_INSTALL, "")) == str(guild) else ""


def _abroad(data: Mapping[str, Any], alone: Destination) -> str:
    """The person, where neither a server of ours nor our private conversation is the place."""
    return "" if dm_of(data) is not None else alone.chat


def _called(inner: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
    """(subcommand or empty, options with values)."""
    options = list(inner.get("options") or ())
    if options and options[0].get("type") in _SUBCOMMANDS:
        return str(options[0]["name"]), list(options[0].get("options") or ())
    return "", options


def _standing(member: Mapping[str, Any], is_owner: bool) -> Standing:  # noqa: FBT001  called in one place
    rights = int(member.get("permissions") or 0)
    is_admin = is_owner or bool(rights & (_ADMINISTRATOR | _MANAGE_SERVER))
    return Standing(is_admin, frozenset(f"{PLATFORM}/@{int(role)}" for role in member.get("roles") or ()))


def _name(user: Mapping[str, Any], member: Mapping[str, Any]) -> str:
    return str(member.get("nick") or user.get("global_name") or user.get("username") or "")
