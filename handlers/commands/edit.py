"""/edit and /clone: an imagined position changed, any watch renamed; a position copied to be changed."""

from dataclasses import replace

from bot.domain.whatif.engine import Refused
from bot.errors import SourceError, UserError
from bot.messages.answers import AlreadyWatched, Answer
from bot.messages.catalogue import _
from bot.messages.flowanswers import Became, InflowsOn
from bot.messages.imagined import Edited, ImagineRefused
from bot.messages.typed.flows import read_flows
from bot.subscriptions import FlowTarget, ImaginedTarget, Watch
from handlers.commands.arguments import comma_is_point, find_watch
from handlers.commands.changing import Typed, changed, typed_of
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.flownames import lexicon
from handlers.commands.inflows import filter_of
from handlers.commands.options import WATCH
from handlers.commands.registering import free_label
from handlers.commands.simulate import keep
from handlers.commands.states import SIMULATE, Held, closest, held_by, imagined, position_of


async def run(call: Call) -> Answer:
    watches = await call.watches()
    watch = _watch(call, watches, "edit", "as treasury")
    example = f"/edit {watch.number} as renamed{len(watches)}"
    typed = typed_of(call.args[1:])
    if not typed.words and not typed.label:
        raise UserError("missing_edit", call.args[0], example)
    label = free_label(watches, typed.label, example, watch) or watch.label
    if not typed.words:
        renamed = replace(watch, label=label)
        await call.services.book.put(renamed)
        return AlreadyWatched(renamed, renamed=True)
    if isinstance(watch.target, FlowTarget):
        return await _filtered(call, watch, typed, label)
    if not isinstance(watch.target, ImaginedTarget):
        raise UserError("not_imagined", call.args[0], example)
    held = await imagined(call, watch, watch.target)
    target = await changed(call, held, typed, example, comma_is_point=await comma_is_point(call))
    if isinstance(target, Refused):
        return ImagineRefused(target, " ".join(call.args[1:]), example)
    # An incident of before is over: what it was about is no more.
    new = replace(watch, target=target, label=label, hushes=())
    await call.services.book.put(new)
    return await _edited(call, new, target, held)


async def _filtered(call: Call, watch: Watch, typed: Typed, label: str) -> InflowsOn:
    """Another filter and its rule in place of those there were."""
    asked = read_flows(typed.words, await lexicon(call), comma_is_point=await comma_is_point(call))
    target = await filter_of(call, asked, " ".join(word.text for word in typed.words))
    new = replace(watch, target=target, rules=(asked.rule,), label=label, hushes=())
    await call.services.book.put(new)
    return InflowsOn(new, asked.rule, Became.CHANGED, read=bool(call.services.tracked()))


async def _edited(call: Call, new: Watch, target: ImaginedTarget, held: Held) -> Edited:
    try:
        after = await imagined(call, new, target)
    except SourceError:
        return Edited(new)
    return Edited(new, position_of(held.market, held.seen.account), after.position)


async def run_clone(call: Call) -> Answer:
    watches = await call.watches()
    watch = _watch(call, watches, "clone", "")
    example = f"/clone {watch.number}"
    held, _unread = await held_by(call, watch)
    nearest = closest(held)
    if nearest is None:
        raise UserError("nothing_to_mirror", call.args[0], SIMULATE)
    typed = typed_of(call.args[1:])
    label = free_label(watches, typed.label, f"/clone {watch.number} as copy{len(watches)}")
    target = await changed(call, nearest, typed, example, comma_is_point=await comma_is_point(call))
    if isinstance(target, Refused):
        return ImagineRefused(target, " ".join(call.args[1:]), example)
    return await keep(call, watches, target, label, twice=True)


def _watch(call: Call, watches: tuple[Watch, ...], command: str, rest: str) -> Watch:
    if not call.args:
        example = f"/{command} {watches[0].number} {rest}".strip() if watches else SIMULATE
        raise UserError("missing_watch", example=example)
    return find_watch(watches, call.args[0], command, rest)


_CHANGES = Option(
    "changes",
    _("repay 1k USDC, add 5 ETH, lt 0.80, emode off, 30d, or a whole position; as label"),
    sample="as renamed",
)

COMMAND = Command(
    name="edit",
    usage=_("<watch> <position or changes> [as label]"),
    summary=_("Change an imagined position or a filter of flows, or rename a watch"),
    run=run,
    examples=(
        "/edit demo 10 ETH vs 6k USDC",
        "/edit demo repay 1k USDC, add 2 ETH",
        "/edit demo lt 0.80",
        "/edit 1 as main",
    ),
    notes=(_("Prices are always the market's own: try other ones with /whatif."),),
    access=Access.EDITOR,
    forms=(Form("", _("Change an imagined position, or rename a watch"), (WATCH, _CHANGES)),),
)

CLONE = Command(
    name="clone",
    usage=_("<watch> [changes] [as label]"),
    summary=_("Copy a position, as an imagined one to play with"),
    run=run_clone,
    examples=("/clone 1 as twin", "/clone demo repay 1k USDC", "/clone demo add 2 ETH as safer"),
    access=Access.EDITOR,
    forms=(
        Form(
            "",
            _("Copy a position, as an imagined one to play with"),
            (WATCH, replace(_CHANGES, required=False, sample="as twin")),
        ),
    ),
)
