"""Many chats on both platforms that watch the same wallets: where a storm falls, and who asks meanwhile.

A storm is three blocks. The wallets `ship0`, `ship1`... fall twice, slowly; in the third `ship0` and the
last wallet, of which nothing was told before, become critical in all chats at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.rules import HealthRule
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, WalletTarget, Watch
from tests.chat.discord.server import DiscordPeer
from tests.chat.telegram.server import TelegramPeer
from tests.town.feeding import wallet

FINE, NOTICE, WARNING, CRITICAL, SUDDEN = 200, 145, 120, 108, 104
"""Health factors in hundredths, each a step of the ladder."""
TOPIC = 7
FIRST_BLOCK = 30_000_000


@dataclass(frozen=True, slots=True)
class Chat:
    """`room` is its id in the peer's ledger; `ask` has somebody there ask for help."""

    platform: str
    home: str
    place: str
    room: int
    kind: str
    ask: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """`slow` wallets fall slowly, one falls at once: 2 * slow + 2 alerts for each chat."""

    slow: int = 4

    @property
    def alerts(self) -> int:
        return 2 * self.slow + 2

    @property
    def sudden(self) -> int:
        """The number of the wallet that falls at once."""
        return self.slow

    @property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """Block number and everybody's health factor; the last is the critical one."""
        many = self.slow - 1
        return (
            (FIRST_BLOCK, *[FINE] * (self.slow + 1)),
            (FIRST_BLOCK + 1, *[NOTICE] * self.slow, FINE),
            (FIRST_BLOCK + 2, *[WARNING] * self.slow, FINE),
            (FIRST_BLOCK + 3, CRITICAL, *[WARNING] * many, SUDDEN),
        )

    def told(self, ship: int) -> list[str]:
        """The health factors that a chat reads of a wallet, in this order."""
        if ship == self.sudden:
            return ["1.04"]
        return ["1.45", "1.20", "1.08"] if ship == 0 else ["1.45", "1.20"]


def telegram_chats(peer: TelegramPeer, count: int) -> list[Chat]:
    """People alone, groups, and topics of forums."""
    found = []
    for index in range(count):
        person = peer.user(10_000 + index, f"Ann {index}")
        if index % 2:
            place = f"telegram/{person.id}"
            found.append(
                Chat("telegram", place, place, person.id, "private", lambda who=person: who.say("/help"))
            )
            continue
        is_forum = index % 4 == 0
        room = peer.supergroup(-100_000 - index, f"Group {index}", person, topics=[TOPIC] if is_forum else [])
        thread = {"thread": TOPIC} if is_forum else {}
        home = f"telegram/{room.id}"
        place = f"{home}/{TOPIC}" if is_forum else home
        kind = "topic" if is_forum else "group"

        def ask(who: Any = person, where: Any = room, how: Any = thread) -> Any:
            return who.send(where, "/help", **how)

        found.append(Chat("telegram", home, place, room.id, kind, ask))
    return found


def discord_chats(peer: DiscordPeer, count: int) -> list[Chat]:
    """People alone, and channels of servers."""
    found = []
    for index in range(count):
        person = peer.user(20_000 + index, f"Dora {index}", installed=True)
        if index % 3 == 0:
            place = f"discord/{person.id}"
            found.append(
                Chat(
                    "discord",
                    place,
                    place,
                    person.dm.id,
                    "private",
                    lambda who=person: who.slash(who.dm, "help"),
                )
            )
            continue
        server = peer.server(30_000 + index * 2, f"Server {index}", person)
        channel = server.channel(40_000 + index, "alerts")

        def ask(who: Any = person, where: Any = channel) -> Any:
            return who.slash(where, "help")

        home, place = f"discord/s{server.id}", f"discord/c{channel.id}"
        found.append(Chat("discord", home, place, channel.id, "channel", ask))
    return found


async def settle_in(book: StoredWatchBook, chats: Sequence[Chat], plan: Plan, *, grouping: bool) -> None:
    """Everybody is let in and watches all wallets."""
    for chat in chats:
        await book.admit(chat.home)
        await book.put_settings(chat.home, ChatSettings(grouping=grouping))
        await book.add_many(
            [
                Watch(
                    "",
                    0,
                    chat.home,
                    WalletTarget(wallet(ship)),
                    (HealthRule(),),
                    label=f"ship{ship}",
                    place=chat.place,
                )
                for ship in range(plan.slow + 1)
            ]
        )
