"""/why: the evidence of the last alert: block, price, source, rule, what was told before."""

from bot.domain.alerts import Alert
from bot.domain.flows import FlowSeen
from bot.domain.observations import PositionSeen
from bot.messages.answers import Answer, Why
from bot.messages.atlas import flows_key
from bot.messages.catalogue import _
from handlers.commands.arguments import no_more
from handlers.commands.command import Access, Call, Command


async def run(call: Call) -> Answer:
    no_more(call.args, 0, "/why")
    alert = await call.services.book.last_alert(call.place)
    if alert is None or call.access is not Access.OPERATOR:
        return Why(alert)
    sources = (one.endpoint for one in call.services.eyes.health() if one.market == _market(alert))
    return Why(alert, next(sources, ""))


def _market(alert: Alert) -> str:
    match alert.seen:
        case PositionSeen(position):
            return position.market
        case FlowSeen(chain_id):
            return flows_key(chain_id)
        case seen:
            return seen.market


COMMAND = Command(
    name="why",
    usage="",
    summary=_("The evidence of my last alert"),
    run=run,
    examples=("/why",),
)
