"""The product's inside as `bot.app.house.open_house` furnishes it, but for eyes and clock.

Apart from `tests.town.town`, which also brings the platforms' peers: `tests.town.part` does without those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from redis.asyncio import Redis

from bot.app.house import House, platforms_of
from bot.messages.compose import Composer
from bot.monitor import Monitor
from bot.monitor.flows import FlowMonitor
from bot.settings import Settings
from bot.steward import Steward
from bot.store.flows import StoredFlows
from bot.store.judgements import StoredJudgements
from bot.store.labels import StoredLabels
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from handlers.commands.access import FloodGate, Policy, StartCode
from handlers.commands.desk import FrontDesk
from tests.handlers.commands.literal import ATLAS, BASKETS
from tests.handlers.commands.stand import LABELS
from tests.town.chain import Chain
from tests.town.clock import TownClock
from watchers.aave.eyes import AaveEyes

STALE_AFTER_S = 300


def furnished(
    client: Redis,
    settings: Settings,
    clock: TownClock,
    chain: Chain,
    *,
    pacing: Mapping[str, PlatformPace],
    gate: FloodGate | None = None,
) -> House:
    outbox = StoredOutbox(client, pacing=pacing)
    book = StoredWatchBook(client, clock=clock)
    judgements = StoredJudgements(client, outbox)
    composer = Composer(ATLAS, BASKETS)
    services = replace(
        chain.services(book, outbox, composer, clock),
        labels=StoredLabels(client, LABELS),
        flows=StoredFlows(client),
    )
    flows = FlowMonitor(
        book,
        judgements,
        services.flows,
        services.labels,
        services.chain,
        clock=clock,
        tracked=services.tracked,
    )
    monitor = Monitor(book, judgements, clock=clock, stale_after_s=STALE_AFTER_S, deposits=flows.deposits)
    policy = Policy(allowed=frozenset(settings.allow), code=StartCode())
    steward = Steward(
        outbox,
        book,
        platforms=platforms_of(settings),
        may_admit=partial(policy.may_admit, book=book),
        clock=clock,
    )
    desk = FrontDesk(services, composer, policy, gate=gate)
    eyes = cast("AaveEyes", chain.eyes)
    return House(outbox, book, monitor, flows, eyes, composer, desk, steward, {}, clock=clock)
