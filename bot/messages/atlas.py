"""What the composer knows of chains and markets: titles, links, tokens that may go by their bare symbol.

Built once by `bot.app` from the market tables; pure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.markets import Chain, Market
from bot.domain.transfers import NATIVE
from bot.domain.units import Address, Asset
from bot.messages.catalogue import _
from bot.messages.hostile import Name, clean

STABLE: Final = frozenset(
    {
        "USDC", "USDC.e", "USDbC", "m.USDC", "syrupUSDC", "USDT", "USDt", "USDT0", "USD₮0", "USD₮",
        "m.USDT", "syrupUSDT", "DAI", "DAI.e", "xDAI", "sDAI", "GHO", "LUSD", "FRAX", "frxUSD", "crvUSD",
        "PYUSD", "RLUSD", "USDS", "sUSDS", "USDe", "sUSDe", "eUSDe", "USDtb", "FDUSD", "TUSD", "BUSD",
        "sUSD", "USDP", "USDG", "USDm", "mUSD", "AUSD", "stcUSD", "MAI", "miMATIC",
        "EURA", "EURS", "EURC", "EURe", "EURm", "agEUR", "jEUR",
    }
)  # fmt: skip
"""Symbols of tokens held to a currency: said to fall or rise only when nothing else of a position can."""
_FLOWS: Final = "flows:"
_DEPEGGED_BELOW_PERCENT: Final = 90
_FOREIGN_UP_TO_PERCENT: Final = 140
"""A stable token, interest-bearing and euro ones included, that leaves 0.90 ... 1.40 is volatile."""
_WRAPPED: Final = {
    "WETH": "ETH", "WBNB": "BNB", "WAVAX": "AVAX", "WPOL": "POL", "WMATIC": "POL", "WXDAI": "xDAI",
    "WMNT": "MNT", "WS": "S", "WXPL": "XPL",
}  # fmt: skip
"""Wrappers redeemable one to one at any time: their price is spoken of as the coin's."""

_PLAIN_SYMBOL: Final = re.compile(r"[A-Za-z0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Atlas:
    """`known` maps (chain id, contract) to the symbol in the market tables: the allow-list of symbols."""

    markets: Mapping[str, Market]
    chains: Mapping[int, Chain]
    known: Mapping[tuple[int, str], str]
    own_chains: frozenset[int] = frozenset()
    """Chains that only the host's own markets are on: no table can vouch there, the host does."""

    @classmethod
    def of(cls, markets: Iterable[Market], chains: Iterable[Chain]) -> "Atlas":
        listed = tuple(markets)
        known = {
            (market.chain_id, reserve.underlying.lower()): reserve.symbol
            for market in listed
            for reserve in market.reserves
        }
        own = {market.chain_id for market in listed} - {chain_id for chain_id, _contract in known}
        return cls(
            {market.key: market for market in listed},
            {chain.chain_id: chain for chain in chains},
            known,
            frozenset(own),
        )

    # ---- names ------------------------------------------------------------------------------------

    def chain_title(self, chain_id: int) -> str:
        chain = self.chains.get(chain_id)
        return clean(chain.title, cap=48).text if chain else _("chain {id}").format(id=chain_id)

    def market_title(self, key: str) -> str:
        if (chain_id := _flows_of(key)) is not None:
            return _("transfers on {chain}").format(chain=self.chain_title(chain_id))
        market = self.markets.get(key)
        return clean(market.title if market else key, cap=48).text

    def symbol(self, asset: Asset) -> str:
        """The bare symbol of a token in the tables; any other in quotes, as unverified."""
        known = self._known(asset)
        return known or unverified(clean(asset.symbol))

    def coin(self, asset: Asset) -> str:
        """What its price is called: ETH for WETH."""
        known = self._known(asset)
        return _WRAPPED.get(known, known) if known else unverified(clean(asset.symbol))

    def is_stable(self, asset: Asset, price: int, base_unit: int) -> bool:
        """True for a known stable token near its peg; an unverified token never is."""
        near = _DEPEGGED_BELOW_PERCENT * base_unit <= 100 * price <= _FOREIGN_UP_TO_PERCENT * base_unit
        return near and self._known(asset) in STABLE

    def _known(self, asset: Asset) -> str:
        chain = self.chains.get(asset.chain_id)
        if asset.address == NATIVE and chain is not None:
            return chain.native_symbol
        listed = self.known.get((asset.chain_id, asset.address.lower()), "")
        if not listed and asset.chain_id in self.own_chains and _PLAIN_SYMBOL.fullmatch(asset.symbol):
            return asset.symbol
        return listed

    def known_symbol(self, chain_id: int, contract: Address) -> str:
        """The symbol of a token in the tables; empty for any other."""
        return self.known.get((chain_id, contract.lower()), "")

    # ---- links ------------------------------------------------------------------------------------

    def app_url(self, market: str) -> str:
        found = self.markets.get(market)
        return (found.app_url or "") if found else ""

    def defi_saver_url(self, market: str) -> str:
        found = self.markets.get(market)
        return (found.defi_saver_url or "") if found else ""

    def address_url(self, market: str, address: Address) -> str:
        chain = self._chain(market)
        return (chain.address_url(address) or "") if chain else ""

    def transaction_url(self, market: str, tx: str) -> str:
        chain = self._chain(market)
        return (chain.transaction_url(tx) or "") if chain else ""

    def block_url(self, market: str, number: int) -> str:
        chain = self._chain(market)
        return (chain.block_url(number) or "") if chain else ""

    def _chain(self, market: str) -> Chain | None:
        found = self.markets.get(market)
        chain_id = found.chain_id if found else _flows_of(market)
        return None if chain_id is None else self.chains.get(chain_id)


def flows_key(chain_id: int) -> str:
    """What stands for a market where a whole chain's transfers are meant."""
    return f"{_FLOWS}{chain_id}"


def _flows_of(market: str) -> int | None:
    chain_id = market.removeprefix(_FLOWS)
    return int(chain_id) if chain_id != market and chain_id.isdecimal() else None


def unverified(name: Name) -> str:
    """A token nobody here vouches for."""
    if not name.text:
        return _("a token without a name")
    shown = f"“{name.text}”"
    return (_("{name} (unverified, mixed alphabets)") if name.mixed else _("{name} (unverified)")).format(
        name=shown
    )


def person_made(name: str) -> str:
    """A label or ENS name: cleaned, a mix of alphabets said."""
    made = clean(name)
    return _("{name} (mixed alphabets)").format(name=made.text) if made.mixed else made.text


def chat_kind(destination: str) -> str:
    """What a chat is, for people elsewhere: its title is not known here."""
    platform, _slash, chat = destination.partition("/")
    match platform, chat[:1]:
        case "telegram", "-":
            return _("the Telegram group")
        case "telegram", _any:
            return _("the Telegram chat")
        case "discord", "s":
            return _("the Discord server")
        case "discord", "c":
            return _("the Discord channel")
        case "discord", _any:
            return _("the Discord chat")
        case _:
            return _("the terminal")


def short_address(address: str) -> str:
    """0x1234…abcd: for a first line only; the full address stands further down."""
    return f"{address[:6]}…{address[-4:]}"
