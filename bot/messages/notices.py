"""What the program says of itself and its places: joined, lost, muted, a platform away, a crash.

`bot.steward` decides who hears it. Nobody asked, so each says what happened and what can be done about it.
"""

from dataclasses import dataclass

from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.rich import bold, code, press, row, rows, say

REASON_CAP = 120
"""Characters of a platform's own words that are quoted."""
_TITLES = {"telegram": "Telegram", "discord": "Discord", "console": "console"}


@dataclass(frozen=True, slots=True)
class Joined:
    """We were let into a group, channel or server. `let_in` False: nobody who may has said so yet."""

    home: str
    let_in: bool


@dataclass(frozen=True, slots=True)
class PlaceLost:
    """We can no longer write at `place`. `instead` is where its alerts go now, empty = nowhere.

    `muted`: we are still there, but may not write.
    """

    place: str
    why: str
    instead: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class PlaceBack:
    """We can write in `place` again; alerts that fell due there meanwhile are gone."""

    place: str


@dataclass(frozen=True, slots=True)
class PlatformRefused:
    """A platform does not take our token."""

    platform: str
    why: str


@dataclass(frozen=True, slots=True)
class PlatformAway:
    """A platform cannot be reached for `away_s` seconds."""

    platform: str
    away_s: int


@dataclass(frozen=True, slots=True)
class PlatformBack:
    platform: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """A platform told us to wait long; `place` empty = everywhere."""

    platform: str
    wait_s: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A message was refused for good and lies with the dead letters of `place`."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """A bug of ours in one part of the program, which was started again."""

    part: str


Notice = (
    Joined
    | PlaceLost
    | PlaceBack
    | PlatformRefused
    | PlatformAway
    | PlatformBack
    | Throttled
    | GivenUp
    | Crashed
)


def notice_message(notice: Notice) -> Message:
    """The notice in words. Only what loses alerts rings."""
    match notice:
        case Joined():
            return _joined(notice)
        case PlaceLost():
            return Message(_lost(notice), silent=False)
        case PlaceBack():
            return Message(
                (
                    say(_("I can write here again. Alerts that fell due meanwhile were not said.")),
                    say(_("{wallets} shows how things stand now."), wallets=code("/wallets")),
                ),
                (),
                rows(row(press(_("Wallets"), "wallets"))),
                silent=False,
            )
        case Crashed(part):
            told = _(
                "A part of me failed and was started again: {part}. The log says how; alerts may be late."
            )
            return Message((say(told, part=bold(part)),), silent=False)
        case GivenUp(place, why):
            told = _("A message to {place} was refused and is given up: {why}")
            return Message((say(told, place=code(place), why=_quoted(why)),))
        case _:
            return Message(_of_platform(notice), silent=isinstance(notice, PlatformBack | Throttled))


def _joined(notice: Joined) -> Message:
    """To admins of a new group: what it posts, how loud, how to stop."""
    if not notice.let_in:
        return Message(
            (
                say(_("I watch Aave positions and warn before liquidation. Nobody has let me in here yet.")),
                say(
                    _("My operator does so by sending {start} here, or by adding {home} to the allow-list."),
                    start=code("/start"),
                    home=code(notice.home),
                ),
            )
        )
    return Message(
        (
            say(_("Thank you for letting me in. For this chat's admins:")),
            say(_("I post only about wallets and prices that somebody here asks me to watch, with /watch.")),
            say(
                _(
                    "Warnings come silently; only a critical alert rings. Amounts stay hidden until an admin"
                    " shows them."
                )
            ),
            say(
                _("Only admins change what I watch, until {settings} says otherwise."),
                settings=code("/settings"),
            ),
            say(
                _("Silence: {mute}. To stop for good: {forget}, or remove me."),
                mute=code("/mute all 8h"),
                forget=code("/forget"),
            ),
        ),
        (),
        rows(row(press(_("Settings"), "settings"), press(_("Help"), "help"))),
    )


def _lost(notice: PlaceLost) -> tuple[Line, ...]:
    place, why = code(notice.place), _quoted(notice.why)
    if notice.muted:
        told = say(_("I may no longer write in {place}: {why}"), place=place, why=why)
        cure = say(_("An admin there can give me the right to send messages again; what waits is then gone."))
    else:
        told = say(_("I can no longer write in {place}: {why}"), place=place, why=why)
        cure = say(
            _("To go on, let me in there again, or send the alerts elsewhere with {example}."),
            example=code("/settings alerts here"),
        )
    if notice.instead:
        cure = say(_("Its alerts, those that wait too, go to {instead} now."), instead=code(notice.instead))
    return told, cure


def _of_platform(notice: Notice) -> tuple[Line, ...]:
    match notice:
        case PlatformRefused(platform, why):
            return (
                say(_("{platform} refuses me: {why}"), platform=bold(_title(platform)), why=_quoted(why)),
                say(_("I go on here. Set a working token and start me again; alerts for there wait.")),
            )
        case PlatformAway(platform, away_s):
            told = _("{platform} cannot be reached for {minutes} min. I go on trying, and here; alerts wait.")
            return (say(told, platform=bold(_title(platform)), minutes=away_s // 60),)
        case PlatformBack(platform):
            return (say(_("{platform} is back."), platform=bold(_title(platform))),)
        case Throttled(platform, wait_s, place):
            where = _title(platform) + (f", {place}" if place else "")
            told = _("{where} tells me to wait {wait} s before the next message. Nothing is lost.")
            return (say(told, where=bold(where), wait=wait_s),)
        case _:
            raise TypeError(f"no words for {type(notice).__name__}")


def _title(platform: str) -> str:
    return _TITLES.get(platform, platform)


def _quoted(why: str) -> str:
    """A platform's words are not ours: cleaned and cut."""
    return clean(why, cap=REASON_CAP).text or _("no reason given")
