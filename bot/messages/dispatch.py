"""Which words belong to which answer. Called by `bot.messages.compose` only."""

from bot.messages import (
    board,
    chart,
    chosen,
    compare,
    faults,
    flowtables,
    inflowwords,
    listing,
    loopwords,
    privacy,
    replaywords,
    story,
    talk,
    wallets,
    watching,
    whatifs,
    whois,
)
from bot.messages.alerts import alert_message
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
from bot.messages.catalogue import _
from bot.messages.flowanswers import (
    FlowAnswer,
    FlowsShown,
    InflowsOff,
    InflowsOn,
    InflowsShown,
    LabelRemoved,
    LabelSet,
    LabelsShown,
    WhoShown,
)
from bot.messages.groups import group_details
from bot.messages.imagined import (
    BoardShown,
    ChartShown,
    DraftGone,
    Edited,
    Imagined,
    ImagineRefused,
    LoopShown,
    OwnerSet,
    OwnerShown,
    OwnersShown,
    WhatIfShown,
    WhatIfsShown,
)
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
from bot.messages.replayfacts import ReplayShown, SeriesRefused
from bot.messages.storyfacts import StoryShown
from bot.messages.voice import Voice


def words(voice: Voice, answer: Answer) -> Message:
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
        case (
            WhatIfShown()
            | WhatIfsShown()
            | ImagineRefused()
            | Edited()
            | DraftGone()
            | LoopShown()
            | BoardShown()
            | OwnerShown()
            | OwnersShown()
            | OwnerSet()
            | ChartShown()
        ):
            return _imagined(voice, answer)
        case (
            InflowsShown()
            | InflowsOn()
            | InflowsOff()
            | FlowsShown()
            | WhoShown()
            | LabelSet()
            | LabelRemoved()
            | LabelsShown()
        ):
            return _flow(voice, answer)
        case ReplayShown():
            return replaywords.replay_shown(voice, answer)
        case SeriesRefused():
            return replaywords.series_refused(answer)
        case StoryShown():
            return story.story_shown(voice, answer)
        case StatusShown():
            return talk.status(voice, answer)
        case Why():
            return talk.why(voice, answer)
        case _:
            return _about_wallets(voice, answer)


def _imagined(voice: Voice, answer: Imagined) -> Message:
    match answer:
        case WhatIfShown():
            return compare.whatif(voice, answer)
        case WhatIfsShown():
            return whatifs.whatifs(voice, answer)
        case ImagineRefused():
            return whatifs.imagine_refused(voice, answer)
        case Edited():
            return whatifs.edited(voice, answer)
        case DraftGone():
            return whatifs.draft_gone(answer)
        case LoopShown():
            return loopwords.loop_shown(voice, answer)
        case BoardShown():
            return board.board(voice, answer)
        case OwnerShown():
            return board.owner(voice, answer)
        case OwnersShown():
            return board.owners(answer)
        case OwnerSet():
            return board.owner_set(voice, answer)
        case ChartShown():
            return chart.chart_shown(voice, answer)


def _flow(voice: Voice, answer: FlowAnswer) -> Message:
    match answer:
        case InflowsShown():
            return inflowwords.inflows_shown(voice, answer)
        case InflowsOn():
            return inflowwords.inflows_on(voice, answer)
        case InflowsOff():
            return inflowwords.inflows_off(voice, answer)
        case FlowsShown():
            return flowtables.flows_shown(voice, answer)
        case WhoShown():
            return whois.who_shown(voice, answer)
        case LabelSet():
            return whois.label_set(voice, answer)
        case LabelRemoved():
            return whois.label_removed(voice, answer)
        case LabelsShown():
            return whois.labels_shown(voice, answer)


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
