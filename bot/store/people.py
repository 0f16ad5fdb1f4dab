"""What a record says of people and places, and the same record without it. Pure; asked by the watch book."""

from dataclasses import replace

from bot.domain.alerts import Alert
from bot.domain.rules import Hush, RuleState
from bot.subscriptions import ChatSettings, Destination, Watch, settings_without


def is_unattended(alert: Alert, watch: Watch, settings: ChatSettings, state: RuleState, now: int) -> bool:
    """Whether the alert's incident runs and nobody took it up: by an ack, a snooze, or a mute of it all."""
    count = alert.incident.rpartition(".")[2]
    if alert.rule is None or state.step == 0 or count != str(state.incident):
        return False
    if max(watch.muted_until, settings.muted_until) > now:
        return False
    hush = watch.hush(alert.rule.key, alert.subject)
    return hush is None or not _covers(hush, state, now)


def without_person(watch: Watch, person: str) -> Watch:
    """The watch without who added it and who hushed it, where that was this person."""
    hushes = tuple((about, _nobodys(hush, person)) for about, hush in watch.hushes)
    created_by = "" if watch.created_by == person else watch.created_by
    return replace(watch, created_by=created_by, hushes=hushes)


def settings_without_person(settings: ChatSettings, person: str) -> ChatSettings:
    """The settings without this person as an editor or, in a chat of their own, as a destination."""
    named = tuple(one for one in settings.named_editors if one != person)
    return replace(settings_without(settings, person), named_editors=named)


def settings_moved(settings: ChatSettings, old: str, new: str) -> ChatSettings:
    """The settings of whoever sends to a chat that has a new id."""
    routes = tuple((what, place_moved(to, old, new)) for what, to in settings.routes)
    return replace(settings, routes=routes, escalate_to=place_moved(settings.escalate_to, old, new))


def place_moved(place: str, old: str, new: str) -> str:
    """A place of the chat `old` as one of the chat `new`; any other as it is."""
    if place == old or place.startswith(f"{old}/"):
        return new + place.removeprefix(old)
    return place


def sends_to(settings: ChatSettings) -> frozenset[str]:
    """Every destination that the settings name."""
    return frozenset({to for _, to in settings.routes} | {settings.escalate_to}) - {""}


def owns(home: str, place: str) -> bool:
    """Whether a home can be the home of a place, as far as their ids tell."""
    if Destination.parse(place).is_channel:
        return Destination.parse(home).is_server
    return Destination.parse(place).whole.id == home


def _covers(hush: Hush, state: RuleState, now: int) -> bool:
    running = hush.until == 0 or now < hush.until
    return running and hush.incident == state.incident and state.step <= hush.step


def _nobodys(hush: Hush, person: str) -> Hush:
    return replace(hush, by="", person="") if person in {hush.person, hush.by} else hush
