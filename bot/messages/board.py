"""The board and owners in words: one line a position, the closest to liquidation first.

Called by `bot.messages.compose`.
"""

from typing import Final

from bot.domain.liquidation import distance_bps
from bot.domain.positions import Position
from bot.messages.atlas import person_made
from bot.messages.catalogue import _, plural
from bot.messages.imagined import (
    BoardRow,
    BoardShown,
    OwnerSet,
    OwnerShown,
    OwnersShown,
    OwnerTotal,
    closest_first,
)
from bot.messages.model import Button, Line, Message
from bot.messages.names import watch_name
from bot.messages.numbers import DOLLAR_UNIT
from bot.messages.outlook import is_liquidatable
from bot.messages.rich import bold, code, faint, joined, plain, press, row, rows, say
from bot.messages.signs import health
from bot.messages.voice import Voice

ROWS_SHOWN: Final = 20
"""Of an owner; the board is cut into pages by its command."""


def board(voice: Voice, answer: BoardShown) -> Message:
    """All that is watched here, closest to liquidation first."""
    if not answer.rows:
        nothing = say(_("I watch nothing here yet."))
        example = code("/watch vitalik.eth")
        return Message((nothing, say(_("Send me an address, or: {example}"), example=example)))
    told = [line(voice, one) for one in answer.rows]
    if answer.pages == 1:
        return Message(tuple(told))
    told.append(
        faint(
            say(
                _("Page {page} of {pages}, {watches} watched"),
                page=answer.page,
                pages=answer.pages,
                watches=answer.watches,
            )
        )
    )
    back = press(_("‹ Back"), "board", str(answer.page - 1)) if answer.page > 1 else None
    more = press(_("More ›"), "board", str(answer.page + 1)) if answer.page < answer.pages else None
    return Message(tuple(told), (), rows(row(back, more)))


def line(voice: Voice, one: BoardRow) -> Line:
    """#1 treasury · HF 1.07 · 6.5 % to liquidation · debt $412k · Aave v3 Ethereum"""
    told = [watch_name(voice, one.watch)]
    position = one.position
    if position is not None:
        told.extend(_state(voice, position))
    elif one.price is not None:
        told.append(plain(voice.figures.price(one.price.price, one.price.base_unit)))
    elif not one.unread and not one.elsewhere:
        told.append(say(_("no position")))
    if one.elsewhere:
        told.append(say(_("debt in {markets}, not watched"), markets=", ".join(one.elsewhere)))
    if one.unread:
        told.append(say(_("{market} not readable now"), market=", ".join(one.unread)))
    return joined(told)


def _state(voice: Voice, position: Position) -> list[Line]:
    market = plain(voice.atlas.market_title(position.market))
    if not position.has_debt:
        return [say(_("no debt")), market]
    told = [health(voice, position.health_factor), away(voice, position)]
    if voice.amounts:
        told.append(say(_("debt {value}"), value=voice.money(position.totals.debt_base, position)))
    return [*told, market]


def away(voice: Voice, position: Position) -> Line:
    """6.5 % to liquidation"""
    far = distance_bps(position.health_factor)
    if is_liquidatable(position):
        return (bold(_("liquidatable")),)
    return say(_("{percent} to liquidation"), percent=voice.figures.percent(far or 0))


# ---- owners -------------------------------------------------------------------------------------------


def owner(voice: Voice, answer: OwnerShown) -> Message:
    """What several wallets have together, then each position, closest first."""
    wallets = answer.wallets or len({one.watch.id for one in answer.rows})
    count = say(plural("{n} wallet", "{n} wallets", wallets), n=wallets)
    told = [joined(((bold(_owner_name(answer.name)),), count))]
    told.extend(_total(voice, answer, one) for one in answer.totals)
    if len(answer.totals) > 1:
        told.append(faint(say(_("These markets reckon in different currencies: no sum over all"))))
    unknown = {title for one in answer.rows for title in (*one.unread, *one.elsewhere)}
    if unknown:
        told.append(faint(say(_("Not in the sums: {markets}"), markets=", ".join(sorted(unknown)))))
    rows_shown = closest_first(answer.rows)
    told.extend(line(voice, one) for one in rows_shown[:ROWS_SHOWN])
    if (rest := len(rows_shown) - ROWS_SHOWN) > 0:
        told.append(say(plural("and {n} more", "and {n} more", rest), n=rest))
    return Message(tuple(told))


def _total(voice: Voice, answer: OwnerShown, total: OwnerTotal) -> Line:
    """Together: debt $1.2M · collateral $2M · lowest HF 1.07"""
    found = [
        one.position for one in answer.rows if one.position and one.position.base_unit == total.base_unit
    ]
    indebted = [one.health_factor for one in found if one.has_debt]
    lowest = say(_("lowest HF {now}"), now=bold(voice.figures.health(min(indebted)))) if indebted else ()
    sums: tuple[Line, ...] = ()
    if voice.amounts:
        sums = (
            say(_("debt {value}"), value=voice.figures.money(total.debt, total.base_unit)),
            say(_("collateral {value}"), value=voice.figures.money(total.collateral, total.base_unit)),
        )
    where: Line = ()
    if len(answer.totals) > 1 or total.base_unit != DOLLAR_UNIT:
        titles = sorted({voice.atlas.market_title(one.market) for one in found})
        where = plain(", ".join(titles))
    told = joined((*sums, lowest, where))
    return say(_("Together: ")) + told if told else say(_("Together they owe nothing"))


def owners(answer: OwnersShown) -> Message:
    """All owners here."""
    if not answer.owners:
        example = code(_("/owner treasury vitalik.eth 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"))
        return Message((say(_("No owner here yet. Put wallets under one name: {example}"), example=example),))
    told = [
        joined(((bold(_owner_name(name)),), say(plural("{n} wallet", "{n} wallets", count), n=count)))
        for name, count in answer.owners
    ]
    return Message(tuple(told))


def owner_set(voice: Voice, answer: OwnerSet) -> Message:
    """Whose wallets they are now."""
    name = bold(_owner_name(answer.name))
    told: list[Line] = []
    for template, watches in (
        (_("Watching for {name}: "), answer.added),
        (_("Now under {name}: "), answer.joined),
        (_("No longer under {name}, still watched: "), answer.left),
    ):
        if watches:
            told.append(say(template, name=name) + joined((watch_name(voice, one) for one in watches), ", "))
    if not told:
        told.append(say(_("Nothing changed for {name}"), name=name))
    show: Button | None = press(_("Show"), "owner", answer.name) if answer.added or answer.joined else None
    return Message(tuple(told), (), rows(row(show)))


def _owner_name(name: str) -> str:
    return person_made(name) or _("an owner without a name")
