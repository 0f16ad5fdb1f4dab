"""Deliveries, alerts and watches for tests, with one line each."""

from dataclasses import replace

from bot.domain.aave_state import AccountState, Holding, StableDebt
from bot.domain.alerts import Alert, AlertGroup, Reason, Severity, Unseen, WatchRef
from bot.domain.rules import DEFAULT_RULES, HealthRule
from bot.domain.units import Address, BlockRef
from bot.domain.whatif.changes import SetCategory, SetReserve
from bot.messages.model import Message, Span
from bot.ports import Delivery, Lane, Operation
from bot.subscriptions import ImaginedTarget, MirrorTarget, WalletTarget, Watch

CHAT = "telegram/1"
GROUP = "telegram/-100"
ADDRESS = Address("0x" + "Ab" * 20)


def block(number: int) -> BlockRef:
    return BlockRef(number, f"0x{number:064x}", 1_700_000_000 + number)


def words(text: str) -> Message:
    return Message(((Span(text),),))


def text_of(message: Message) -> str:
    return "".join(span.text for line in message.lines for span in line)


def alert(id_: str = "a", incident: str = "i", to: str = CHAT, subject: str = "s1", home: str = "") -> Alert:
    seen = Unseen("ethereum", block(7), 90)
    who = WatchRef("w1", 1, "cold", ADDRESS)
    told = Alert(id_, incident, to, subject, Reason.STALE, Severity.CRITICAL, 5, seen, who, HealthRule())
    return replace(told, home=home)


def group(id_: str, *alerts: Alert, lane: Lane = Lane.REST, home: str = "") -> Delivery:
    """The delivery of alerts that are said in one message."""
    to = alerts[0].destination
    subject = " ".join(sorted({one.subject for one in alerts}))
    payload = AlertGroup(id_, alerts)
    return Delivery(f"{id_}@{to}", to, subject, lane, Operation.SEND, payload, id_, home=home)


def delivery(
    id_: str,
    to: str = CHAT,
    *,
    subject: str = "s1",
    lane: Lane = Lane.REST,
    operation: Operation = Operation.SEND,
    payload: Alert | Message | None = None,
    incident: str = "",
    created_at: int = 0,
    home: str = "",
    answer_to: str = "",
    not_before: int = 0,
    if_unattended: bool = False,
) -> Delivery:
    return Delivery(
        id_,
        to,
        subject,
        lane,
        operation,
        payload or words(id_),
        incident,
        created_at,
        home,
        answer_to,
        not_before,
        if_unattended,
    )


def watch(to: str = CHAT, label: str = "", place: str = "") -> Watch:
    return Watch("", 0, to, WalletTarget(ADDRESS), DEFAULT_RULES, label, place=place)


def imagined(to: str = CHAT) -> Watch:
    """A position that somebody imagines, with every field filled that it can have."""
    holdings = (
        Holding(0, scaled_supply=651_000 * 10**18),
        Holding(40, scaled_debt=958 * 10**12, stable=StableDebt(5, 10**25, 1_700_000_000)),
    )
    state = AccountState(Address("imagined"), 0b10 | 1 << 80, 1, holdings)
    terms = (SetReserve(ADDRESS, threshold_bps=8300), SetCategory(1, ltv_bps=9300, price=10**8))
    target = ImaginedTarget("ethereum", state, terms, "651k ETH vs 958m USDT lt=0.83")
    return Watch("", 0, to, target, DEFAULT_RULES)


def mirror(to: str = CHAT) -> Watch:
    """A thousandth of a wallet."""
    return Watch("", 0, to, MirrorTarget("ethereum", ADDRESS, 1, 1000, "cold.eth"), DEFAULT_RULES)
