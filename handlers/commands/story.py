"""/story: a position's life from the chain's logs: entry, exit, what was lost and how that is reckoned."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.story.events import Event, Families
from bot.domain.story.told import tell
from bot.domain.transfers import USD_UNIT
from bot.domain.units import Address, Asset, BaseAmount
from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.atlas import STABLE
from bot.messages.catalogue import _
from bot.messages.imagined import Whose
from bot.messages.parsing import parse_scaled
from bot.messages.ruleswords import HIGHEST_PRICE
from bot.messages.storyfacts import StoryShown
from bot.subscriptions import MirrorTarget, WalletTarget, Watch
from handlers.commands.arguments import (
    EXAMPLE_ADDRESS,
    comma_is_point,
    looks_like_wallet,
    named,
    nearest,
    no_more,
    wallet,
)
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.owners import of_owner, owners_of
from handlers.commands.storypast import read_past

EXAMPLE = f"/story {EXAMPLE_ADDRESS}"
COST = "cost"


@dataclass(frozen=True, slots=True)
class _Of:
    whose: Whose
    accounts: tuple[Address, ...]


async def run(call: Call) -> Answer:
    who, cost = await _read(call)
    of = await _of(call, who)
    found = await read_past(call, of.accounts)
    past, events = found.past, found.past.events
    money = {one.family for one in events if call.services.atlas.symbol(one.asset) in STABLE}
    return StoryShown(
        of.whose,
        tell(events, of.accounts, whole=past.whole, money=money, cost_given=cost),
        who,
        _titles(call, events),
        cost,
        past.reach,
        past.prices,
        past.unread,
        found.own_coin,
        past.episode,
    )


async def _read(call: Call) -> tuple[str, BaseAmount | None]:
    """(for whom, dollars a coin for what has no known cost)."""
    words = [word for word in call.args if word]
    at = next((at for at, word in enumerate(words) if word.casefold() == COST), len(words))
    who = " ".join(words[:at]).strip('"“”')
    example = f"/story {who} cost 3000" if who else EXAMPLE
    if not who:
        raise UserError("missing_story", example=EXAMPLE)
    if at == len(words):
        return who, None
    no_more(words, at + 2, example)
    said = words[at + 1] if at + 1 < len(words) else COST
    try:
        cost = parse_scaled(said, USD_UNIT, comma_is_point=await comma_is_point(call))
    except ValueError as error:
        raise UserError("not_a_cost", said, example) from error
    if not 0 < cost <= HIGHEST_PRICE * USD_UNIT:
        raise UserError("not_a_cost", said, example)
    return who, BaseAmount(cost)


async def _of(call: Call, who: str) -> _Of:
    """A watch by any of its names, an owner, or any wallet."""
    watches = await call.watches()
    mine = of_owner(watches, who)
    watch = None if mine else named(watches, who)
    if mine:
        accounts = _wallets(mine)
        whose = Whose(name=mine[0].owner)
    elif watch is not None:
        accounts, whose = _wallets((watch,)), Whose(watch=watch)
    elif looks_like_wallet(who):
        found = await wallet(call, who, EXAMPLE, watches)
        accounts, whose = (found.address,), Whose(name=found.name, address=found.address)
    else:
        names = (*owners_of(watches), *(one.label for one in watches if one.label))
        raise UserError("not_an_address", who, EXAMPLE, nearest(who, names))
    if not accounts:
        raise UserError("nothing_to_tell", who, EXAMPLE)
    return _Of(whose, accounts)


def _wallets(watches: Sequence[Watch]) -> tuple[Address, ...]:
    """Each once; of a mirror the wallet that it mirrors."""
    found = (one.target.address for one in watches if isinstance(one.target, WalletTarget | MirrorTarget))
    return tuple(dict.fromkeys(found))


def _titles(call: Call, events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    """What each family's coins are called: a basket's title, else the coin's own name."""
    families, found = Families(call.services.baskets), dict[str, str]()
    assets: dict[str, Asset] = {one.family: one.asset for one in reversed(events)}
    for key, asset in assets.items():
        basket = families.basket(asset)
        found[key] = basket.title if basket else call.services.atlas.coin(asset)
    return tuple(found.items())


COMMAND = Command(
    name="story",
    usage=_("<wallet, watch or owner> [cost and dollars a coin]"),
    summary=_("A position's life: entry, exit, what was lost"),
    run=run,
    examples=(EXAMPLE, "/story 1", "/story 1 cost 3105.5"),
    notes=(
        _("I read it off the chain's logs, as far back as the node serves them, and say how far that is."),
        _("Results are by average cost, with first in first out (FIFO) beside it where it differs."),
        _("What was there before has no known cost, unless you say one: /story fund cost 3105.5."),
    ),
    forms=(
        Form(
            "",
            _("A position's life: entry, exit, what was lost"),
            (
                Option("who", _("A wallet, a watch or an owner"), source="storied", sample=EXAMPLE_ADDRESS),
                Option(
                    "cost",
                    _("The word cost and dollars a coin, for what was there before"),
                    required=False,
                    sample="cost 3105.5",
                ),
            ),
        ),
    ),
)
