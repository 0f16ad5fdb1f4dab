"""The watches as of one version of the book, by what they look at. Asked by `bot.monitor`; no I/O."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.alerts import Severity
from bot.domain.rules import DistanceRule, HealthRule, LiquidatedRule, Rule
from bot.domain.units import Address
from bot.ports import Following
from bot.subscriptions import (
    ChatSettings,
    Destination,
    FlowTarget,
    ImaginedTarget,
    MirrorTarget,
    PriceTarget,
    WalletTarget,
    Watch,
)


@dataclass(frozen=True, slots=True)
class Watched:
    """`settings` has every home that watches something."""

    by_account: Mapping[Address, tuple[Watch, ...]]
    """By the account of their readings, `Watch.account`."""
    by_price: Mapping[tuple[str, Address], tuple[Watch, ...]]
    settings: Mapping[str, ChatSettings]
    account_of: Mapping[str, Address]
    """By watch id."""
    by_home: Mapping[str, tuple[Watch, ...]]
    """In the order of their numbers."""
    following: Following
    """What the watchers are to read."""
    by_flow: tuple[Watch, ...] = ()
    """Those of transfers into and out of exchanges."""

    @classmethod
    def of(cls, version: int, watches: Iterable[Watch], settings: Mapping[str, ChatSettings]) -> "Watched":
        accounts: dict[Address, list[Watch]] = defaultdict(list)
        prices: dict[tuple[str, Address], list[Watch]] = defaultdict(list)
        homes: dict[str, list[Watch]] = defaultdict(list)
        wallets: set[Address] = set()
        imagined: dict[Address, ImaginedTarget | MirrorTarget] = {}
        for watch in sorted(watches, key=lambda one: one.number):
            homes[watch.home].append(watch)
            if watch.account is not None:
                accounts[watch.account].append(watch)
            match watch.target:
                case WalletTarget(address):
                    wallets.add(address)
                case PriceTarget(market, asset):
                    prices[market, asset.address].append(watch)
                case ImaginedTarget() as target if watch.account:
                    imagined[watch.account] = target
                case MirrorTarget(address=address) as target if watch.account:
                    imagined[watch.account] = target
                    wallets.add(address)
        return cls(
            {account: tuple(found) for account, found in accounts.items()},
            {key: tuple(found) for key, found in prices.items()},
            settings,
            {watch.id: account for account, found in accounts.items() for watch in found},
            {home: tuple(found) for home, found in homes.items()},
            Following(version, frozenset(wallets), imagined),
            tuple(one for found in homes.values() for one in found if isinstance(one.target, FlowTarget)),
        )

    @property
    def version(self) -> int:
        return self.following.version

    def owned(self, home: str, owner: str) -> frozenset[Address]:
        """The wallets that a home watches under one owner's name; none without a name."""
        watches = self.by_home.get(home, ()) if owner else ()
        return frozenset(
            one.target.address
            for one in watches
            if one.owner == owner and isinstance(one.target, WalletTarget)
        )

    def place(self, watch: Watch, loudness: Severity) -> str:
        """Where an alert of a watch goes; empty when its home has no place that can be spoken to."""
        others = (one.place for one in self.by_home.get(watch.home, ()))
        return self._first_place(watch.home, loudness, (watch.place, *others))

    def sight_place(self, home: str, market: str, loudness: Severity) -> str:
        """Where a home hears of a market: with the first watch that looks there."""
        watches = self.by_home.get(home, ())
        looking = (one for one in watches if _looks_at(one, market))
        return self._first_place(home, loudness, [one.place for one in (*looking, *watches)])

    def _first_place(self, home: str, loudness: Severity, places: Iterable[str]) -> str:
        wanted = self.settings[home].route(loudness.name.lower())
        candidates = (wanted, *places) if wanted else places
        found = (place or home for place in candidates)
        return next((one for one in found if not Destination.parse(one).is_server), "")

    def concerned(self, market: str, may_have: Callable[[str, Address], bool]) -> set[str]:
        """Homes that watch something in a market, or something not known to be absent there."""
        found = {
            watch.home
            for account, watches in self.by_account.items()
            if may_have(market, account)
            for watch in watches
            if _looks_at(watch, market)
        }
        for (of_market, _), watches in self.by_price.items():
            if of_market == market:
                found.update(watch.home for watch in watches)
        return found


def applies(rule: Rule, watch: Watch) -> bool:
    """Whether a rule can say anything of what is watched.

    Nothing happens to a position that is imagined but in somebody's head; a copy of a wallet that follows it
    moves and closes with it, but nobody liquidates a copy.
    """
    match watch.target:
        case ImaginedTarget():
            return isinstance(rule, HealthRule | DistanceRule)
        case MirrorTarget():
            return not isinstance(rule, LiquidatedRule)
        case _:
            return True


def _looks_at(watch: Watch, market: str) -> bool:
    match watch.target:
        case WalletTarget():
            return True
        case FlowTarget(chains=chains):
            chain_id = market.removeprefix("flows:")
            return chain_id != market and (not chains or chain_id in map(str, chains))
        case target:
            return target.market == market
