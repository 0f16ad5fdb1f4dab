"""Decisions as lines that are the same wherever they are made: what two runs are compared by.

Printed by `underkeel replay FILE --decisions`; everything that a person would see is in them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TextIO

from bot.app.rehearsal import SETTINGS, Rehearsal, own_watches
from bot.domain.alerts import Alert, AlertGroup
from bot.errors import EpisodeError
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.messages.ruleswords import wallet_rules
from bot.ports import Delivery
from bot.subscriptions import ChatSettings, WalletTarget
from handlers.console.renderer import plain
from watchers.aave.baskets import load_baskets
from watchers.aave.markets import load_chains, load_markets
from watchers.replay import Replay, load_episode


async def tell(name: str, rules: str, out: TextIO) -> None:
    """Play an episode and print what is decided: by `rules` as a list has them (`hf 1.5; closed`), else by
    those of a new watch. EpisodeError, also for rules that are none.
    """
    episode = load_episode(name)
    watches = own_watches(episode)
    if rules:
        try:
            chosen = wallet_rules(rules)
        except ValueError as error:
            raise EpisodeError(name, [f'"{error}" is no rule; one like hf 1.5 1.2; liquidated']) from None
        watches = tuple(
            replace(one, rules=chosen) if isinstance(one.target, WalletTarget) else one for one in watches
        )
    rehearsal = Rehearsal(Replay(episode), watches)
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
