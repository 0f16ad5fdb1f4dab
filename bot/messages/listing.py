"""Lists in words: a watch list exported, everything exported, every line of an import answered.

Called by `bot.messages.compose`. Files are made here, because they too hold words and may hold amounts.
"""

import json
from typing import Any, Final

from bot.domain.alerts import Alert
from bot.domain.flows import FlowSeen
from bot.domain.observations import PositionSeen
from bot.domain.positions import Position
from bot.messages.catalogue import _, plural
from bot.messages.facts import as_json
from bot.messages.faults import problem
from bot.messages.hostile import clean
from bot.messages.jsonparts import health_factor
from bot.messages.listfile import to_csv, write_list
from bot.messages.model import Ask, Button, File, Line, Message
from bot.messages.records import (
    HomeExported,
    ImportAsked,
    Imported,
    ImportedLine,
    LineResult,
    ListExported,
)
from bot.messages.rich import code, line_text, press, row, rows, say
from bot.messages.voice import Voice
from bot.subscriptions import ImaginedTarget, Watch

FAULTS_SHOWN: Final = 15
"""Told one by one; the report has all."""
_TEXT_CAP: Final = 120
"""Characters of a line that the report quotes."""


def list_exported(voice: Voice, answer: ListExported) -> Message:
    """Imagined positions are amounts: where those are hidden, they are left out."""
    if not answer.watches:
        return Message((say(_("I watch nothing here yet, so the list is empty.")),))
    listed = tuple(
        watch for watch in answer.watches if voice.amounts or not isinstance(watch.target, ImaginedTarget)
    )
    count = plural("{n} watch in a file", "{n} watches in a file", len(listed))
    told = _(": address, label, and what I alert on. {command} takes it back.")
    lines = [say(count, n=voice.figures.whole(len(listed))) + say(told, command=code("/import"))]
    if hidden := len(answer.watches) - len(listed):
        left_out = plural(
            "{n} imagined position is left out of it, as amounts are hidden here.",
            "{n} imagined positions are left out of it, as amounts are hidden here.",
            hidden,
        )
        lines.append(say(left_out, n=hidden))
    return Message(tuple(lines), file=File("watches.csv", write_list(listed)))


def home_exported(voice: Voice, answer: HomeExported) -> Message:
    """The words say what is in the file, and what is not."""
    told: list[Line] = [
        say(
            _(
                "All I keep of this chat is in the file: {watches} watched, settings, places and the last"
                " alerts."
            ),
            watches=voice.figures.whole(len(answer.watches)),
        )
    ]
    if answer.named:
        others = plural(
            "You are named in {n} record of another chat.",
            "You are named in {n} records of other chats.",
            len(answer.named),
        )
        told.append(say(others, n=len(answer.named)))
    if answer.alerts and not voice.amounts:
        told.append(say(_("Amounts are left out of it, as they are hidden here.")))
    told.append(say(_("Messages that wait, or could not be delivered, are not in it.")))
    told.append(say(_("The list alone, for a table: {command}"), command=code("/export list")))
    text = json.dumps(everything(voice, answer), indent=2) + "\n"
    return Message(tuple(told), file=File("underkeel.json", text))


def everything(voice: Voice, answer: HomeExported) -> dict[str, Any]:
    """JSON-ready; amounts as decimal strings, times in unix seconds, names as they are."""
    return {
        "home": answer.home,
        "exported_at": answer.at,
        "watches": [_watch(voice, watch) for watch in answer.watches],
        "settings": as_json(answer.settings),
        "places": list(answer.places),
        "last_alerts": [_alert(voice, alert) for alert in answer.alerts],
        "named_elsewhere": as_json(answer.named),
        "address_labels": as_json(answer.labels),
    }


def _watch(voice: Voice, watch: Watch) -> dict[str, Any]:
    shown: dict[str, Any] = as_json(watch)
    if isinstance(watch.target, ImaginedTarget) and not voice.amounts:
        shown["imagined"] = {"market": watch.target.market}
    return shown | {
        "id": watch.id,
        "place": watch.place,
        "created_at": watch.created_at,
        "created_by": watch.created_by,
        "hushes": [{"about": about} | as_json(hush) for about, hush in watch.hushes],
    }


def _alert(voice: Voice, alert: Alert) -> dict[str, Any]:
    shown: dict[str, Any] = as_json(alert)
    if isinstance(alert.seen, PositionSeen) and not voice.amounts:
        shown["seen"] = _seen_without_amounts(alert.seen)
    if isinstance(alert.seen, FlowSeen) and not voice.amounts:
        shown["seen"] |= {"loans": [_bare(loan.now) for loan in alert.seen.loans]}
    return shown


def _bare(position: Position) -> dict[str, Any]:
    return {
        "market": position.market,
        "account": position.account,
        "block": as_json(position.as_of),
        "health_factor": health_factor(position.health_factor),
    }


def _seen_without_amounts(seen: PositionSeen) -> dict[str, Any]:
    return {
        "position": _bare(seen.position),
        "moves": [{"kind": move.kind.value, "tx": move.tx} for move in seen.moves],
        "liquidations": [{"tx": one.tx} for one in seen.liquidations],
    }


# ---- imports ------------------------------------------------------------------------------------------


def import_asked(voice: Voice, answer: ImportAsked) -> Message:
    figures = voice.figures
    return Message(
        (
            say(
                _("Send {command} with a text or CSV file, or with the lines behind it:"),
                command=code("/import"),
            ),
            (*say("  "), code(_("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045, treasury"))),
            say(_("One address or ENS name a line, then a label if you like; lines with # are passed over.")),
            say(
                _("At most {most} lines at once; {room} more watches fit here."),
                most=figures.whole(answer.lines_at_most),
                room=figures.whole(answer.room),
            ),
        ),
        (),
        rows(row(Button(_("Paste a list"), Ask("import.text")))),
    )


def imported(voice: Voice, answer: Imported) -> Message:
    """Counts first, then what is wrong with which line; a report as a file when anything was not added."""
    added, faults = answer.with_result(LineResult.ADDED), answer.with_result(LineResult.FAULT)
    told: list[Line] = [_counts(voice, answer)]
    told.extend(_fault(line) for line in faults[:FAULTS_SHOWN])
    rest = len(faults) - FAULTS_SHOWN
    if rest > 0:
        told.append(say(plural("and {n} more, in the file", "and {n} more, in the file", rest), n=rest))
    told.append(say(_("Room is left for {room}."), room=voice.figures.whole(answer.room)))
    plainly = len(added) == len(answer.lines)
    report = None if plainly else File("import-report.csv", _report(answer))
    buttons = rows(row(press(_("Wallets"), "wallets"))) if added else ()
    return Message(tuple(told), (), buttons, file=report)


def _counts(voice: Voice, answer: Imported) -> Line:
    """12 added, 2 watched already, 1 repeated, 3 not usable"""
    words = {
        LineResult.ADDED: plural("{n} watch added", "{n} watches added", _n(answer, LineResult.ADDED)),
        LineResult.KNOWN: _("{n} watched already"),
        LineResult.REPEATED: _("{n} repeated"),
        LineResult.FAULT: _("{n} not usable"),
    }
    parts = [
        line_text(say(text, n=voice.figures.whole(count)))
        for result, text in words.items()
        if (count := _n(answer, result)) or result is LineResult.ADDED
    ]
    return say("{counts}", counts=", ".join(parts))


def _n(answer: Imported, result: LineResult) -> int:
    return len(answer.with_result(result))


def _fault(line: ImportedLine) -> Line:
    return say(_("Line {number}: "), number=line.number) + problem(line.problem, line.wrong)


def _report(answer: Imported) -> str:
    """Every line with what came of it."""
    header = (_("line"), _("input"), _("result"))
    return to_csv((header, *((str(one.number), _quoted(one.text), _result(one)) for one in answer.lines)))


def _quoted(text: str) -> str:
    return clean(text, cap=_TEXT_CAP, unlink=False).text


def _result(line: ImportedLine) -> str:
    match line.result:
        case LineResult.ADDED:
            return _("added as #{number}").format(number=line.other)
        case LineResult.KNOWN:
            return _("watched already as #{number}").format(number=line.other)
        case LineResult.REPEATED:
            return _("the same as line {number}").format(number=line.other)
        case LineResult.FAULT:
            return line_text(problem(line.problem, line.wrong))
