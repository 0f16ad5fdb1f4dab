"""Every kind of line of an episode, by the name that it has in a file."""

from typing import Final

from watchers.replay.happenings import (
    AccountWords,
    Action,
    BlockLine,
    Caption,
    ChainBlock,
    ChainUndone,
    Coded,
    LiquidationLine,
    LoanLine,
    Moved,
    Opening,
    Oracle,
    Price,
    ReserveWords,
    Sending,
    Timed,
    Undone,
)
from watchers.replay.setting import (
    EModeLine,
    Figure,
    Head,
    LabelLine,
    MarketLine,
    Note,
    Record,
    ReserveLine,
    Source,
    Token,
    Wallet,
)

FIRST: Final[dict[str, type[Record]]] = {
    "episode": Head,
    "note": Note,
    "source": Source,
    "asset": Token,
    "market": MarketLine,
    "reserve": ReserveLine,
    "emode": EModeLine,
    "wallet": Wallet,
    "label": LabelLine,
    "figure": Figure,
}
"""Lines that hold for the whole episode, in the order in which they are written."""
THEN: Final[dict[str, type[Timed]]] = {
    "price": Price,
    "oracle": Oracle,
    "position": Opening,
    "action": Action,
    "transfer": Sending,
    "liquidation": LiquidationLine,
    "caption": Caption,
    "block": BlockLine,
    "reserve-words": ReserveWords,
    "words": AccountWords,
    "moved": Moved,
    "undone": Undone,
    "loan": LoanLine,
    "code": Coded,
    "transfers": ChainBlock,
    "transfers-undone": ChainUndone,
}
"""Lines of a time, written in the order of their times."""
