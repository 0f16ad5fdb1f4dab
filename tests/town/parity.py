"""The parity table: which rows it must have, read off the product itself, and how its cells come to be.

A cell is made from what a wire peer saw, by `Table.saw`, which compares both platforms on the way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from bot.domain.alerts import Reason
from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DigestRule,
    DistanceRule,
    HealthRule,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    Rule,
    SumRule,
    TransferRule,
    UnusualRule,
)
from bot.messages.notices import Notice
from handlers.commands.command import Command, Form
from handlers.commands.presses import PRESSES
from handlers.commands.table import COMMANDS
from tests.town.seeing import Seen

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "PARITY.md"
PLATFORMS: Final = ("Telegram", "Discord")

Row = tuple[str, str]
"""(section, what a person does or hears)"""

_LADDER = (Reason.FIRST, Reason.WORSENED, Reason.REMINDER, Reason.RESOLVED)
REASONS: Final[dict[type, tuple[Reason, ...]]] = {
    HealthRule: _LADDER,
    DistanceRule: _LADDER,
    ChangedRule: (Reason.CHANGED,),
    LiquidatedRule: (Reason.LIQUIDATED,),
    ClosedRule: (Reason.CHANGED,),
    PriceRule: (Reason.FIRST, Reason.RESOLVED),
    PriceMovedRule: (Reason.FIRST,),
    TransferRule: (Reason.FIRST, Reason.WORSENED, Reason.CORRECTED),
    SumRule: (Reason.FIRST,),
    UnusualRule: (Reason.FIRST,),
    DigestRule: (Reason.FIRST,),
}
"""Why each rule can speak."""
SIGHT: Final = (
    "a market out of sight", "a market seen again", "a wallet out of sight", "a wallet seen again",
)  # fmt: skip
AFTER_SNOOZE: Final = "worse, after a snooze"
TOGETHER: Final = "of several wallets in one block, as one message"
TAKEN_UP: Final = "edited to show who took it up"
ESCALATED: Final = "escalated to the other platform"
ESCALATION_OVER: Final = "the end of what was escalated"
REPEATED: Final = "repeated after a lost acknowledgement"
SPECIAL: Final = (AFTER_SNOOZE, TOGETHER, TAKEN_UP, ESCALATED, ESCALATION_OVER, REPEATED)
TRANCHE: Final = "another transfer of one sender: the first message is edited"
WAYS: Final = ("worse, in the same severity: the first message is edited", TRANCHE, *SPECIAL)
"""How an alert is said, beyond its reason."""


def command_rows() -> dict[Row, tuple[Command, Form]]:
    """Every form of every command."""
    return {
        ("Commands", f"`/{command.name} {form.name}`".replace(" `", "`")): (command, form)
        for command in COMMANDS
        for form in command.forms or (Form("", command.summary),)
    }


def alert_rows() -> dict[Row, tuple[type, Reason]]:
    """Every rule and why it speaks; a price level for each direction."""
    assert set(REASONS) == set(get_args(Rule)), "a rule whose alerts nobody compares"
    assert {Reason.STALE, Reason.NOTHING_NEW}.union(*REASONS.values()) == set(Reason)
    return {
        ("Alerts", f"{name}: {reason.value}"): (rule, reason)
        for rule, reasons in REASONS.items()
        for name in _names(rule)
        for reason in reasons
    }


def _names(rule: type) -> tuple[str, ...]:
    name = _spaced(rule.__name__.removesuffix("Rule"))
    return (f"{name} above", f"{name} below") if rule is PriceRule else (name,)


def _spaced(name: str) -> str:
    return "".join(f" {one.lower()}" if one.isupper() else one for one in name).strip()


def other_alert_rows() -> list[Row]:
    return [("Alerts", name) for name in (*SIGHT, *WAYS)]


def notice_rows() -> dict[Row, type]:
    """Everything the program says of itself and its places."""
    return {("Notices", _spaced(notice.__name__).capitalize()): notice for notice in get_args(Notice)}


def button_rows() -> list[Row]:
    """Every button that the messages can make, found in their source: its label, and what it does."""
    found = sorted(set(_buttons()))
    verbs = {what for _label, what in found}
    assert set(PRESSES) <= verbs, "a press that no button makes"
    return [("Buttons", f"{label} (`{what}`)") for label, what in found]


def _buttons() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "bot" / "messages").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            label = next(_constants(node), "")
            match node.func.id:
                case "press" if len(node.args) > 1:
                    yield label, str(ast.literal_eval(node.args[1]))
                case "link":
                    yield label, "open"
                case "Button" if (action := _action(node)) is not None:
                    yield label, action


def _action(node: ast.Call) -> str | None:
    """Of `Button(label, Ask("watch.wallet"))`; what builds others' buttons has no label of its own."""
    if not next(_constants(node), ""):
        return None
    kinds = [one.func.id for one in node.args if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    return {"Ask": "ask", "Copy": "copy"}.get(kinds[-1]) if kinds else None


def _constants(node: ast.Call) -> Iterator[str]:
    for one in ast.walk(node.args[0]) if node.args else ():
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def all_rows() -> list[Row]:
    return [*command_rows(), *button_rows(), *alert_rows(), *other_alert_rows(), *notice_rows()]


@dataclass(slots=True)
class Table:
    """Cells by row and platform."""

    cells: dict[tuple[Row, str], str] = field(default_factory=dict)

    def saw(self, row: Row, *both: Seen) -> None:
        """Both platforms showed it: the cells say so."""
        assert tuple(seen.platform for seen in both) == PLATFORMS
        how = {"flash": "yes, as a flash", "form": "yes, as a form"}
        for seen in both:
            self.note(row, seen, how.get(seen.how, "yes"))

    def note(self, row: Row, seen: Seen, cell: str) -> None:
        """What a platform's ledger holds, in words of the test's own. Written once, by one test."""
        assert (row, seen.platform) not in self.cells, "shown already"
        assert seen.evidence
        self.cells[row, seen.platform] = cell

    def markdown(self) -> str:
        told = [HEAD]
        section = ""
        for row in all_rows():
            if row[0] != section:
                section = row[0]
                told += ["", f"## {section}", "", "| | Telegram | Discord |", "|---|---|---|"]
            cells = (self.cells.get((row, platform), "not shown") for platform in PLATFORMS)
            told.append(f"| {row[1]} | {' | '.join(cells)} |")
        return "\n".join(told) + "\n"


HEAD: Final = """# What works where

One code path serves both platforms. Each cell was written by `tests/town/test_parity.py` when that very
action ran through a wire peer of its platform, over a real socket, and was answered. Where both say yes,
words, buttons, files and loudness were the same, but for the copy button. `PARITY_WRITE=1` makes that test
write this file anew."""
