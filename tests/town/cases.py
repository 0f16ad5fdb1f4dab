"""What the parity table does for each command and button: what comes before, is given, must be said.

A command without an entry here fails its test: nobody has said yet what shows that it works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.messages.samples import WALLET
from tests.town.chain import EMPTY

ALERT: Final = "(alert)"
"""Before: the watched wallet falls to HF 1.09 and both hear of it."""
GROUP: Final = "(group)"
"""Before: two watched wallets fall in one block."""
FLOW: Final = "(flow)"
"""Before: somebody with a loan sends a great deal to an exchange, and both hear of it."""
TOLD_OF_FLOWS: Final = ("/inflows on",)
WATCHED: Final = ("/watch wallet",)
PRICED: Final = ("/watch price",)
MANY: Final = ("/import text (many)",)


@dataclass(frozen=True, slots=True)
class Case:
    """`says` must be in the answer. `given` replaces samples of the form."""

    says: str
    before: tuple[str, ...] = WATCHED
    given: Mapping[str, str] = field(default_factory=dict)


def _many(count: int) -> str:
    return "\n".join(f"0x{index:040x}, wallet {index}" for index in range(1, count + 1))


COMMAND_CASES: Final[dict[str, Case]] = {
    "/start": Case("", ()),
    "/help": Case("/watch", ()),
    "/watch wallet": Case("Watching #1", (), {"address": WALLET, "label": "treasury"}),
    "/watch price": Case("Watching #1", ()),
    "/watch moves": Case("Watching #1", ()),
    "/unwatch": Case("treasury"),
    "/wallets": Case("treasury"),
    "/position": Case("HF"),
    "/rules show": Case("1.50"),
    "/rules health": Case("1.20"),
    "/rules distance": Case("20"),
    "/rules changed": Case("1,000"),
    "/rules liquidated": Case("liquidat"),
    "/rules closed": Case("closed"),
    "/rules above": Case("5,000", PRICED, {"price": "5000"}),
    "/rules below": Case("2,500", PRICED),
    "/rules moves": Case("5", PRICED),
    "/mute": Case("treasury"),
    "/unmute": Case("treasury", (*WATCHED, "/mute")),
    "/price": Case("3,040"),
    "/status": Case("Aave v3 Ethereum"),
    "/why": Case("block", (*WATCHED, ALERT)),
    "/settings show": Case("target"),
    "/settings target": Case("1.60"),
    "/settings locale": Case("de"),
    "/settings timezone": Case("Europe/Berlin"),
    "/settings amounts": Case("auto"),
    "/settings quiet": Case("22:00"),
    "/settings override": Case("critical", ("/settings quiet",)),
    "/settings reminders": Case("off"),
    "/settings grouping": Case("on"),
    "/settings ping": Case("off"),
    "/settings alerts": Case("here"),
    "/settings escalate": Case("10 min"),
    "/settings editors": Case("Changed: editors"),
    "/settings editor": Case("Changed: editor"),
    "/connect": Case("/settings alerts"),
    "/import file": Case("added", (), {"file": f"{WALLET}, treasury\n{EMPTY}, empty\n"}),
    "/import text": Case("added", ()),
    "/import text (many)": Case("added", (), {"list": _many(30)}),
    "/import text (empty)": Case("1,000", (), {"list": ""}),
    "/export list": Case("1"),
    "/export all": Case("1"),
    "/board": Case("treasury"),
    "/owner show": Case("fund", (*WATCHED, "/owner add"), {"name": "fund"}),
    "/owner add": Case("fund", WATCHED, {"name": "fund", "wallets": "1"}),
    "/owner remove": Case("fund", (*WATCHED, "/owner add"), {"name": "fund"}),
    "/whatif": Case("->", WATCHED, {"position": "1", "changes": "ETH -20%"}),
    "/simulate": Case("imagined", (), {"collateral": "10 ETH", "debt": "15k USDC", "terms": "as demo"}),
    "/mirror": Case("mirror", (), {"wallet": WALLET, "scale": "x0.1"}),
    "/edit": Case("renamed", ("/simulate",), {"watch": "1", "changes": "as renamed"}),
    "/clone": Case("imagined", ("/simulate",), {"watch": "1", "changes": "repay 1k USDC"}),
    "/loop": Case("HF", (), {"amount": "10 ETH", "goal": "2x", "terms": "vs USDC"}),
    "/chart": Case("too few to draw", WATCHED, {"what": "ETH"}),
    "/inflows show": Case("One tap", ()),
    "/inflows on": Case("I tell of", ()),
    "/inflows add": Case("20,000 ETH", ()),
    "/inflows digest": Case("Tell every 1 d", ()),
    "/inflows off": Case("no flows any more", TOLD_OF_FLOWS),
    "/flows": Case("ETH", ()),
    "/who": Case("No label", (), {"address": WALLET}),
    "/label set": Case("Binance, hot wallet", (), {"address": WALLET}),
    "/label list": Case("Binance", ("/label set",)),
    "/label remove": Case("Removed", ("/label set",), {"address": WALLET}),
    "/story": Case("Realised loss", WATCHED, {"who": "1", "cost": "cost 3105.5"}),
    "/replay": Case(
        "Before liquidation", WATCHED, {"over": "gap", "what": "10 ETH vs 19k USDT", "rules": "hf 1.5"}
    ),
    "/privacy": Case("Kept", ()),
    "/forget": Case("1"),
}


@dataclass(frozen=True, slots=True)
class Press:
    """`on`: the last step whose answer carries the button."""

    on: tuple[str, ...]
    says: str = ""


BUTTON_CASES: Final[dict[str, Press]] = {
    "Ack (`ack`)": Press((*WATCHED, ALERT), says="Acknowledged"),
    "Ack all (`ack`)": Press((*MANY, GROUP), says="2"),
    "Details (`details`)": Press((*WATCHED, ALERT), says="WETH"),
    "Export (`export`)": Press(("/privacy",)),
    "Forget (`forget`)": Press(("/privacy",)),
    "Forget everything (`forget`)": Press((*WATCHED, "/forget")),
    "Help (`help`)": Press(("/start",), says="/watch"),
    "More › (`board`)": Press((*MANY, "/board")),
    "‹ Back (`board`)": Press((*MANY, "/board (2)")),
    "Show (`owner`)": Press((*WATCHED, "/owner add"), says="fund"),
    "Watch this (`keep`)": Press((*WATCHED, "/whatif"), says="imagined"),
    "More › (`wallets`)": Press((*MANY, "/wallets")),
    "‹ Back (`wallets`)": Press((*MANY, "/wallets (2)")),
    "Rules (`rules`)": Press(WATCHED, says="1.50"),
    "Settings (`settings`)": Press(("/start",), says="target"),
    "Snooze 1h (`snooze`)": Press((*WATCHED, ALERT), says="Snoozed"),
    "Snooze 1h all (`snooze`)": Press((*MANY, GROUP), says="2"),
    "Stop watching (`unwatch`)": Press(WATCHED, says="treasury"),
    "Test alert (`test`)": Press(WATCHED, says="test"),
    "Unmute (`unmute`)": Press((*WATCHED, "/mute"), says="treasury"),
    "Wallets (`wallets`)": Press(("/import text",), says="treasury"),
    "1 h (`flows`)": Press(("/flows",), says="in 1 h"),
    "24 h (`flows`)": Press(("/flows",), says="in 1 d"),
    "7 d (`flows`)": Press(("/flows",), says="in 7 d"),
    "Flows (`flows`)": Press((*TOLD_OF_FLOWS, FLOW), says="ETH in 1 d"),
    "Tell me (`inflows`)": Press(("/inflows show",), says="I tell of"),
    "Tell me of inflows (`inflows`)": Press(("/flows",), says="One tap"),
    "Who is it (`who`)": Press((*TOLD_OF_FLOWS, FLOW), says="No label"),
    "Watch this wallet (`watch`)": Press((*TOLD_OF_FLOWS, FLOW), says="Watching"),
    "Watch again (`watch`)": Press((*WATCHED, "/unwatch"), says="Watching"),
    "Watch it (`watch`)": Press(("/position",), says="Watching"),
}
"""Of buttons that are pressed; links and the copy button are looked at where they stand."""
ASKING: Final = {
    "Paste a list (`ask`)": (("/import text (empty)",), "/import text"),
    "Watch a wallet (`ask`)": (("/start",), "/watch wallet"),
}
"""Where it stands, and whose form it opens."""
LINKS: Final[dict[str, tuple[str, ...]]] = {
    "Open Aave (`open`)": (*WATCHED, ALERT),
    "DeFi Saver (`open`)": (*WATCHED, ALERT),
    "Explorer (`open`)": (*WATCHED, ALERT),
    "Transaction (`open`)": (*TOLD_OF_FLOWS, FLOW),
}
COPY: Final = "Copy {amount} (`copy`)"
TYPED_ONLY: Final = {"Details (`position`)": "Details", "Position (`position`)": "Position"}
"""Stand below the answer to an address that is typed alone, which Discord hands to no bot."""
