"""A loop as typed: `10k wstETH vs ETH 5x emode 1 fee 0.1%`, into what `bot.domain.loops` takes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bot.domain import aave_config as config
from bot.domain.aave_state import ReserveState
from bot.domain.baskets import Basket, basket_of
from bot.domain.loop_model import MOST_ROUNDS, Loop, Rounds, TargetLtv, leverage
from bot.domain.units import BPS, RAY, Bps, Ray
from bot.errors import UserError
from bot.messages.parsing import parse_amount
from bot.messages.typed.amounts import read_percent, read_share
from bot.messages.typed.coins import Coins, find_emode
from bot.messages.typed.expression import AS, EMODE, ON, VERSUS, Options
from bot.messages.typed.parts import Part, read_part
from bot.messages.typed.tokens import SEPARATORS, Reader, cut

_TIMES: Final = re.compile(r"([0-9]+(?:[.,][0-9]+)?)x|x([0-9]+(?:[.,][0-9]+)?)", re.IGNORECASE)
_PERCENTS: Final = {"fee": "fee", "slippage": "slippage", "slip": "slippage", "yield": "yield"}
_GOALS: Final = frozenset({"ltv", "rounds", "round"})
_ENDS: Final = VERSUS | ON | EMODE | AS | _GOALS | frozenset(_PERCENTS)
HIGHEST_LEVERAGE: Final = 100


@dataclass(frozen=True, slots=True)
class LoopTyped:
    part: Part
    goal: TargetLtv | Rounds
    debt: str = ""
    market: str = ""
    emode: str = ""
    fee: Bps = Bps(0)
    slippage: Bps = Bps(0)
    own: Bps = Bps(0)
    label: str = ""


def read_loop(text: str, *, comma_is_point: bool = False) -> LoopTyped:
    """UserError tells what is missing; the example is left to the caller."""
    reader = Reader(cut(text))
    if not reader.more():
        raise UserError("missing_loop")
    part = read_part(reader, _ENDS, comma_is_point=comma_is_point)
    goal: TargetLtv | Rounds | None = None
    debt, options = "", Options()
    percents: dict[str, Bps] = {}
    while True:
        reader.skip(SEPARATORS)
        if not reader.more():
            break
        word = reader.peek()
        if word.key in VERSUS:
            reader.take()
            debt = _value(reader, word.text)
        elif word.key in ON | EMODE | AS:
            options.take(reader, _ENDS | {one.key for one in reader.words if _TIMES.fullmatch(one.text)})
        elif word.key in _PERCENTS:
            reader.take()
            percents[_PERCENTS[word.key]] = read_percent(_value(reader, word.text))
        elif goal is None:
            goal = _goal(reader)
        else:
            raise UserError("extra_words", word.text)
    if goal is None:
        raise UserError("missing_goal", text.strip())
    return LoopTyped(
        part,
        goal,
        debt,
        options.market,
        options.emode,
        percents.get("fee", Bps(0)),
        percents.get("slippage", Bps(0)),
        percents.get("yield", Bps(0)),
        options.label,
    )


def _value(reader: Reader, word: str) -> str:
    if not reader.more():
        raise UserError("missing_value", word)
    return reader.take().text


def _goal(reader: Reader) -> TargetLtv | Rounds:
    """`3x`, `ltv 70%`, `4 rounds`."""
    word = reader.take()
    times = _TIMES.fullmatch(word.text)
    if times is not None:
        value = Fraction(Decimal((times[1] or times[2]).replace(",", ".")))
        if not 1 <= value <= HIGHEST_LEVERAGE:
            raise UserError("not_a_leverage", word.text)
        return leverage(value)
    if word.key == "ltv":
        share = _value(reader, word.text)
        bps = read_share(share)
        if bps >= BPS:
            raise UserError("share_over_all", share)
        return TargetLtv(Fraction(bps, BPS))
    if reader.peek().key in {"rounds", "round"} or word.key in {"rounds", "round"}:
        number = reader.take().text if word.key in {"rounds", "round"} else word.text
        reader.skip({"rounds", "round"})
        if not number.isdecimal() or not 0 < int(number[:9]) <= MOST_ROUNDS:
            raise UserError("not_rounds", number)
        return Rounds(int(number))
    raise UserError("unknown_goal", word.text)


def loop_of(typed: LoopTyped, coins: Coins, baskets: Sequence[Basket]) -> Loop:
    """What is wanted, in the market's own terms. UserError as `Coins.find` and amounts raise."""
    collateral = coins.find(typed.part.asset)
    debt = coins.find(typed.debt) if typed.debt else _usual_debt(coins, collateral)
    basket = basket_of(collateral.asset, baskets)
    # What is owed in the basket falls with it: then the two are held against each other.
    apart = basket is not None and not basket.has(debt.asset)
    assets = [one.asset for one in coins.market.reserves.values()]
    falling = [one.address for one in assets if basket is not None and basket.has(one)]
    return Loop(
        collateral.asset.address,
        debt.asset.address,
        typed.part.amount.raw(collateral.asset, coins.price(collateral), coins.market.base_unit),
        typed.goal,
        find_emode(coins.market, typed.emode) if typed.emode else None,
        typed.fee,
        typed.slippage,
        tuple(falling) if apart else (),
        {collateral.asset.address: Ray(typed.own * RAY // BPS)} if typed.own else {},
    )


def _usual_debt(coins: Coins, collateral: ReserveState) -> ReserveState:
    """Dollars, as most loops borrow."""
    reserves = [
        one
        for one in coins.market.reserves.values()
        if config.is_borrowable(one.configuration) and one != collateral
    ]
    for symbol in ("USDC", "USDT", "DAI", "GHO"):
        for one in reserves:
            if coins.symbol(one.asset) == symbol:
                return one
    raise UserError("missing_loop_debt", coins.symbol(collateral.asset))


def read_scale(word: str) -> Fraction | None:
    """`x0.001`, `0.1%`, `1/1000`; None for anything else. UserError `not_a_scale` when it cannot be."""
    bare = word.casefold()
    if bare[:1] == "x" and "/" in bare:
        bare = bare[1:]
    if re.fullmatch(r"[0-9]{1,9}/[0-9]{1,9}", bare):
        top, _, bottom = bare.partition("/")
        scale = Fraction(int(top), int(bottom)) if int(bottom) else Fraction(0)
    elif bare.endswith("%") or (bare[:1] == "x" and bare[1:2].isdigit()) or _TIMES.fullmatch(bare):
        try:
            scale = Fraction(parse_amount(bare.strip("x%"))) / (100 if bare.endswith("%") else 1)
        except ValueError as error:
            raise UserError("not_a_scale", word) from error
    else:
        return None
    if not Fraction(1, 10**9) <= scale <= 10**6:
        raise UserError("not_a_scale", word)
    return scale
