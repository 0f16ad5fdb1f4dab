"""What `underkeel labels` says in a terminal. Names and notes are other people's: made harmless here."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from bot.domain.labels import Confidence, Label
from bot.domain.units import Address
from bot.errors import UserError
from bot.messages.catalogue import _, plural
from bot.messages.faults import problem
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.rich import joined, say
from bot.messages.rich import plain as words

Titles = Callable[[int], str]
"""A chain's name by its id."""

_LEFT_OUT: Final[Mapping[str, tuple[str, str]]] = {
    "token": ("{n} token is no wallet", "{n} tokens are no wallets"),
    "custodian": ("{n} is kept by a custodian", "{n} are kept by a custodian"),
    "checksum": ("{n} has a wrong letter", "{n} have a wrong letter"),
    "by_hand": ("{n} stays as it was set by hand", "{n} stay as they were set by hand"),
    "too_many": ("{n} was one too many", "{n} were too many"),
}


def label_line(label: Label, title: Titles) -> Line:
    """One label with its evidence."""
    parts = [title(label.chain_id), label.address, _name(label.exchange), label.kind.value]
    parts += [label.confidence.value, ", ".join(label.sources), label.seen]
    if label.note:
        parts.append(clean(label.note, 60, unlink=False).text)
    return words("  ".join(parts))


def listed(own: Sequence[Label], table: Sequence[Label], title: Titles) -> Message:
    """Labels one by one, the operator's own first."""
    lines: list[Line] = []
    for head, labels in ((_("Your own:"), own), (_("The project's table:"), table)):
        if labels:
            lines += [say(head), *(label_line(one, title) for one in labels)]
    return Message(tuple(lines) or (say(_("I have no label like that.")),))


def counted(own: Sequence[Label], table: Sequence[Label], as_of: str) -> Message:
    """How many labels each exchange has in the table, and how many more the operator's layer holds."""
    of_all = Counter(one.exchange for one in table)
    sure = Counter(one.exchange for one in table if one.confidence is Confidence.SURE)
    head = say(
        _("The project's table of {as_of}: {all} addresses of {exchanges} exchanges, {sure} of them sure."),
        as_of=as_of,
        all=f"{len(table):,}",
        exchanges=len(of_all),
        sure=f"{sure.total():,}",
    )
    rows = [
        say(_("  {exchange}: {all}, {sure} sure"), exchange=_name(name), all=count, sure=sure[name])
        for name, count in sorted(of_all.items(), key=lambda item: (-item[1], item[0]))
    ]
    mine = say(plural("Your own: {n} address.", "Your own: {n} addresses.", len(own)), n=f"{len(own):,}")
    more = say(_("One by one: underkeel labels list binance; as CSV: underkeel labels list --csv"))
    return Message((head, *rows, mine, more))


def added(label: Label, title: Titles, beneath: Sequence[Label], *, new: bool) -> Message:
    """A label that was set, and what it now hides."""
    said = _("Added:") if new else _("Changed:")
    lines = [say(said), label_line(label, title)]
    if others := [one for one in beneath if one.chain_id == label.chain_id]:
        lines += [say(_("It goes before:")), *(label_line(one, title) for one in others)]
    return Message(tuple(lines))


def removed(address: Address, count: int, beneath: Sequence[Label], title: Titles) -> Message:
    """What went, and what is seen again."""
    if not count:
        lines = [say(_("You have set no label for {address}."), address=address)]
    else:
        said = plural("Removed {n} label of {address}.", "Removed {n} labels of {address}.", count)
        lines = [say(said, n=count, address=address)]
    if beneath:
        lines += [say(_("The project's table says:")), *(label_line(one, title) for one in beneath)]
    return Message(tuple(lines))


def imported(new: int, changed: int, faults: Sequence[tuple[int, str, UserError]]) -> Message:
    """How many lines became labels, and each that did not with its number, its reason and itself."""
    head = _("{new} new, {changed} changed, {wrong} wrong.")
    lines = [say(head, new=new, changed=changed, wrong=len(faults))]
    for number, text, error in faults:
        lines.append((*say(_("Line {number}: "), number=number), *reason(error)))
        lines.append(words(f"    {clean(text, 120, unlink=False).text}"))
    return Message(tuple(lines))


def reason(error: UserError) -> Line:
    """Why, and what was near."""
    why = problem(error.problem, error.wrong)
    if not error.nearest:
        return why
    near = joined((words(clean(one, unlink=False).text) for one in error.nearest), _(" or "))
    return (*why, *say(_(" Did you mean ")), *near, *say("?"))


def refused(error: UserError) -> Message:
    lines = [reason(error)]
    if error.example:
        lines.append(say(_("This works: {example}"), example=error.example))
    return Message(tuple(lines))


def refreshed(
    exchange: str,
    count: int,
    new: int,
    conflicts: Collection[tuple[Address, str]],
    left_out: Mapping[str, int],
    failure: str,
) -> tuple[Line, ...]:
    """What came of one exchange's proof of reserve."""
    if failure:
        why = clean(failure, 160, unlink=False).text
        return (say(_("{exchange}: not read: {why}"), exchange=exchange, why=why),)
    said = plural("{exchange}: {n} address, {new} new", "{exchange}: {n} addresses, {new} new", count)
    parts = [say(said, exchange=exchange, n=count, new=new)]
    parts += [say(plural(*_LEFT_OUT[why], n), n=n) for why, n in sorted(left_out.items())]
    lines = [joined(parts, "; ")]
    lines += [
        say(
            _("  not taken: {address} is known as an address of {other}"), address=address, other=_name(other)
        )
        for address, other in conflicts
    ]
    return tuple(lines)


def _name(exchange: str) -> str:
    return clean(exchange, unlink=False).text
