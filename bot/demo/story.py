"""Facts of an episode that is played, for the words around it. Pure but for the stage it reads."""

import re
from datetime import UTC, datetime
from typing import Final

from bot.demo.stage import Stage
from bot.domain.units import Address, Asset
from bot.messages.demo import EpisodeBegins, EpisodeEnds, EpisodeNow, Reading, now_line
from watchers.replay import Episode, Replay
from watchers.replay.happenings import Opening
from watchers.replay.path import Path
from watchers.replay.setting import Truth

_DATE: Final = re.compile(r"(?:(\d{4})-)?(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2})(?::(\d\d))?)?Z?\Z", re.ASCII)


def followed(replay: Replay) -> tuple[Asset, Path, int] | None:
    """The first asset that an oracle follows: its path and the unit of its prices."""
    episode = replay.episode
    for reserve in episode.reserves:
        asset = episode.asset(episode.chain_of(reserve.market) or 0, reserve.asset)
        if reserve.feed_bps and asset is not None:
            places = next(one.base_places for one in episode.markets if one.key == reserve.market)
            return asset, replay.paths[asset.chain_id, asset.address], 10**places
    return None


def began(episode: Episode) -> EpisodeBegins:
    head = episode.head
    return EpisodeBegins(
        title=head.title,
        made_up=head.kind is Truth.SYNTHETIC,
        recorded=head.kind is Truth.RECORDED,
        starts=head.starts,
        ends=head.ends,
        notes=tuple(one.text for one in episode.notes),
    )


def live(stage: Stage, *, paused: bool = False) -> str:
    """The line that moves."""
    replay = stage.replay
    at, known = int(replay.clock()), followed(replay)
    now = EpisodeNow(
        at=at,
        asset=known[0] if known else None,
        price=known[1].at(at) if known else 0,
        base_unit=known[2] if known else 1,
        filled=known is not None and not known[1].is_point(at),
        readings=tuple(Reading(one.title, one.health) for one in stage.onlooker.courses.values() if one.seen),
        made_up=replay.episode.head.kind is Truth.SYNTHETIC,
        paused=paused,
    )
    symbol = stage.composer.atlas.coin(known[0]) if known else ""
    return now_line(stage.voice.figures, now, symbol)


def ended(stage: Stage) -> EpisodeEnds:
    episode, known = stage.replay.episode, followed(stage.replay)
    is_high = known is not None and _owed_by_all(episode, known[0])
    turn_at, turn = 0, 0
    if known is not None:
        best = (max if is_high else min)(known[1].points, key=lambda point: point[1])
        turn_at, turn = best
    return EpisodeEnds(
        title=episode.head.title,
        made_up=episode.head.kind is Truth.SYNTHETIC,
        asset=known[0] if known else None,
        turn=turn,
        turn_at=turn_at,
        is_high=is_high,
        base_unit=known[2] if known else 1,
        warned=tuple(one.warned() for one in stage.onlooker.courses.values()),
        messages=stage.said.messages,
        edits=stage.said.edits,
    )


def _owed_by_all(episode: Episode, asset: Asset) -> bool:
    """Whether a rise is what they must fear."""
    watched: set[Address] = {one.address for one in episode.watched}
    opened = [one for one in episode.happens if isinstance(one, Opening) and one.account in watched]

    def owes(one: Opening) -> bool:
        chain_id = episode.chain_of(one.market) or 0
        return any(episode.asset(chain_id, ref) == asset for ref, _ in one.owed)

    return bool(opened) and all(map(owes, opened))


def dated(text: str, episode: Episode) -> int | None:
    """Unix seconds of `02-05`, `2026-02-05` or `02-05 12:30`, UTC, in the episode's year; None: no date."""
    match = _DATE.match(text.strip())
    if match is None:
        return None
    year, *rest = (int(part or 0) for part in match.groups())
    first = datetime.fromtimestamp(episode.head.starts, UTC).year
    try:
        when = datetime(year or first, *rest, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None
    return int(when.timestamp())
