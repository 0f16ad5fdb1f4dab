"""Who lives in the town and where: the same roles on Telegram and on Discord, with homes and places.

Built by `tests.town.town` on fresh peers, before the bot is there; tests may add more to `side.peer`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.chat.discord.people import Person as DiscordPerson
from tests.chat.discord.places import Place, Server
from tests.chat.discord.rights import Right
from tests.chat.discord.server import DiscordPeer
from tests.chat.discord.world import Role
from tests.chat.telegram.people import Person as TelegramPerson
from tests.chat.telegram.rooms import Room
from tests.chat.telegram.server import TelegramPeer

TOPIC = 5


@dataclass(frozen=True, slots=True)
class TelegramSide:
    """`group` is a forum supergroup of the first four people, `other` a group of the stranger's."""

    peer: TelegramPeer
    operator: TelegramPerson
    owner: TelegramPerson
    admin: TelegramPerson
    hidden: TelegramPerson
    """An administrator who speaks as the group itself: `send(..., anonymous=True)`."""
    member: TelegramPerson
    stranger: TelegramPerson
    group: Room
    channel: Room
    """The owner's; the bot is its administrator."""
    other: Room

    @property
    def home(self) -> str:
        return f"telegram/{self.group.id}"

    @property
    def place(self) -> str:
        return self.home

    @property
    def topic(self) -> str:
        return f"{self.home}/{TOPIC}"

    @property
    def other_home(self) -> str:
        return f"telegram/{self.other.id}"

    def chat(self, person: TelegramPerson) -> str:
        """A person's own chat, which is their id too."""
        return f"telegram/{person.id}"


@dataclass(frozen=True, slots=True)
class DiscordSide:
    """`server` is the owner's; the admin has Manage Server by the role `keepers`."""

    peer: DiscordPeer
    operator: DiscordPerson
    owner: DiscordPerson
    admin: DiscordPerson
    member: DiscordPerson
    stranger: DiscordPerson
    """Owner of the other server, no member of this one."""
    server: Server
    keepers: Role
    watchers: Role
    """Nobody's yet, without rights: to be pinged or named."""
    general: Place
    alerts: Place
    thread: Place
    other: Server
    elsewhere: Place
    """The other server's channel."""

    @property
    def home(self) -> str:
        return f"discord/s{self.server.id}"

    @property
    def place(self) -> str:
        return f"discord/c{self.general.id}"

    @property
    def topic(self) -> str:
        return f"discord/c{self.thread.id}"

    @property
    def other_home(self) -> str:
        return f"discord/s{self.other.id}"

    def chat(self, person: DiscordPerson) -> str:
        """A person's own chat, which is their id too."""
        return f"discord/{person.id}"


def on_telegram(peer: TelegramPeer) -> TelegramSide:
    operator, owner = peer.user(1001, "Olga"), peer.user(1002, "Otto")
    admin, hidden = peer.user(1003, "Ada"), peer.user(1004, "Nina")
    member, stranger = peer.user(1005, "Mel"), peer.user(1006, "Zoe")
    group = peer.supergroup(-1001, "Treasury", owner, operator, member, topics=[TOPIC])
    group.chat.join(admin.user, "administrator")
    group.chat.join(hidden.user, "administrator", is_anonymous=True)
    channel = peer.channel(-1002, "News", owner)
    other = peer.supergroup(-1003, "Elsewhere", stranger)
    return TelegramSide(
        peer, operator, owner, admin, hidden, member, stranger, group, channel, other
    )  # fmt: skip


def on_discord(peer: DiscordPeer) -> DiscordSide:
    operator, owner = peer.user(2001, "Olga"), peer.user(2002, "Otto")
    admin, member, stranger = peer.user(2003, "Ada"), peer.user(2005, "Mel"), peer.user(2006, "Zoe")
    server = peer.server(9001, "Treasury", owner, operator, admin, member)
    keepers = server.role(9101, "Keepers", Right.MANAGE_GUILD)
    watchers = server.role(9102, "Watchers")
    server.give(admin, keepers)
    general, alerts = server.channel(5001, "general"), server.channel(5002, "alerts")
    thread = general.thread("positions", 5003)
    other = peer.server(9002, "Elsewhere", stranger)
    elsewhere = other.channel(5101, "lobby")
    return DiscordSide(
        peer, operator, owner, admin, member, stranger, server, keepers, watchers,
        general, alerts, thread, other, elsewhere,
    )  # fmt: skip
