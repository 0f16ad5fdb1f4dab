"""The composer: facts in, a platform-neutral Message out. Every user-visible word is made in this package.

`bot.delivery` calls `compose` for what lies in the outbox, `handlers.commands` calls `answer` and `flash`.
"""

from dataclasses import dataclass, replace

from bot.domain.alerts import Alert, AlertGroup
from bot.messages import chosen, faults, listing, privacy, talk, wallets, watching
from bot.messages.alerts import Handled, alert_message
from bot.messages.answers import (
    Acked,
    AlertDetails,
    AlreadyHandled,
    AlreadyWatched,
    Answer,
    Fault,
    FormAsked,
    GroupDetails,
    Help,
    Muted,
    NoDebt,
    NotAllowed,
    NothingThere,
    Offer,
    PlaceOffered,
    PlaceTakenBack,
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
from bot.messages.atlas import Atlas
from bot.messages.catalogue import _
from bot.messages.groups import group_details, group_message
from bot.messages.model import Message, Span
from bot.messages.records import (
    ForgetAsked,
    Forgotten,
    HomeExported,
    ImportAsked,
    Imported,
    ListExported,
    PrivacyShown,
    Record,
)
from bot.messages.rich import fit, text_of
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings


@dataclass(frozen=True, slots=True)
class Composer:
    """`now` is wall-clock unix seconds everywhere here: ages are told as of composing."""

    atlas: Atlas

    def compose(
        self,
        payload: Alert | AlertGroup | Message,
        settings: ChatSettings,
        *,
        repeated: bool,
        now: int,
        private: bool = True,
        escalated: bool = False,
    ) -> Message:
        """What delivery sends: alerts in words, or a message that was composed when it was made.

        `private`: one person alone reads it. `escalated`: nobody took it up where it was told first.
        """
        voice = Voice.of(self.atlas, settings, now, private=private)
        match payload:
            case Alert():
                return fit(alert_message(voice, payload, repeated=repeated, escalated=escalated))
            case AlertGroup():
                return fit(group_message(voice, payload, repeated=repeated, escalated=escalated))
            case Message():
                return payload

    def alert(
        self,
        alert: Alert,
        settings: ChatSettings,
        *,
        repeated: bool,
        now: int,
        handled: Handled | None = None,
        private: bool = True,
    ) -> Message:
        """An alert's card; `handled` shows who took it up."""
        voice = Voice.of(self.atlas, settings, now, private=private)
        return fit(alert_message(voice, alert, repeated=repeated, handled=handled))

    def group(
        self,
        group: AlertGroup,
        settings: ChatSettings,
        *,
        repeated: bool,
        now: int,
        handled: Handled | None = None,
        private: bool = True,
    ) -> Message:
        """The card of several alerts; `handled` shows who took all of them up."""
        voice = Voice.of(self.atlas, settings, now, private=private)
        return fit(group_message(voice, group, repeated=repeated, handled=handled))

    def answer(self, answer: Answer, settings: ChatSettings, *, now: int, private: bool = True) -> Message:
        """What a command found, in words. Answers ring: somebody waits for them."""
        message = _answer(Voice.of(self.atlas, settings, now, private=private), answer)
        return fit(replace(message, silent=False))

    def flash(self, answer: Answer, settings: ChatSettings, *, now: int, private: bool = True) -> str:
        """The answer to a press in at most 200 characters, Telegram's limit on what it flashes."""
        message = _answer(Voice.of(self.atlas, settings, now, private=private), answer)
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
            return chosen.settings_shown(voice, answer)
        case PlaceOffered():
            return chosen.place_offered(voice, answer)
        case PlaceTakenBack():
            return chosen.place_taken_back(answer)
        case FormAsked():
            return talk.form_asked(answer)
        case (
            ListExported()
            | HomeExported()
            | Imported()
            | ImportAsked()
            | PrivacyShown()
            | ForgetAsked()
            | Forgotten()
        ):
            return _record(voice, answer)
        case StatusShown():
            return talk.status(voice, answer)
        case Why():
            return talk.why(voice, answer)
        case _:
            return _about_wallets(voice, answer)


def _record(voice: Voice, answer: Record) -> Message:
    match answer:
        case ListExported():
            return listing.list_exported(voice, answer)
        case HomeExported():
            return listing.home_exported(voice, answer)
        case Imported():
            return listing.imported(voice, answer)
        case ImportAsked():
            return listing.import_asked(voice, answer)
        case PrivacyShown():
            return privacy.privacy_shown(voice, answer)
        case ForgetAsked():
            return privacy.forget_asked(voice, answer)
        case Forgotten():
            return privacy.forgotten(voice, answer)


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
        case GroupDetails(group):
            return group_details(voice, group)
        case Acked():
            return talk.acked(voice, answer)
        case AlreadyHandled():
            return talk.already_handled(voice, answer)
        case TooLate(known=known):
            return _line(
                _("That is over already")
                if known
                else _("I no longer have that alert; /wallets shows what I watch")
            )
        case _:
            raise TypeError(f"no words for {type(answer).__name__}")


def _line(text: str) -> Message:
    return Message(((Span(text),),))
