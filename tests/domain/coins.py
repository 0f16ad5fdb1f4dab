"""Blocks of transfers for the tests of flows: ether, its wrapper, a dollar and a market's token."""

from dataclasses import replace

from bot.domain.classify import Classified, candidates, classify
from bot.domain.deposits import Learner
from bot.domain.labels import Confidence, Label, LabelKind, Labels
from bot.domain.observations import MoveKind
from bot.domain.transfers import NATIVE, USD_UNIT, Channel, LoanMove, Transfer, TransfersSeen
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount

CHAIN = 1
ETHER = 10**18
START = 1_700_000_000


def who(number: int) -> Address:
    return Address(f"0x{number:040x}")


ETH = Asset(CHAIN, NATIVE, "ETH", 18)
WETH = Asset(CHAIN, who(0xE), "WETH", 18)
USDC = Asset(CHAIN, who(0xC), "USDC", 6)
A_WETH = Asset(CHAIN, who(0xAE), "aWETH", 18)
ODD = Asset(CHAIN, who(0x0DD), "ODD", 18)
"""Tracked, without a price."""
PRICES = {
    NATIVE: BaseAmount(2_000 * USD_UNIT),
    WETH.address: BaseAmount(2_000 * USD_UNIT),
    A_WETH.address: BaseAmount(2_000 * USD_UNIT),
    USDC.address: BaseAmount(USD_UNIT),
}

HOT, HOT_2, COLD, OTHER_HOT, STAKING, CONTRACT, KNOWN_DEPOSIT = map(who, range(0x501, 0x508))


def label(address, exchange, kind, confidence=Confidence.SURE, source="exchange-proof-of-reserve"):
    return Label(CHAIN, address, exchange, kind, confidence, (source,), "2026-10")


LABELS = Labels.of(
    [
        label(HOT, "Binance", LabelKind.HOT),
        label(HOT_2, "Binance", LabelKind.MAIN, Confidence.LIKELY, "defillama"),
        label(COLD, "Binance", LabelKind.COLD),
        label(OTHER_HOT, "OKX", LabelKind.HOT, Confidence.LIKELY, "defillama"),
        label(STAKING, "Binance", LabelKind.STAKING),
        label(CONTRACT, "Binance", LabelKind.CONTRACT),
        label(KNOWN_DEPOSIT, "Binance", LabelKind.DEPOSIT),
    ]
)


def eth(sender, receiver, coins, tx="", *, origin=None, channel=Channel.NATIVE):
    """`coins` may be a fraction as text: "0.05"."""
    signed = sender if origin is None else origin
    return moved(ETH, sender, receiver, wei(coins), tx, origin=signed, channel=channel)


def inner(sender, receiver, coins, tx, *, origin=""):
    return eth(sender, receiver, coins, tx, origin=origin, channel=Channel.INTERNAL)


def weth(sender, receiver, coins, tx="", *, origin=""):
    return moved(WETH, sender, receiver, wei(coins), tx, origin=origin)


def a_weth(sender, receiver, coins, tx="", *, origin=""):
    return moved(A_WETH, sender, receiver, wei(coins), tx, origin=origin)


def usdc(sender, receiver, dollars, tx="", *, origin=""):
    return moved(USDC, sender, receiver, dollars * 10**6, tx, origin=origin)


def moved(asset, sender, receiver, amount, tx="", *, origin="", channel=Channel.TOKEN):
    return Transfer(asset, sender, receiver, RawAmount(amount), tx, 0, channel, origin)


def wei(coins) -> int:
    whole, _, part = str(coins).partition(".")
    return int(whole) * ETHER + int((part or "0").ljust(18, "0"))


def took(account, other, coins, tx, kind=MoveKind.WITHDRAW):
    return LoanMove("aave_v3_ethereum", kind, account, other, WETH, RawAmount(wei(coins)), tx, 0)


def block(number, *transfers, loans=(), at=None, prices=None):
    """Transfers are numbered as they stand; one without a transaction is a transaction by itself."""
    placed = tuple(
        replace(one, index=index, tx=one.tx or f"0x{number:032x}{index:032x}")
        for index, one in enumerate(transfers)
    )
    as_of = BlockRef(number, f"0x{number:064x}", START + 12 * number if at is None else at)
    return TransfersSeen(
        CHAIN, as_of, placed, tuple(loans), PRICES if prices is None else prices, wrapper=WETH.address
    )


def decide(learner: Learner, seen: TransfersSeen, *, code=(), labels=LABELS) -> Classified:
    """As the monitor does: ask for code of the candidates, then decide."""
    asked = candidates(seen, labels, learner)
    return classify(seen, labels, learner, frozenset(asked & set(code)))


def told(decided: Classified) -> list[tuple]:
    return [(flow.kind.value, flow.sender, flow.receiver, flow.amount) for flow in decided.flows]
