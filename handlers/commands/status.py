"""/status: what is seen, how old it is, what waits to be sent. Endpoints and advice are for operators."""

from bot.messages.answers import Answer, StatusShown
from bot.messages.catalogue import _
from bot.messages.marketfacts import FlowFacts, MarketHealth
from bot.ports import FlowHealth, SourceHealth
from handlers.commands.arguments import no_more
from handlers.commands.command import Access, Call, Command


async def run(call: Call) -> Answer:
    no_more(call.args, 0, "/status")
    operator = call.access is Access.OPERATOR
    counts = await call.services.outbox.counts()
    markets = tuple(_health(one, call.now, operator=operator) for one in call.services.eyes.health())
    return StatusShown(
        markets,
        len(await call.watches()),
        counts.get("waiting", 0),
        counts.get("dead", 0),
        call.services.advice() if operator else (),
        tuple(_flows(one, call.now, operator=operator) for one in call.services.eyes.flow_health()),
    )


def _flows(one: FlowHealth, now: int, *, operator: bool) -> FlowFacts:
    return FlowFacts(
        one.title,
        one.chain_id,
        one.head,
        max(0, now - int(one.seen_at)) if one.seen_at else None,
        one.traced,
        one.endpoint if operator else "",
        one.fault if operator else "",
    )


def _health(one: SourceHealth, now: int, *, operator: bool) -> MarketHealth:
    return MarketHealth(
        one.title,
        one.head,
        max(0, now - int(one.seen_at)) if one.seen_at else None,
        one.endpoint if operator else "",
        one.fault if operator else "",
        one.accounts,
        one.basis,
        one.checked,
        one.mismatches,
    )


COMMAND = Command(
    name="status",
    usage="",
    summary=_("What I see, how old it is, what waits"),
    run=run,
    examples=("/status",),
)
