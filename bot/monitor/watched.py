"""The watches as of one version of the book, by what they look at. Asked by `bot.monitor`; no I/O."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.units import Address
from bot.subscriptions import ChatSettings, PriceTarget, WalletTarget, Watch


@dataclass(frozen=True, slots=True)
class Watched:
    """`settings` has every destination that watches something."""

    version: int
    by_wallet: Mapping[Address, tuple[Watch, ...]]
    by_price: Mapping[tuple[str, Address], tuple[Watch, ...]]
    settings: Mapping[str, ChatSettings]
    wallet_of: Mapping[str, Address]
    """By watch id."""

    @classmethod
    def of(cls, version: int, watches: Iterable[Watch], settings: Mapping[str, ChatSettings]) -> "Watched":
        wallets: dict[Address, list[Watch]] = defaultdict(list)
        prices: dict[tuple[str, Address], list[Watch]] = defaultdict(list)
        for watch in watches:
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
        )

    def concerned(self, market: str, may_have: Callable[[str, Address], bool]) -> set[str]:
        """Destinations that watch something in a market, or something not known to be absent there."""
        found = {
            watch.destination
            for address, watches in self.by_wallet.items()
            if may_have(market, address)
            for watch in watches
        }
        for (place, _), watches in self.by_price.items():
            if place == market:
                found.update(watch.destination for watch in watches)
        return found
