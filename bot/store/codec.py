"""Records as JSON with a schema version: `{"v": 1, "kind": "watch", "is": {...}}`. No pickle, no floats.

Built from the type hints of our dataclasses: integers of any size stay exact, members of a union carry an
explicit `kind` (their shapes overlap), a field that an old record lacks takes its default. Anything else
that does not fit is a StoreError that names the key: no record is ever dropped in silence.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from bot.domain.alerts import Alert, AlertGroup, Unseen
from bot.domain.deposits import DepositAddress
from bot.domain.flows import Flow, FlowSeen
from bot.domain.labels import Label
from bot.domain.observations import PositionSeen, PriceSeen
from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DigestRule,
    DistanceRule,
    HealthRule,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    RuleState,
    SumRule,
    TransferRule,
    UnusualRule,
)
from bot.domain.units import BlockRef
from bot.domain.whatif.changes import SetCategory, SetReserve
from bot.errors import StoreError
from bot.messages.model import Ask, Copy, Message, Open, Press
from bot.ports import ChartOf, Delivery, LoansBefore
from bot.store.shapes import Misfit, Plain, Shapes
from bot.subscriptions import (
    ChatSettings,
    FlowTarget,
    ImaginedTarget,
    MirrorTarget,
    PriceTarget,
    WalletTarget,
    Watch,
)

Record = TypeVar("Record")

RECORDS: Final[Mapping[type, str]] = {
    RuleState: "state",
    Watch: "watch",
    ChatSettings: "settings",
    Alert: "alert",
    AlertGroup: "group",
    Message: "message",
    Delivery: "delivery",
    BlockRef: "block",
    Flow: "flow",
    Label: "label",
    DepositAddress: "deposit",
    LoansBefore: "loans_before",
}
"""What is stored on its own. The names are in stored records: never rename one without an upgrade."""

KINDS: Final[Mapping[type, str]] = {
    HealthRule: "health",
    DistanceRule: "distance",
    ChangedRule: "changed",
    LiquidatedRule: "liquidated",
    ClosedRule: "closed",
    PriceRule: "price",
    PriceMovedRule: "price_moved",
    TransferRule: "transfer",
    SumRule: "sum",
    UnusualRule: "unusual",
    DigestRule: "digest",
    WalletTarget: "wallet",
    PriceTarget: "asset",
    ImaginedTarget: "imagined",
    MirrorTarget: "mirror",
    FlowTarget: "flows",
    SetReserve: "set_reserve",
    SetCategory: "set_category",
    PositionSeen: "position",
    PriceSeen: "asset_price",
    Unseen: "unseen",
    FlowSeen: "flow_seen",
    Alert: "alert",
    Message: "message",
    Press: "press",
    Open: "open",
    Copy: "copy",
    Ask: "ask",
    AlertGroup: "alert_group",
    ChartOf: "chart_of",
}
"""Members of unions; a new member of one needs a name here, or encoding it fails in the first test."""

VERSIONS: Final[Mapping[str, int]] = dict.fromkeys(RECORDS.values(), 1) | {"watch": 2}
"""The version written today. An alert also lies inside a delivery: a change of Alert raises both."""


def _watch_has_a_home(fields: Plain) -> Plain:
    """Version 1 called it destination, and each topic of a group had its own list: now the group has one."""
    destination = fields.pop("destination")
    platform, chat, *thread = destination.split("/", 2)
    return fields | {"home": f"{platform}/{chat}", "place": destination if thread else ""}


UPGRADES: Final[dict[tuple[str, int], Callable[[Plain], Plain]]] = {("watch", 1): _watch_has_a_home}
"""(kind, version) -> a step to version + 1, applied to the plain fields before they are read."""


def upgrade(kind: str, version: int, fields: Plain) -> Plain:
    """Bring the fields of an older record to today's version, step by step; KeyError: a step is missing."""
    for step in range(version, VERSIONS[kind]):
        fields = UPGRADES[kind, step](fields)
    return fields


def encode(record: object) -> str:
    """A record of RECORDS as JSON, ASCII only (lone surrogates in hostile names survive as escapes)."""
    kind = RECORDS[type(record)]
    plain = {"v": VERSIONS[kind], "kind": kind, "is": _SHAPES.writer(type(record))(record)}
    return json.dumps(plain, separators=(",", ":"))


def decode(of: type[Record], text: str, key: str) -> Record:
    """The inverse of `encode`, older versions brought up to date. StoreError names `key`."""
    kind = RECORDS[of]
    try:
        version, fields = _open(kind, json.loads(text))
        if version > VERSIONS[kind]:
            raise Misfit(f"was written by a newer version of this program ({kind} version {version})")
        read: Record = _SHAPES.reader(of)(upgrade(kind, version, fields))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = str(error) if isinstance(error, Misfit) else f"{type(error).__name__} while reading it"
        raise StoreError(f"cannot read the record {key}: {why}") from error
    return read


def _open(kind: str, plain: Any) -> tuple[int, Plain]:
    match plain:
        case {"v": int(version), "kind": str(found), "is": dict(fields)} if found == kind and version > 0:
            return version, fields
    raise Misfit(f"it is no {kind}")


_SHAPES: Final = Shapes(KINDS)
