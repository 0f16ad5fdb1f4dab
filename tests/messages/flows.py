"""Flows, what is seen of them and the alerts they make, for the tests of words."""

from dataclasses import replace

from bot.domain.alerts import Alert, Reason, Severity, WatchRef
from bot.domain.flows import AssetSum, Flow, FlowKind, FlowSeen, LoanBehind, Normal, Relation
from bot.domain.labels import Confidence
from bot.domain.rules import FlowRule, TransferRule
from bot.domain.transfers import NATIVE
from bot.domain.units import Address, Asset, BaseAmount, RawAmount
from tests.messages.samples import BLOCK, NOW, USD, USDC, WALLET, WETH, owed, position, supplied

ETH = Asset(1, NATIVE, "ETH", 18)
BINANCE = Address("0x28C6c06298d514Db089934071355E5743bf21d60")
DEPOSIT = Address("0x1111111111111111111111111111111111111112")
SENDER = WALLET
PRICE = 2352 * USD


def flow(
    amount: int = 33_589,
    *,
    index: int = 0,
    asset: Asset = ETH,
    price: int | None = PRICE,
    kind: FlowKind = FlowKind.INFLOW,
    exchange: str = "Binance",
    ago: int = 9,
    at_sweep: bool = False,
    via: Address | None = None,
    confidence: Confidence = Confidence.SURE,
) -> Flow:
    """`amount` whole coins, at `price` a coin."""
    learned = confidence is Confidence.PROBABLE
    return Flow(
        id=f"0x{index:064x}:native:0",
        kind=kind,
        chain_id=1,
        asset=asset,
        amount=RawAmount(amount * asset.unit),
        value=None if price is None else BaseAmount(amount * price),
        sender=BINANCE if kind is FlowKind.OUTFLOW else SENDER,
        receiver=SENDER if kind is FlowKind.OUTFLOW else (DEPOSIT if learned else BINANCE),
        exchange=exchange,
        confidence=confidence,
        source="learned" if learned else "exchange-proof-of-reserve",
        seen="2026-01-28" if learned else "2024-06",
        tx=f"0x{index + 0xABC:064x}",
        block=BLOCK.number,
        at=NOW - ago,
        other="OKX" if kind is FlowKind.BETWEEN else "",
        via=via,
        at_sweep=at_sweep,
    )


def loan(
    *, before: int | None = 975_500_000, now: int = 898_000_000, relation: Relation = Relation.SENDER
) -> LoanBehind:
    """618,245 WETH at $2,352 against so many USDC now, and some 30,000 WETH more before."""

    def at(coins: int, debt: int) -> LoanBehind:
        held = supplied(WETH, coins * 10**18, PRICE, threshold=8300)
        return LoanBehind(SENDER, relation, position(held, owed(USDC, debt * 10**6, USD)))

    current = at(618_245, now)
    return replace(
        current,
        before=None if before is None else at(651_834, before).now,
        debt_change=BaseAmount(0 if before is None else (now - before) * USD),
        withdrawn=((WETH, RawAmount(33_589 * 10**18)),),
        since=NOW - 7200,
        path=(DEPOSIT, SENDER) if relation is Relation.FUNDED else (),
    )


def seen(
    *flows: Flow,
    kind: FlowKind = FlowKind.INFLOW,
    count: int = 0,
    name: str = "Trend Research",
    loans: tuple[LoanBehind, ...] = (),
    sender: Address | None = SENDER,
    window_s: int = 0,
    normal: Normal | None = None,
    digest: tuple[tuple[str, BaseAmount, BaseAmount], ...] = (),
) -> FlowSeen:
    """What an alert about these flows tells, newest first."""
    coins: dict[Asset, list[Flow]] = {}
    for one in flows:
        coins.setdefault(one.asset, []).append(one)
    return FlowSeen(
        chain_id=1,
        as_of=BLOCK,
        kind=kind,
        flows=flows,
        count=count or len(flows),
        sums=tuple(
            AssetSum(
                asset,
                RawAmount(sum(one.amount for one in found)),
                BaseAmount(sum(one.value or 0 for one in found)),
                len(found),
            )
            for asset, found in coins.items()
        ),
        value=BaseAmount(sum(one.value or 0 for one in flows)),
        sender=sender,
        sender_name=name,
        window_s=window_s,
        normal=normal,
        loans=loans,
        digest=digest,
    )


def flow_alert(
    of: FlowSeen,
    reason: Reason = Reason.FIRST,
    severity: Severity = Severity.WARNING,
    *,
    rule: FlowRule | None = None,
    before: int = 0,
    title: str = "",
) -> Alert:
    return Alert(
        id="w3.transfer.s12345.1.1",
        incident="w3.transfer.s12345.1",
        destination="telegram/7",
        subject="s123456789abd",
        reason=reason,
        severity=severity,
        decided_at=NOW - 8,
        seen=of,
        watch=WatchRef("w3", 3, title, None),
        rule=rule or TransferRule(),
        before=before,
    )


def tranches(many: int = 12) -> FlowSeen:
    """The newest ten of many, two minutes apart."""
    return seen(
        *(flow(2_799, index=index, ago=9 + 120 * index) for index in range(min(many, 10))),
        count=many,
        loans=(loan(),),
    )
