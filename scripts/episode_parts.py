"""What the project's own episodes share: tokens, their market, wallets. Used by make_episodes.py."""

from bot.domain.labels import Confidence, LabelKind
from bot.domain.transfers import NATIVE
from watchers.aave.markets import load_markets
from watchers.evm.words import checksummed
from watchers.replay.amounts import Amount
from watchers.replay.forms import TIME
from watchers.replay.happenings import Oracle
from watchers.replay.setting import (
    Certainty,
    LabelLine,
    MarketLine,
    Record,
    ReserveLine,
    Standing,
    Token,
    Wallet,
)

MARKET = "ethereum"
TABLE = next(one for one in load_markets() if one.key == MARKET)
LISTED = {one.symbol: one for one in TABLE.reserves}
BINANCE = checksummed("0xB1A4CE00000000000000000000000000000057A4")
TREND = checksummed("0x57A4d10000000000000000000000000000000001")


def seconds(text: str) -> int:
    """2026-02-01 06:30 in UTC."""
    return int(TIME.read(text.replace(" ", "T") + ":00Z"))


def amount(text: str | int) -> Amount:
    return Amount.parse(str(text))


def market(*reserves: ReserveLine) -> list[Record]:
    """The market line, its tokens and the reserves themselves."""
    tokens = [
        Token(symbol=one.asset, address=LISTED[one.asset].underlying, decimals=LISTED[one.asset].decimals)
        for one in reserves
    ]
    ether = Token(symbol="ETH", address=NATIVE, decimals=18)
    line = MarketLine(key=MARKET, title=TABLE.title, revision=10)
    return [ether, *tokens, line, *reserves]


def reserve(index: int, symbol: str, *, terms: tuple[int, int, int], **more: object) -> ReserveLine:
    listed = LISTED[symbol]
    ltv, threshold, bonus = terms
    return ReserveLine(
        market=MARKET,
        asset=symbol,
        index=index,
        a_token=listed.a_token,
        debt_token=listed.v_token,
        ltv_bps=ltv,
        threshold_bps=threshold,
        bonus_bps=bonus,
        **more,  # type: ignore[arg-type]
    )


def fed(index: int, symbol: str, terms: tuple[int, int, int], **more: object) -> ReserveLine:
    """As a Chainlink feed reports: 0.5 % or an hour."""
    return reserve(index, symbol, terms=terms, feed_bps=50, **more)


def dollar(at: int, symbol: str, certainty: Certainty) -> Oracle:
    """A stablecoin at its peg."""
    return Oracle(at=at, certainty=certainty, market=MARKET, asset=symbol, price=amount(1))


def binance() -> list[Record]:
    return [
        Wallet(address=BINANCE, label="Binance", standing=Standing.STAND_IN),
        LabelLine(
            address=BINANCE,
            exchange="Binance",
            kind=LabelKind.HOT,
            confidence=Confidence.SURE,
            sources=("episode",),
            seen="2026-02",
            note="stand-in: which of its wallets received was not published",
        ),
    ]
