"""Deliveries, alerts and watches for tests, with one line each."""

from bot.domain.alerts import Alert, Reason, Severity, Unseen, WatchRef
from bot.domain.rules import DEFAULT_RULES, HealthRule
from bot.domain.units import Address, BlockRef
from bot.messages.model import Message, Span
from bot.ports import Delivery, Lane, Operation
from bot.subscriptions import WalletTarget, Watch

CHAT = "telegram/1"
GROUP = "telegram/-100"
ADDRESS = Address("0x" + "Ab" * 20)


def block(number: int) -> BlockRef:
    return BlockRef(number, f"0x{number:064x}", 1_700_000_000 + number)


def words(text: str) -> Message:
    return Message(((Span(text),),))


def text_of(message: Message) -> str:
    return "".join(span.text for line in message.lines for span in line)


def alert(id_: str = "a", incident: str = "i", to: str = CHAT, subject: str = "s1") -> Alert:
    seen = Unseen("ethereum", block(7), 90)
    who = WatchRef("w1", 1, "cold", ADDRESS)
    return Alert(id_, incident, to, subject, Reason.STALE, Severity.CRITICAL, 5, seen, who, HealthRule())


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
) -> Delivery:
    return Delivery(id_, to, subject, lane, operation, payload or words(id_), incident, created_at)


def watch(to: str = CHAT, label: str = "") -> Watch:
    return Watch("", 0, to, WalletTarget(ADDRESS), DEFAULT_RULES, label)
