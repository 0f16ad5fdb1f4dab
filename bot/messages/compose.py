"""The composer: facts in, a platform-neutral Message out. Every user-visible word is made in this package.

`bot.delivery` calls `compose` for what lies in the outbox, `handlers.commands` calls `answer` and `flash`.
"""

from dataclasses import dataclass

from bot.domain.alerts import Alert
from bot.messages import faults, talk, wallets, watching
from bot.messages.alerts import Handled, alert_message
from bot.messages.answers import (
    Acked,
    AlertDetails,
    AlreadyWatched,
    Answer,
    Fault,
    ForgetAsked,
    Forgotten,
    Help,
    Muted,
    NoDebt,
    NotAllowed,
    NothingThere,
    Offer,
    PositionShown,
    PriceShown,
    Removed,
    RuleChanged,
    RulesShown,
    SettingsShown,
    StatusShown,
    TestAlert,
    TooLate,
    Unmuted,
    WalletList,
    WatchAdded,
    Welcome,
    Why,
)
from bot.messages.atlas import Atlas, person_made
from bot.messages.catalogue import _
from bot.messages.model import Message, Span
from bot.messages.rich import fit, text_of
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings


@dataclass(frozen=True, slots=True)
class Composer:
    """`now` is wall-clock unix seconds everywhere here: ages are told as of composing."""

    atlas: Atlas

    def compose(
        self, payload: Alert | Message, settings: ChatSettings, *, repeated: bool, now: int
    ) -> Message:
        """What delivery sends: an alert in words, or a message that was composed when it was made."""
        if isinstance(payload, Alert):
            return self.alert(payload, settings, repeated=repeated, now=now)
        return payload

    def alert(
        self,
        alert: Alert,
        settings: ChatSettings,
        *,
        repeated: bool,
        now: int,
        handled: Handled | None = None,
    ) -> Message:
        """An alert's card; `handled` shows who took it up."""
        voice = Voice.of(self.atlas, settings, now)
        return fit(alert_message(voice, alert, repeated=repeated, handled=handled))

    def answer(self, answer: Answer, settings: ChatSettings, *, now: int) -> Message:
        """What a command found, in words. Answers ring: somebody waits for them."""
        message = _answer(Voice.of(self.atlas, settings, now), answer)
        return fit(Message(message.lines, message.details, message.buttons, silent=False))

    def crash(self, part: str) -> Message:
        """For operators: a part of the program failed and is being restarted."""
        return talk.crash(part)

    def flash(self, answer: Answer, settings: ChatSettings, *, now: int) -> str:
        """The answer to a press in at most 200 characters, Telegram's limit on what it flashes."""
        message = _answer(Voice.of(self.atlas, settings, now), answer)
        return text_of(message.lines)[:200]


def _answer(voice: Voice, answer: Answer) -> Message:
    match answer:
        case Welcome():
            return talk.welcome(answer)
        case Help():
            return talk.help_message(answer)
        case Fault():
            return faults.fault(answer)
        case NotAllowed():
            return faults.not_allowed(answer)
        case RulesShown():
            return talk.rules_shown(voice, answer)
        case RuleChanged():
            return talk.rule_changed(voice, answer)
        case Muted():
            return talk.muted(voice, answer)
        case Unmuted():
            return talk.unmuted(voice, answer)
        case SettingsShown():
            return talk.settings_shown(voice, answer)
        case ForgetAsked():
            return talk.forget_asked(answer)
        case Forgotten():
            return talk.forgotten(answer)
        case StatusShown():
            return talk.status(voice, answer)
        case Why():
            return talk.why(voice, answer)
        case _:
            return _about_wallets(voice, answer)


def _about_wallets(voice: Voice, answer: Answer) -> Message:
    match answer:
        case WatchAdded():
            return watching.added(voice, answer)
        case AlreadyWatched():
            return watching.already(voice, answer)
        case Offer():
            return watching.offer(voice, answer)
        case Removed():
            return watching.removed(voice, answer)
        case WalletList():
            return wallets.wallet_list(voice, answer)
        case PositionShown() | NoDebt() | NothingThere():
            return wallets.position_shown(voice, answer)
        case PriceShown():
            return wallets.prices(voice, answer)
        case TestAlert():
            return wallets.test_alert(voice, answer)
        case AlertDetails(alert):
            whole = alert_message(voice, alert, repeated=False)
            return Message(whole.lines + whole.details, (), whole.buttons[:1])
        case Acked(until=until, by=by):
            return _acked(voice, until, by)
        case TooLate(known=known):
            return _line(
                _("That is over already")
                if known
                else _("I no longer have that alert; /wallets shows what I watch")
            )
        case _:
            raise TypeError(f"no words for {type(answer).__name__}")


def _acked(voice: Voice, until: int, by: str) -> Message:
    if until:
        return _line(
            _("Snoozed for {time}, or until it gets worse").format(
                time=voice.figures.duration(until - voice.now)
            )
        )
    who = person_made(by) or _("you")
    return _line(_("Acknowledged by {who}: silent until it gets worse or is over").format(who=who))


def _line(text: str) -> Message:
    return Message(((Span(text),),))
