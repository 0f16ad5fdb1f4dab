"""Every Protocol the core needs of the outside; adapters in `bot.store`, `watchers` and `handlers` fit them.

Errors named here are those of `bot.errors`; nothing else may cross a port.
"""

from bot.ports.chat import (
    AskStanding,
    Attachment,
    Desk,
    Gateway,
    Person,
    Place,
    Request,
    Sender,
    Standing,
    Steward,
    Suggestion,
    no_standing,
)
from bot.ports.memory import Judgements, Keep, Verdicts, WatchBook, as_before
from bot.ports.outbox import Claim, Delivery, Lane, Operation, Outbox
from bot.ports.outside import (
    Clock,
    Elsewhere,
    Eyes,
    NameQuery,
    Observer,
    PositionQuery,
    PriceQuery,
    SourceHealth,
    WalletSeen,
)

__all__ = [
    "AskStanding",
    "Attachment",
    "Claim",
    "Clock",
    "Delivery",
    "Desk",
    "Elsewhere",
    "Eyes",
    "Gateway",
    "Judgements",
    "Keep",
    "Lane",
    "NameQuery",
    "Observer",
    "Operation",
    "Outbox",
    "Person",
    "Place",
    "PositionQuery",
    "PriceQuery",
    "Request",
    "Sender",
    "SourceHealth",
    "Standing",
    "Steward",
    "Suggestion",
    "Verdicts",
    "WalletSeen",
    "WatchBook",
    "as_before",
    "no_standing",
]
