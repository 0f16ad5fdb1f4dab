"""/mirror: a scaled copy of a real wallet, that follows it or stays as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bot.domain.rules import DEFAULT_RULES
from bot.domain.whatif.hypothetical import NOBODY, scaled_copy
from bot.errors import UserError
from bot.messages.answers import AlreadyWatched, Answer, WalletFacts, WatchAdded
from bot.messages.catalogue import _
from bot.messages.imagined import Whose
from bot.messages.typed.expression import AS, ON, Options
from bot.messages.typed.looping import read_scale
from bot.messages.typed.printing import printed
from bot.messages.typed.storing import tidied
from bot.messages.typed.tokens import Reader, Word, cut
from bot.subscriptions import ImaginedTarget, MirrorTarget, Watch
from handlers.commands.arguments import EXAMPLE_ADDRESS, named, wallet
from handlers.commands.command import Access, Call, Command, Form, Option
from handlers.commands.registering import free_label, register
from handlers.commands.simulate import keep
from handlers.commands.states import Held, answering, closest, coins_of, held_by_wallet, imagined, market_for

EXAMPLE = f"/mirror {EXAMPLE_ADDRESS} x0.001"
_FROZEN = frozenset({"frozen"})
_FOLLOWING = frozenset({"following", "follow"})


@dataclass(slots=True)
class _Wanted:
    scale: Fraction = Fraction(1)
    frozen: bool = False
    market: str = ""
    label: str = ""


async def run(call: Call) -> Answer:
    if not call.args:
        raise UserError("missing_address", example=EXAMPLE)
    watches = await call.watches()
    who = call.args[0]
    with answering(EXAMPLE):
        wanted = _wanted(cut(" ".join(call.args[1:])))
    label = free_label(watches, wanted.label, f"{EXAMPLE} as small{len(watches) or ''}")
    watch = named(watches, who)
    if watch is not None and isinstance(watch.target, ImaginedTarget):
        return await _copied(call, watches, await imagined(call, watch, watch.target), wanted.scale, label)
    if watch is not None and isinstance(watch.target, MirrorTarget):
        address, name = watch.target.address, watch.target.name
    else:
        found = await wallet(call, who, EXAMPLE, watches)
        address, name = found.address, found.name
    market = market_for(call, wanted.market, EXAMPLE) if wanted.market else ""
    held, _unread = await held_by_wallet(call, Whose(name=name, address=address), address, market)
    nearest = closest(held)
    if nearest is None:
        raise UserError("nothing_to_mirror", who, EXAMPLE)
    if wanted.frozen:
        return await _copied(call, watches, nearest, wanted.scale, label)
    scale = wanted.scale
    target = MirrorTarget(nearest.market.market, address, scale.numerator, scale.denominator, name)
    return await _followed(call, watches, target, label)


def _wanted(words: Sequence[Word]) -> _Wanted:
    reader, wanted, options = Reader(words), _Wanted(), Options()
    ends = AS | ON | _FROZEN | _FOLLOWING
    while reader.more():
        word = reader.peek()
        if word.key in AS | ON:
            options.take(reader, ends)
            continue
        reader.take()
        scale = read_scale(word.text)
        if scale is not None:
            wanted.scale = scale
        elif word.key in _FROZEN | _FOLLOWING:
            wanted.frozen = word.key in _FROZEN
        else:
            raise UserError("not_a_scale", word.text)
    wanted.market, wanted.label = options.market, options.label
    return wanted


async def _copied(call: Call, watches: tuple[Watch, ...], held: Held, scale: Fraction, label: str) -> Answer:
    """As it is now: from here on a position of its own."""
    copy = scaled_copy(held.seen.account, scale.numerator, scale.denominator)
    state = tidied(held.market, replace(copy, account=NOBODY))
    said = printed(coins_of(call, held.market), state, held.terms)
    return await keep(call, watches, ImaginedTarget(held.market.market, state, held.terms, said), label)


async def _followed(call: Call, watches: tuple[Watch, ...], target: MirrorTarget, label: str) -> Answer:
    mine = next((one for one in watches if one.target == target), None)
    if mine is not None:
        return AlreadyWatched(mine)
    new = Watch("", 0, call.home, target, DEFAULT_RULES, label)
    watch = await register(call, watches, new, target.address)
    held = await imagined(call, watch, target)
    return WatchAdded(watch, WalletFacts((held.position,)))


COMMAND = Command(
    name="mirror",
    usage=_("<address, name or watch> [x0.001] [frozen or following] [on market] [as label]"),
    summary=_("Watch a copy of a wallet, smaller or larger"),
    run=run,
    examples=(EXAMPLE, "/mirror 1 1% as small", "/mirror 1 x0.1 frozen"),
    notes=(
        _("It follows what the wallet does, or with the word frozen stays as the wallet is now."),
        _("Of several markets it takes the one where the wallet is nearest to liquidation."),
    ),
    access=Access.EDITOR,
    forms=(
        Form(
            "",
            _("Watch a copy of a wallet, smaller or larger"),
            (
                Option(
                    "wallet", _("Address, ENS name, number or label"), source="watch", sample=EXAMPLE_ADDRESS
                ),
                Option("scale", _("How large: x0.001, 1%, 1/1000"), required=False, sample="x0.001"),
                Option(
                    "mode",
                    _("Whether it follows the wallet"),
                    required=False,
                    choices=("following", "frozen"),
                    sample="following",
                ),
                Option("label", _("What you call it, after the word as"), required=False, sample="as small"),
            ),
        ),
    ),
)
