"""A whole position as typed, `651k ETH vs 958m USDT on prime emode 1 as whale`, still without a market.

`imagine` puts the market under it: assets found, amounts in raw units, what no account can be refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain import aave_config as config
from bot.domain.aave_state import AccountState, Holding, MarketState
from bot.domain.units import Address, Bps, RawAmount
from bot.domain.whatif.changes import SetCategory, SetReserve
from bot.domain.whatif.engine import Outcome, Refused, apply
from bot.domain.whatif.hypothetical import NOBODY, hypothetical
from bot.errors import UserError
from bot.messages.typed.coins import Coins, find_emode
from bot.messages.typed.parts import Part, Term, is_term, read_parts, read_term
from bot.messages.typed.storing import stored_debt, stored_supply
from bot.messages.typed.tokens import Reader, cut
from bot.subscriptions import Terms

VERSUS: Final = frozenset({"vs", "v", "versus", "against", "owing", "owes", "borrowing"})
ON: Final = frozenset({"on"})
EMODE: Final = frozenset({"emode", "e-mode"})
AS: Final = frozenset({"as", "called", "named"})
OPTIONS: Final = ON | EMODE | AS
ENDS: Final = OPTIONS | VERSUS


@dataclass(frozen=True, slots=True)
class Expression:
    """What was typed; nothing is known of the assets yet."""

    supplied: tuple[Part, ...]
    owed: tuple[Part, ...]
    market: str = ""
    emode: str = ""
    terms: tuple[Term, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Imagining:
    """A position that somebody imagines, in a market whose terms are replaced where that was asked."""

    market: MarketState
    account: AccountState
    terms: tuple[Terms, ...]
    wrapped: tuple[tuple[str, str], ...] = ()
    """(as typed, the token it was taken for) where they differ by more than case."""


@dataclass(slots=True)
class Options:
    """What may stand behind a position, in any order."""

    market: str = ""
    emode: str = ""
    label: str = ""

    def take(self, reader: Reader, ends: frozenset[str]) -> None:
        """The option that comes next. UserError when its value is missing."""
        word = reader.take()
        value = reader.until(lambda one: one.key in ends or is_term(one))
        if not value:
            raise UserError("missing_value", word.text)
        if word.key in ON:
            self.market = value
        elif word.key in EMODE:
            self.emode = value
        else:
            self.label = value


def read_expression(text: str, *, comma_is_point: bool = False) -> Expression:
    """UserError tells which part is missing or cannot be; the example is left to the caller."""
    reader = Reader(cut(text))
    if not reader.more():
        raise UserError("missing_position")
    sides: list[tuple[Part, ...]] = [read_parts(reader, ENDS, comma_is_point=comma_is_point)]
    options, terms = Options(), list[Term]()
    while reader.more():
        key = reader.peek().key
        if key in VERSUS:
            versus = reader.take()
            if len(sides) == 2:
                raise UserError("two_sides", versus.text)
            sides.append(read_parts(reader, ENDS, comma_is_point=comma_is_point))
        elif key in OPTIONS:
            options.take(reader, ENDS)
        elif is_term(reader.peek()):
            terms.append(read_term(reader))
        else:
            raise UserError("extra_words", reader.take().text)
    supplied, owed = sides[0], sides[1] if len(sides) == 2 else ()
    _both_sides(supplied, owed)
    return Expression(supplied, owed, options.market, options.emode, tuple(terms), options.label)


def _both_sides(supplied: tuple[Part, ...], owed: tuple[Part, ...]) -> None:
    if not supplied and not owed:
        raise UserError("missing_position")
    if not supplied:
        raise UserError("debt_without_collateral", f"{owed[0].amount.value:f} {owed[0].asset}")
    if not owed:
        raise UserError("collateral_without_debt", f"{supplied[0].amount.value:f} {supplied[0].asset}")


def imagine(typed: Expression, coins: Coins) -> Imagining | Refused:
    """The position at the market's block; Refused is what no account can be. UserError for the rest."""
    market = coins.market
    emode = find_emode(market, typed.emode)
    supplied, owed = _raw(typed.supplied, coins), _raw(typed.owed, coins)
    terms = terms_of(typed.terms, coins, emode, tuple(supplied))
    market = with_terms(market, terms)
    account = hypothetical(market, supplied, owed, emode)
    if isinstance(account, Refused):
        return account
    word = account.configuration
    for part in typed.supplied:
        if part.idle:
            word = config.with_collateral(word, coins.find(part.asset).index, on=False)
    holdings = tuple(_as_typed(held, market, supplied, owed) for held in account.holdings)
    account = AccountState(account.account, word, account.emode, holdings)
    return Imagining(market, account, terms, wrapped(typed, coins))


def _as_typed(
    held: Holding,
    market: MarketState,
    supplied: Mapping[Address, RawAmount],
    owed: Mapping[Address, RawAmount],
) -> Holding:
    reserve = market.reserves[held.reserve]
    has, owes = supplied.get(reserve.asset.address, 0), owed.get(reserve.asset.address, 0)
    return Holding(
        held.reserve,
        stored_supply(has, reserve, market) if has else 0,
        stored_debt(owes, reserve, market) if owes else 0,
    )


def _raw(parts: Sequence[Part], coins: Coins) -> Mapping[Address, RawAmount]:
    found: dict[Address, RawAmount] = {}
    for part in parts:
        reserve = coins.find(part.asset)
        price = coins.price(reserve)
        if reserve.asset.address in found:
            raise UserError("asset_twice", part.asset)
        found[reserve.asset.address] = part.amount.raw(reserve.asset, price, coins.market.base_unit)
    return found


def wrapped(typed: Expression, coins: Coins) -> tuple[tuple[str, str], ...]:
    """What was taken for another spelling: ETH for WETH."""
    parts = (*typed.supplied, *typed.owed)
    pairs = ((part.asset, coins.symbol(coins.find(part.asset).asset)) for part in parts)
    return tuple(
        dict.fromkeys(
            (said, meant)
            for said, meant in pairs
            if said.casefold() != meant.casefold() and not said.casefold().startswith("0x")
        )
    )


def terms_of(
    typed: Sequence[Term], coins: Coins, emode: int, collateral: Sequence[Address]
) -> tuple[Terms, ...]:
    """Other terms for the collateral named, or all of it; of its eMode where that decides.

    UserError `term_without_asset` for an asset that is no collateral here.
    """
    asked: dict[Address | int, dict[str, int]] = {}
    for term in typed:
        named = [coins.find(term.asset).asset.address] if term.asset else list(collateral)
        if not named or not set(named) <= set(collateral):
            raise UserError("term_without_asset", term.asset or term.what)
        for asset in named:
            asked.setdefault(_decides(coins, emode, asset), {})[term.what] = term.bps
    return tuple(_term(what, values) for what, values in asked.items())


def _decides(coins: Coins, emode: int, asset: Address) -> Address | int:
    """The eMode's number where it replaces the asset's own terms, else the asset."""
    reserve = coins.find(asset)
    category = coins.market.emodes.get(emode) if emode else None
    if category is None:
        return asset
    inside = config.in_bitmap(category.collateral_bitmap, reserve.index) or (
        not category.collateral_bitmap and config.emode_category(reserve.configuration) == emode
    )
    return emode if inside else asset


def _term(what: Address | int, values: Mapping[str, int]) -> Terms:
    ltv, threshold, bonus = (values.get(name) for name in ("ltv", "lt", "bonus"))
    if isinstance(what, int):
        return SetCategory(what, _bps(ltv), _bps(threshold), _bps(bonus))
    return SetReserve(what, _bps(ltv), _bps(threshold), _bps(bonus))


def _bps(value: int | None) -> Bps | None:
    return None if value is None else Bps(value)


def with_terms(market: MarketState, terms: Sequence[Terms]) -> MarketState:
    """The market with these terms in place of its own."""
    done = apply(market, AccountState(NOBODY, 0, 0, ()), terms)
    assert isinstance(done, Outcome)  # terms are never refused
    return done.market
