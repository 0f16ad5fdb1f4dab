"""What-ifs of several positions at once, and what becomes of one: refused, edited, kept too late, in words.

Called by `bot.messages.compose`; one position before and after is in `compare`.
"""

from typing import Final

from bot.domain.whatif.engine import Refused
from bot.messages import lines
from bot.messages.catalogue import _, plural
from bot.messages.compare import ahead, echo, health_pair, pairs
from bot.messages.hostile import clean
from bot.messages.imagined import DraftGone, Edited, ImagineRefused, WhatIfShown, WhatIfsShown
from bot.messages.model import Line, Message
from bot.messages.names import watch_name, whose
from bot.messages.outlook import is_liquidatable
from bot.messages.refusals import refused, why
from bot.messages.rich import bold, code, joined, plain, press, row, rows, say
from bot.messages.voice import Voice

CASES_SHOWN: Final = 12
"""Positions of a common what-if told one by one."""


def whatifs(voice: Voice, answer: WhatIfsShown) -> Message:
    """The same changes to several positions: one line each, the one that ends nearest first."""
    said = answer.cases[0].said if answer.cases else ()
    name = (bold(clean(answer.name).text),) if answer.name else ()
    told = [joined(((bold(_("What if")),), name)), *echo(voice, said)]
    told.extend(_case(voice, case) for case in sorted(answer.cases, key=_nearness)[:CASES_SHOWN])
    if (rest := len(answer.cases) - CASES_SHOWN) > 0:
        told.append(say(plural("and {n} more", "and {n} more", rest), n=rest))
    if answer.unread:
        told.append(say(_("Not readable now, so unknown: {markets}"), markets=", ".join(answer.unread)))
    return Message(tuple(told))


def _nearness(case: WhatIfShown) -> int:
    return (case.after or case.before).health_factor


def _case(voice: Voice, case: WhatIfShown) -> Line:
    """#1 treasury · HF 1.25 -> 0.98 · liquidatable · Aave v3 Ethereum"""
    market = plain(voice.atlas.market_title(case.before.market))
    who, no, after = whose(voice, case.whose, case.before), case.done, case.after
    if isinstance(no, Refused) or after is None:
        told = health_pair(voice, case.before, None)
        if not isinstance(no, Refused):
            return joined((who, told, market))
        reason = why(voice, no.reason, no.change, no.asset, no.before.market)
        return joined((who, told, say(_("refused: {why}"), why=reason), market))
    sign = say(_("liquidatable")) if is_liquidatable(after) else ()
    return joined((who, health_pair(voice, case.before, after), sign, market))


def imagine_refused(voice: Voice, answer: ImagineRefused) -> Message:
    """No account can be like that: why, and an input that works."""
    told = [*echo(voice, (answer.said,)), *refused(voice, answer.refused)]
    if answer.example:
        told.append(say(_("This works: {example}"), example=code(answer.example)))
    return Message(tuple(told))


def edited(voice: Voice, answer: Edited) -> Message:
    """An imagined position as it is now, against what it was."""
    told = [say(_("Changed: ")) + watch_name(voice, answer.watch)]
    if answer.after is None:
        told.append(say(_("I cannot read it just now; I keep trying, and the watch stands")))
    elif answer.before is None:
        told.extend((health_pair(voice, answer.after, None), *lines.danger(voice, answer.after)))
    else:
        told.extend((*pairs(voice, answer.before, answer.after), *ahead(voice, answer.after)))
    number = str(answer.watch.number)
    buttons = rows(row(press(_("Position"), "position", number), press(_("Rules"), "rules", number)))
    return Message(tuple(told), (), buttons)


def draft_gone(_answer: DraftGone) -> Message:
    return Message((say(_("I no longer have that what-if: ask it again, then keep it")),))
