"""A watcher in small, for the proofs: it keeps stored words of a market and its accounts, nothing accrued.

The market is read once a block; an account only when a log of the block names it. The bot's own reader asks
in another way, so that the arithmetic is proven apart from it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

from eth_utils.address import to_checksum_address

from bot.domain.aave_state import AccountState, EModeCategory, Holding, MarketState, ReserveState, StableDebt
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, Bps, RawAmount, Ray
from tests.chain.abi import address, call_data, dynamic_call_data, ints
from tests.chain.assets import EMODES_36, EMODES_302
from tests.chain.market import Market
from tests.chain.parts import Reserve

_CHUNK = 2_000  # calls in one JSON-RPC batch
_RESERVE = "getReserveData(address)"
_EMODE_36 = (
    "getEModeCategoryCollateralConfig(uint8)",
    "getEModeCategoryCollateralBitmap(uint8)",
    "getEModeCategoryBorrowableBitmap(uint8)",
    "getEModeCategoryLtvzeroBitmap(uint8)",
)

Call = tuple[str, str]


@cache
def _checked(word: int | str) -> Address:
    return Address(to_checksum_address(word if isinstance(word, str) else address(word)))


class Keeper:
    """What a watcher of `users` knows; `see` brings it to a block."""

    def __init__(self, market: Market, users: Iterable[str]) -> None:
        self.market = market
        self._reserves: tuple[Reserve, ...] = tuple(market.reserves.values())
        self._by_number = {int(user, 16): user for user in users}
        self.revision = ints(market.call(market.pool, call_data("POOL_REVISION()")))[0]
        self.state: MarketState
        self.accounts: dict[str, AccountState] = {}
        self.reread = 0

    def see(self, number: int) -> set[str]:
        """Read the block; returns the accounts it named (all of them at the first one)."""
        self.state = self._market(number)
        known = bool(self.accounts)
        named = self._named(number) if known else set(self._by_number.values())
        self.accounts |= dict(self._read_accounts(sorted(named), number))
        self.reread += len(named) if known else 0
        return named

    def contract_words(self, users: Sequence[str]) -> list[tuple[int, ...]]:
        """The contract's own six words at the block seen: the judge, never an input."""
        ask = "getUserAccountData(address)"
        calls = [(self.market.pool, call_data(ask, user)) for user in users]
        return list(self._ask(calls, self.state.as_of.number))

    # --- asking ---------------------------------------------------------------------------------------------

    def _ask(self, calls: Iterable[Call], number: int) -> Iterator[tuple[int, ...]]:
        waiting = iter(calls)
        while chunk := list(islice(waiting, _CHUNK)):
            batch = [("eth_call", ({"to": to, "data": data}, hex(number))) for to, data in chunk]
            yield from map(ints, self.market.anvil.batch(batch))

    def _market(self, number: int) -> MarketState:
        market = self.market
        tokens = [reserve.address for reserve in self._reserves]
        prices = dynamic_call_data("getAssetsPrices", ["address[]"], [tokens])
        calls = [(market.oracle, prices)] + [(market.pool, call_data(_RESERVE, token)) for token in tokens]
        found, *words = self._ask(calls, number)
        block = market.anvil.block(number)
        return MarketState(
            market=f"lab {market.version}",
            as_of=BlockRef(number, block["hash"], int(block["timestamp"], 16)),
            revision=self.revision,
            base_unit=10**8,
            reserves={
                one.id: self._reserve(one, word) for one, word in zip(self._reserves, words, strict=True)
            },
            emodes={mode.id: mode for mode in self._emodes(number)},
            prices={one.id: BaseAmount(price) for one, price in zip(self._reserves, found[2:], strict=True)},
        )

    def _reserve(self, reserve: Reserve, words: tuple[int, ...]) -> ReserveState:
        token = Asset(
            self.market.anvil.chain_id, _checked(reserve.address), reserve.symbol, words[0] >> 48 & 255
        )
        return ReserveState(
            index=words[7],
            asset=token,
            configuration=words[0],
            liquidity_index=Ray(words[1]),
            liquidity_rate=Ray(words[2]),
            variable_borrow_index=Ray(words[3]),
            variable_borrow_rate=Ray(words[4]),
            last_update=words[6],
            a_token=_checked(words[8]),
            variable_debt_token=_checked(words[10]),
            stable_debt_token=_checked(words[9]) if words[9] else None,
        )

    def _emodes(self, number: int) -> Iterator[EModeCategory]:
        pool, old = self.market.pool, self.market.version == "3.0.2"
        if old:
            calls = [(pool, call_data("getEModeCategoryData(uint8)", mode.category)) for mode in EMODES_302]
            for mode, words in zip(EMODES_302, self._ask(calls, number), strict=True):
                ltv, threshold, bonus, source = (Bps(word) for word in words[1:5])
                price = self._price(source, number) if source else None
                yield EModeCategory(mode.category, ltv, threshold, bonus, mode.label, price=price)
            return
        calls = [(pool, call_data(getter, mode.category)) for mode in EMODES_36 for getter in _EMODE_36]
        answers = self._ask(calls, number)
        for mode in EMODES_36:
            ltv, threshold, bonus = (Bps(word) for word in next(answers))
            bitmaps = (next(answers)[0], next(answers)[0], next(answers)[0])
            yield EModeCategory(mode.category, ltv, threshold, bonus, mode.label, *bitmaps)

    def _price(self, source: int, number: int) -> BaseAmount:
        call = (self.market.oracle, call_data("getAssetPrice(address)", address(source)))
        return BaseAmount(next(self._ask([call], number))[0])

    # --- accounts -------------------------------------------------------------------------------------------

    def _named(self, number: int) -> set[str]:
        """Every known account that stands anywhere in a log of the pool or of a token of it."""
        tokens = (t for one in self._reserves for t in (one.atoken, one.vtoken, one.stoken) if t)
        asked = {"fromBlock": hex(number), "toBlock": hex(number), "address": [self.market.pool, *tokens]}
        words: set[int] = set()
        for log in self.market.anvil.rpc("eth_getLogs", asked):
            words.update(int(topic, 16) for topic in log["topics"][1:])
            words.update(ints(log["data"]))
        return {self._by_number[word] for word in words & self._by_number.keys()}

    def _read_accounts(self, users: Sequence[str], number: int) -> Iterator[tuple[str, AccountState]]:
        answers = self._ask((call for user in users for call in self._account_calls(user)), number)
        for user in users:
            (configuration, *_), (emode, *_) = next(answers), next(answers)
            held = []
            for one in self._reserves:
                supply, debt = next(answers)[0], next(answers)[0]
                principal = next(answers)[0] if one.stoken else 0
                if supply or debt or principal:
                    stable = self._stable(one, user, principal, number) if principal else None
                    held.append(Holding(one.id, supply, debt, stable))
            yield user, AccountState(_checked(user), configuration, emode, tuple(held))

    def _account_calls(self, user: str) -> Iterator[Call]:
        yield self.market.pool, call_data("getUserConfiguration(address)", user)
        yield self.market.pool, call_data("getUserEMode(address)", user)
        for one in self._reserves:
            yield one.atoken, call_data("scaledBalanceOf(address)", user)
            yield one.vtoken, call_data("scaledBalanceOf(address)", user)
            if one.stoken:
                yield one.stoken, call_data("principalBalanceOf(address)", user)

    def _stable(self, reserve: Reserve, user: str, principal: int, number: int) -> StableDebt:
        getters = ("getUserStableRate(address)", "getUserLastUpdated(address)")
        calls = [(str(reserve.stoken), call_data(getter, user)) for getter in getters]
        (rate, *_), (since, *_) = self._ask(calls, number)
        return StableDebt(RawAmount(principal), Ray(rate), since)
