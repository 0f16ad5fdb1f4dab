"""The watches as of one version of the book, by what they look at. Asked by `bot.monitor`; no I/O."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.alerts import Severity
from bot.domain.units import Address
from bot.subscriptions import ChatSettings, Destination, PriceTarget, WalletTarget, Watch


@dataclass(frozen=True, slots=True)
class Watched:
    """`settings` has every home that watches something."""

    version: int
    by_wallet: Mapping[Address, tuple[Watch, ...]]
    by_price: Mapping[tuple[str, Address], tuple[Watch, ...]]
    settings: Mapping[str, ChatSettings]
    wallet_of: Mapping[str, Address]
    """By watch id."""
    by_home: Mapping[str, tuple[Watch, ...]]
    """In the order of their numbers."""

    @classmethod
    def of(cls, version: int, watches: Iterable[Watch], settings: Mapping[str, ChatSettings]) -> "Watched":
        wallets: dict[Address, list[Watch]] = defaultdict(list)
        prices: dict[tuple[str, Address], list[Watch]] = defaultdict(list)
        homes: dict[str, list[Watch]] = defaultdict(list)
        for watch in sorted(watches, key=lambda one: one.number):
            homes[watch.home].append(watch)
            match watch.target:
                case WalletTarget(address):
                    wallets[address].append(watch)
                case PriceTarget(market, asset):
                    prices[market, asset.address].append(watch)
        return cls(
            version,
            {address: tuple(found) for address, found in wallets.items()},
            {key: tuple(found) for key, found in prices.items()},
            settings,
            {watch.id: address for address, found in wallets.items() for watch in found},
            {home: tuple(found) for home, found in homes.items()},
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
            for address, watches in self.by_wallet.items()
            if may_have(market, address)
            for watch in watches
        }
        for (of_market, _), watches in self.by_price.items():
            if of_market == market:
                found.update(watch.home for watch in watches)
        return found


def _looks_at(watch: Watch, market: str) -> bool:
    return not isinstance(watch.target, PriceTarget) or watch.target.market == market
