"""What-ifs in words: a position before and after, one short line a fact, "HF 1.25 -> 1.07".

Called by `bot.messages.compose`. Facts that stay as they are take one line without an arrow, or none.
"""

from collections.abc import Sequence
from typing import Final

from bot.domain.liquidation import distance_bps
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.units import Asset
from bot.domain.whatif.changes import Wait
from bot.domain.whatif.engine import Refused
from bot.messages import lines
from bot.messages.catalogue import _, plural
from bot.messages.fixes import fix
from bot.messages.imagined import WhatIfShown
from bot.messages.model import Button, Line, Message
from bot.messages.names import as_said, whose
from bot.messages.numbers import Side
from bot.messages.odds import chance, chance_details, lifetime
from bot.messages.outlook import Lever, is_liquidatable, levers, same_basket
from bot.messages.refusals import emode_name, refused, unchecked
from bot.messages.rich import bold, faint, joined, plain, press, row, rows, say
from bot.messages.voice import Voice

ARROW: Final = " -> "
_CHANGES_SHOWN: Final = 8
_ECHO_CAP: Final = 160


def whatif(voice: Voice, answer: WhatIfShown) -> Message:
    """Before and after side by side, or why not."""
    told = [_title(voice, answer), *echo(voice, answer.said)]
    after = answer.after
    if isinstance(answer.done, Refused) or after is None:
        told.extend(refused(voice, answer.done) if isinstance(answer.done, Refused) else ())
        told.append(say(_("So nothing changes:")))
        told.append(joined((health_pair(voice, answer.before, None), lines.totals(voice, answer.before))))
        return Message(tuple(told))
    told.extend(pairs(voice, answer.before, after))
    told.extend(ahead(voice, after))
    told.extend(chance(voice, after, answer.restless))
    told.append(_as_of(voice, answer))
    told.extend(unchecked(voice, answer.done))
    folded = (*lines.details(voice, after, timed=False), *chance_details(voice, after, answer.restless))
    return Message(tuple(told), (*folded, *lines.hidden(voice)), rows(row(_keep(answer.draft))))


def _title(voice: Voice, answer: WhatIfShown) -> Line:
    market = plain(voice.atlas.market_title(answer.before.market))
    return joined(((bold(_("What if")),), whose(voice, answer.whose, answer.before), market))


def echo(voice: Voice, said: Sequence[str]) -> tuple[Line, ...]:
    """What was asked, as it was asked; without its figures where amounts are hidden."""
    text = as_said(voice, ", ".join(said), cap=_ECHO_CAP)
    return (plain(text),) if text else ()


def _as_of(voice: Voice, answer: WhatIfShown) -> Line:
    waited = sum(change.seconds for change in answer.changes if isinstance(change, Wait))
    block = voice.block(answer.before.market, answer.before.as_of)
    told = say(_("Reckoned from ")) + block
    if waited:
        told += say(_(", {time} later at its rates"), time=voice.figures.duration(waited))
    return faint(told)


def _keep(draft: str) -> Button | None:
    return press(_("Watch this"), "keep", draft) if draft else None


def ahead(voice: Voice, after: Position) -> tuple[Line, ...]:
    """What lies ahead of the position as it would be, after `pairs`."""
    time = () if same_basket(after, voice.baskets) else lifetime(voice, after)
    cured = fix(voice, after)
    danger = lines.danger(voice, after)
    # One price alone decides: its line among the pairs has said so.
    told = () if len(danger) == 1 and _levers(voice, after) else danger
    return (*told, *((cured,) if cured else ()), *time)


# ---- side by side -------------------------------------------------------------------------------------


def pairs(voice: Voice, before: Position, after: Position) -> tuple[Line, ...]:
    """Health factor, distance, liquidation price, debt, collateral, and whatever else changed."""
    told = [
        health_pair(voice, before, after),
        _distance(voice, before, after),
        _liquidation(voice, before, after),
        *(_sums(voice, before, after) if voice.amounts else ()),
        *changes(voice, before, after),
    ]
    return tuple(line for line in told if line)


def _pair(name: str, old: str, new: str) -> Line:
    if old == new:
        return say("{name} {new}", name=name, new=bold(new))
    return say("{name} {old}{arrow}{new}", name=name, old=old, arrow=ARROW, new=bold(new))


def health_pair(voice: Voice, before: Position, after: Position | None) -> Line:
    old = before.health_factor
    if after is None or after.health_factor == old:
        return _pair(_("HF"), voice.figures.health(old), voice.figures.health(old))
    new_text, old_text = voice.figures.health_pair(after.health_factor, old)
    return _pair(_("HF"), old_text or new_text, new_text)


def _distance(voice: Voice, before: Position, after: Position) -> Line:
    def far(position: Position) -> str:
        bps = distance_bps(position.health_factor)
        if bps is None:
            return _("none, no debt")
        return _("liquidatable") if is_liquidatable(position) else voice.figures.percent(bps)

    if not before.has_debt and not after.has_debt:
        return ()
    return _pair(_("To liquidation"), far(before), far(after))


def _liquidation(voice: Voice, before: Position, after: Position) -> Line:
    """The nearest price that decides, where one does before and after."""
    olds, news = _levers(voice, before), _levers(voice, after)
    if not news:
        return ()
    new = news[0]
    old = next((one for one in olds if one.asset == new.asset and one.rises is new.rises), None)
    text = _price(voice, after, new)
    name = _("{coin} at liquidation").format(coin=lines.lever_name(voice, new))
    return _pair(name, _price(voice, before, old) if old else "–", text)


def _levers(voice: Voice, position: Position) -> tuple[Lever, ...]:
    return () if same_basket(position, voice.baskets) else levers(position, voice.atlas, voice.baskets)


def _price(voice: Voice, position: Position, lever: Lever) -> str:
    side = Side.DOWN if lever.rises else Side.UP
    return voice.figures.price(lever.target, position.base_unit, side)


def _sums(voice: Voice, before: Position, after: Position) -> tuple[Line, ...]:
    return (
        _pair(_("Debt"), *(voice.money(one.totals.debt_base, one) for one in (before, after))),
        _pair(_("Collateral"), *(voice.money(one.totals.collateral_base, one) for one in (before, after))),
    )


def changes(voice: Voice, before: Position, after: Position) -> tuple[Line, ...]:
    """Prices, holdings, terms and eMode that are not what they were."""
    told = [*_prices(voice, before, after), *_holdings(voice, before, after)]
    told.extend(_terms(voice, before, after))
    if before.emode != after.emode:
        told.append(_pair(_("eMode"), _emode(before), _emode(after)))
    if (rest := len(told) - _CHANGES_SHOWN) > 0:
        told[_CHANGES_SHOWN:] = [say(plural("and {n} more", "and {n} more", rest), n=rest)]
    return tuple(told)


def _emode(position: Position) -> str:
    if not position.emode:
        return _("none")
    if position.origin is None:
        return str(position.emode)
    return emode_name(position.origin.market, position.emode)


_Parts = dict[str, Supplied | Owed]


def _both(before: Sequence[Supplied | Owed], after: Sequence[Supplied | Owed]) -> list[tuple[Asset, _Parts]]:
    """By asset, its part before and after under "old" and "new"."""
    found: dict[str, tuple[Asset, _Parts]] = {}
    for key, parts in (("old", before), ("new", after)):
        for part in parts:
            found.setdefault(part.asset.address, (part.asset, {}))[1][key] = part
    return list(found.values())


def _prices(voice: Voice, before: Position, after: Position) -> list[Line]:
    told = []
    for asset, parts in _both((*before.supplied, *before.owed), (*after.supplied, *after.owed)):
        old, new = parts.get("old"), parts.get("new")
        if old is None or new is None or old.price == new.price:
            continue
        new_text, old_text = voice.figures.price_pair(new.price, old.price, after.base_unit, Side.NEAR)
        told.append(_pair(voice.atlas.coin(asset), old_text, new_text))
    return told


def _holdings(voice: Voice, before: Position, after: Position) -> list[Line]:
    told = []
    sides = (
        (_("Supplied"), Side.DOWN, _both(before.supplied, after.supplied)),
        (_("Owed"), Side.UP, _both(before.owed, after.owed)),
    )
    for name, side, found in sides:
        for asset, parts in found:
            old, new = parts.get("old"), parts.get("new")
            if (old.amount if old else 0) == (new.amount if new else 0):
                continue
            told.append(_amounts(voice, f"{name} {voice.atlas.symbol(asset)}", side, old, new))
    return [line for line in told if line]


def _amounts(
    voice: Voice, name: str, side: Side, old: Supplied | Owed | None, new: Supplied | Owed | None
) -> Line:
    def amount(part: Supplied | Owed | None) -> str:
        if part is None:
            return _("nothing")
        return voice.figures.amount(part.amount, part.asset.decimals, side)

    if voice.amounts:
        texts = amount(old), amount(new)
        return _pair(name, *texts) if texts[0] != texts[1] else ()
    if old is None or new is None:
        return say(_("{name}: new") if old is None else _("{name}: gone"), name=name)
    return say(_("{name}: more") if new.amount > old.amount else _("{name}: less"), name=name)


def _terms(voice: Voice, before: Position, after: Position) -> list[Line]:
    told = []
    for asset, parts in _both(before.supplied, after.supplied):
        old, new = parts.get("old"), parts.get("new")
        if not isinstance(old, Supplied) or not isinstance(new, Supplied):
            continue
        symbol = voice.atlas.symbol(asset)
        if old.threshold_bps != new.threshold_bps:
            name = _("{asset} counts at").format(asset=symbol)
            told.append(_pair(name, *(voice.figures.exact_percent(one.threshold_bps) for one in (old, new))))
        if old.counts is not new.counts:
            template = _("{asset} counts as collateral") if new.counts else _("{asset} counts no more")
            told.append(say(template, asset=symbol))
    return told
