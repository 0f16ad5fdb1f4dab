"""Decisions as lines that are the same wherever they are made: what two runs are compared by.

Printed by `underkeel replay FILE --decisions`; everything that a person would see is in them.
"""

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from bot.app.rehearsal import SETTINGS, Rehearsal, own_watches
from bot.domain.alerts import Alert, AlertGroup
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.ports import Delivery
from bot.subscriptions import ChatSettings
from handlers.console.renderer import plain
from watchers.aave.baskets import load_baskets
from watchers.aave.markets import load_chains, load_markets
from watchers.replay import Replay, load_episode


async def tell(name: str, out: TextIO) -> None:
    """Play an episode with the rules of a new watch, and print what is decided. EpisodeError."""
    episode = load_episode(name)
    rehearsal = Rehearsal(Replay(episode), own_watches(episode))
    out.writelines(f"{line}\n" for line in decisions(await rehearsal.run(), SETTINGS))


def decisions(said: Iterable[Delivery], settings: ChatSettings) -> Iterator[str]:
    """One line of JSON for each delivery of alerts, in their order."""
    composer = Composer(Atlas.of(load_markets(), load_chains()), load_baskets())
    for one in said:
        payload = one.payload
        if not isinstance(payload, Alert | AlertGroup):
            continue  # pictures show what is said in words
        alerts = payload.alerts if isinstance(payload, AlertGroup) else (payload,)
        message = composer.compose(payload, settings, repeated=False, now=alerts[0].decided_at)
        row = {
            "at": alerts[0].decided_at,
            "id": one.id,
            "operation": one.operation.value,
            "incident": one.incident,
            "lane": one.lane.name.lower(),
            "alerts": [_facts(alert) for alert in alerts],
            "text": plain(message),
        }
        yield json.dumps(row, ensure_ascii=False)


def _facts(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "watch": alert.watch.number if alert.watch else None,
        "rule": alert.rule.key if alert.rule else "",
        "reason": alert.reason.value,
        "severity": alert.severity.name.lower(),
        "level": str(alert.level),
        "before": str(alert.before),
    }
