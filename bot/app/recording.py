"""The recorder of a running bot, where one is set. Called by `bot.app.house`."""

import time

import structlog

from bot.messages.recording import recording_advice
from bot.settings import Selection, Settings
from watchers.replay.recorder import Recorder

log = structlog.get_logger()

MEGABYTE = 1_000_000


def recorder_of(settings: Settings, selection: Selection) -> Recorder | None:
    """None where nothing is to be recorded."""
    if settings.record is None:
        return None
    log.warning("recording", folder=str(settings.record), megabytes=settings.record_mb)
    titles = {market.key: market.title for market in selection.markets}
    return Recorder(settings.record, settings.record_mb * MEGABYTE, time.time, titles)


def recording_words(recorder: Recorder | None) -> tuple[str, ...]:
    """For /status."""
    if recorder is None:
        return ()
    now = recorder.recording()
    return (recording_advice(now.path, now.ended),)
