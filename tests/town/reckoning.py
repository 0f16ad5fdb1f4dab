"""What became of a storm, read off the peers' ledgers: lost, repeated, out of order, overtaken, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.chat.discord.ledger import Entry as DiscordEntry
from tests.chat.discord.ledger import Ledger as DiscordLedger
from tests.chat.telegram.ledger import Entry as TelegramEntry
from tests.chat.telegram.ledger import Ledger as TelegramLedger
from tests.town.crowd import Chat, Plan

Ledger = TelegramLedger | DiscordLedger
Entry = TelegramEntry | DiscordEntry
_NEWS = re.compile(r"ship(\d+)\b[^\n]*?HF\D{0,4}(\d\.\d\d)")
_CRITICAL = ("1.08", "1.04")


@dataclass(frozen=True, slots=True)
class News:
    """One alert as somebody read it."""

    order: int
    at_ms: int
    room: int
    ship: int
    health: str

    @property
    def is_critical(self) -> bool:
        return self.health in _CRITICAL


@dataclass(slots=True)
class Reckoning:
    """Of one platform. `passed`: alerts of other wallets that a chat read after the critical ones were stored
    and before it had read all of those.
    """

    messages: int = 0
    alerts: int = 0
    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    passed: int = 0
    last_critical_ms: int = 0
    last_ms: int = 0


def is_news(entry: Entry) -> bool:
    return entry.deed == "sent" and "ship" in entry.text


def news_of(entry: Entry) -> Iterator[News]:
    if is_news(entry):
        room = entry.chat_id if isinstance(entry, TelegramEntry) else entry.channel_id
        for ship, health in _NEWS.findall(entry.text):
            yield News(entry.order, entry.at_ms, room, int(ship), health)


def news_in(ledger: Ledger) -> Iterator[News]:
    for entry in ledger.entries:
        yield from news_of(entry)


def reckon(
    ledger: Ledger, chats: Sequence[Chat], plan: Plan, *, began_ms: int, stored: int, stored_ms: int
) -> Reckoning:
    """Times count from `began_ms`, those of critical alerts from `stored_ms`; `stored` is the ledger's length
    when the critical block was in the outbox.
    """
    found = Reckoning(messages=sum(map(is_news, ledger.entries)))
    by_room: dict[int, list[News]] = {chat.room: [] for chat in chats}
    for one in news_in(ledger):
        by_room[one.room].append(one)
        found.alerts += 1
        found.last_ms = max(found.last_ms, one.at_ms - began_ms)
        if one.is_critical:
            found.last_critical_ms = max(found.last_critical_ms, one.at_ms - stored_ms)
    for room, all_read in by_room.items():
        for ship in range(plan.slow + 1):
            _compare(found, f"{room}/ship{ship}", _read(all_read, ship), plan.told(ship))
        last = max((one.order for one in all_read if one.is_critical), default=0)
        concerned = (0, plan.sudden)
        found.passed += sum(stored <= one.order < last and one.ship not in concerned for one in all_read)
    return found


def _read(news: Sequence[News], ship: int) -> list[str]:
    return [one.health for one in news if one.ship == ship]


def _compare(found: Reckoning, where: str, read: list[str], told: list[str]) -> None:
    found.lost += [f"{where} {health}" for health in told if health not in read]
    found.repeated += [f"{where} {health}" for health in told for _ in range(read.count(health) - 1)]
    if list(dict.fromkeys(read)) != [health for health in told if health in read]:
        found.misplaced.append(f"{where} {read}")
