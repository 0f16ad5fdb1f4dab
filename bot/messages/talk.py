"""Answers that are not about a position: beginning, help, rules, mutes, settings, status, why, forgetting."""

from bot.domain.alerts import Alert, Reason, Unseen
from bot.domain.flows import FlowSeen
from bot.domain.observations import PositionSeen
from bot.messages.alerts import alert_message
from bot.messages.answers import (
    Acked,
    AlreadyHandled,
    CommandFacts,
    FormAsked,
    Help,
    Muted,
    RuleChanged,
    RulesShown,
    StatusShown,
    Unmuted,
    Welcome,
    Why,
)
from bot.messages.atlas import flows_key, person_made
from bot.messages.catalogue import _, plural
from bot.messages.flowfilter import coin_of
from bot.messages.flowhealth import flows_read
from bot.messages.hostile import clean
from bot.messages.marketfacts import MarketHealth
from bot.messages.model import Ask, Button, Line, Message
from bot.messages.names import watch_name
from bot.messages.rich import bold, code, faint, joined, plain, press, row, rows, say
from bot.messages.ruletext import rule_line, rule_title
from bot.messages.voice import Voice
from bot.messages.wallets import rules_of
from bot.subscriptions import FlowTarget, PriceTarget, Watch


def welcome(answer: Welcome) -> Message:
    """At most five lines, one button each for what people come for."""
    told: list[Line] = []
    if answer.became_operator:
        told.append(say(_("You are my operator now.")))
    if answer.let_in:
        told.append(
            say(
                _(
                    "I listen here from now on: everybody here may look, admins may change things,"
                    " and {settings} shows who else."
                ),
                settings=code("/settings"),
            )
        )
    told.extend(
        (
            say(_("I watch Aave positions and warn you before they can be liquidated.")),
            say(_("Send me a wallet address or an ENS name.")),
        )
    )
    if answer.watches:
        watching = plural("I watch {n} thing here.", "I watch {n} things here.", answer.watches)
        told.append(say(watching, n=answer.watches))
    return Message(
        tuple(told),
        (),
        rows(
            row(
                Button(_("Watch a wallet"), Ask("watch.wallet")),
                press(_("Settings"), "settings"),
                press(_("Help"), "help"),
            )
        ),
    )


def help_message(answer: Help) -> Message:
    """One screen; or all about one command."""
    if len(answer.commands) == 1:
        return _one_command(answer.commands[0], shared=answer.shared)
    return Message(tuple(_command_line(one, shared=answer.shared) for one in answer.commands))


def _command_line(one: CommandFacts, *, shared: bool) -> Line:
    line = say("{name} {summary}", name=code(f"/{one.name}"), summary=one.summary)
    marks = {"editor": _("editors"), "admin": _("admins"), "operator": _("operators")}
    mark = marks.get(one.needs, "") if shared else ""
    return line + faint(say(_(" · changes by {who}"), who=mark)) if mark else line


def _one_command(one: CommandFacts, *, shared: bool) -> Message:
    told: list[Line] = [
        say("{name} {usage}", name=bold(f"/{one.name}"), usage=one.usage),
        plain(one.summary),
        *(plain(note) for note in one.notes),
        *((code(example),) for example in one.examples),
    ]
    needed = {
        "editor": _("Changes are for editors: admins, and whom they named with {example}."),
        "admin": _("Changes are for admins: on Telegram its administrators, on Discord who may manage it."),
        "operator": _("For my operators only."),
    }
    if shared and one.needs in needed:
        told.append(say(needed[one.needs], example=code("/settings editor add")))
    return Message(tuple(told))


def form_asked(answer: FormAsked) -> Message:
    """What to type, in place of fields to fill in."""
    return Message(
        (plain(answer.summary), say(_("Type it, like this: {example}"), example=code(answer.example)))
    )


def acked(voice: Voice, answer: Acked) -> Message:
    who = person_made(answer.by) or _("you")
    time = voice.figures.duration(answer.until - voice.now) if answer.until else ""
    if answer.alerts > 1:
        template = (
            _("All {n} snoozed for {time}, or until they get worse")
            if answer.until
            else _("All {n} acknowledged by {who}: silent until they get worse or are over")
        )
    else:
        template = (
            _("Snoozed for {time}, or until it gets worse")
            if answer.until
            else _("Acknowledged by {who}: silent until it gets worse or is over")
        )
    return Message((say(template, who=who, time=time, n=answer.alerts),))


def already_handled(voice: Voice, answer: AlreadyHandled) -> Message:
    template = (
        _("{by} has snoozed it until {until}, or until it gets worse")
        if answer.until
        else _("{by} has acknowledged it at {at}: silent until it gets worse or is over")
    )
    by = person_made(answer.by) or _("somebody")
    return Message((say(template, by=by, at=voice.moment(answer.at), until=voice.moment(answer.until)),))


# ---- rules, mutes, settings -----------------------------------------------------------------------------


def rules_shown(voice: Voice, answer: RulesShown) -> Message:
    told = [line for watch in answer.watches for line in rules_of(voice, watch)]
    first = answer.watches[0]
    example = code(f"/rules {first.number} {_sample(first)}")
    told.append(faint(say(_("Change one: {example}"), example=example)))
    return Message(tuple(told))


def _sample(watch: Watch) -> str:
    match watch.target:
        case PriceTarget():
            return "moves 5% 1h"
        case FlowTarget():
            return "transfer $5m"
        case _:
            return "hf 1.5 1.2 1.05"


def rule_changed(voice: Voice, answer: RuleChanged) -> Message:
    if answer.rule is not None:
        target = answer.watch.target
        coin = coin_of(voice, target) if isinstance(target, FlowTarget) else ""
        return Message((watch_name(voice, answer.watch), rule_line(voice, answer.rule, coin)))
    off = say(_("Switched off: {rule}"), rule=rule_title(answer.key))
    silent = () if answer.watch.rules else (say(_("No rule is left: this watch says nothing")),)
    return Message((watch_name(voice, answer.watch), off, *silent))


def muted(voice: Voice, answer: Muted) -> Message:
    who = watch_name(voice, answer.watch) if answer.watch else say(_("Everything here"))
    number = str(answer.watch.number) if answer.watch else "all"
    until = say(_(" is muted until {until}"), until=voice.moment(answer.until))
    after = _("What still holds then, I say then.")
    if answer.watch is None or not isinstance(answer.watch.target, PriceTarget | FlowTarget):
        after = _("A liquidation I tell even so. What else still holds then, I say then.")
    return Message((who + until, say(after)), (), rows(row(press(_("Unmute"), "unmute", number))))


def unmuted(voice: Voice, answer: Unmuted) -> Message:
    who = watch_name(voice, answer.watch) if answer.watch else say(_("Everything here"))
    return Message((who + say(_(" speaks again") if answer.was_muted else _(" was not muted")),))


# ---- status, why ------------------------------------------------------------------------------------------


def status(voice: Voice, answer: StatusShown) -> Message:
    told: list[Line] = [line for one in answer.markets for line in _market(voice, one)]
    if not answer.markets:
        told.append(say(_("I read no market yet.")))
    told.extend(line for one in answer.flows for line in flows_read(voice, one))
    told.append(
        say(
            _("Here: {watches} watched. Messages waiting: {waiting}, given up: {dead}"),
            watches=answer.watches,
            waiting=answer.waiting,
            dead=answer.dead,
        )
    )
    told.extend(plain(one) for one in answer.advice)
    return Message(tuple(told))


def _market(voice: Voice, one: MarketHealth) -> tuple[Line, ...]:
    title = (bold(clean(one.title, cap=48).text),)
    if one.head is None or one.silent_s is None:
        seen = say(_("not read yet"))
    else:
        seen = say(
            _("block {number}, read {ago} ago"),
            number=voice.figures.whole(one.head.number),
            ago=voice.figures.duration(one.silent_s),
        )
    parts = [title, seen, (code(one.endpoint),) if one.endpoint else ()]
    if one.accounts:
        parts.append(say(plural("{n} account", "{n} accounts", one.accounts), n=one.accounts))
    told = [joined(parts)]
    if one.checked:
        checked = say(
            _("checked against the contract {checked} times, {mismatches} mismatches"),
            checked=one.checked,
            mismatches=one.mismatches,
        )
        told.append(faint(say("  ") + joined((plain(one.basis), checked))))
    if one.fault:
        told.append(say(_("  fault: {fault}"), fault=clean(one.fault, cap=160).text))
    return tuple(told)


def why(voice: Voice, answer: Why) -> Message:
    """The last alert, and every piece of evidence it stood on."""
    alert = answer.alert
    if alert is None:
        return Message((say(_("I have sent no alert here yet.")),))
    told = [*alert_message(voice, alert, repeated=False).lines[:1], *_evidence(voice, alert)]
    if alert.rule is not None:
        told.append(say(_("Rule: ")) + rule_line(voice, alert.rule))
    told.append(_before(voice, alert))
    told.append(say(_("Decided at {at}"), at=voice.moment(alert.decided_at)))
    if answer.source:
        told.append(say(_("Read through {host}"), host=code(answer.source)))
    folded = alert_message(voice, alert, repeated=False).details
    return Message(tuple(line for line in told if line), folded)


def _evidence(voice: Voice, alert: Alert) -> tuple[Line, ...]:
    seen = alert.seen
    if isinstance(seen, Unseen):
        return (say(_("No reading for {silent}"), silent=voice.figures.duration(seen.silent_s)),)
    match seen:
        case PositionSeen():
            market = seen.position.market
        case FlowSeen():
            market = flows_key(seen.chain_id)
        case _:
            market = seen.market
    where = joined((plain(voice.atlas.market_title(market)), voice.block(market, seen.as_of)))
    block_hash = say(_("Block hash {hash}"), hash=code(seen.as_of.hash))
    if isinstance(seen, PositionSeen):
        exact = say(_("Exact health factor {hf}"), hf=_exact_health(voice, seen))
        return (where, block_hash, exact)
    if isinstance(seen, FlowSeen):
        return (where, block_hash)
    price = voice.figures.exact_price(seen.price, seen.base_unit)
    return (where, block_hash, say(_("Oracle price {price}"), price=price))


def _exact_health(voice: Voice, seen: PositionSeen) -> str:
    if not seen.position.has_debt:
        return "∞"
    return voice.figures.fixed(seen.position.health_factor, 18, trim=2)


def _before(voice: Voice, alert: Alert) -> Line:
    match alert.reason:
        case Reason.FIRST | Reason.STALE:
            return say(_("Before: nothing was told, all was clear"))
        case Reason.WORSENED | Reason.REMINDER | Reason.RESOLVED if alert.before and isinstance(
            alert.seen, PositionSeen
        ):
            if alert.rule is not None and alert.rule.key == "distance":
                return say(
                    _("Before: I told {value} to liquidation"),
                    value=voice.figures.exact_percent(alert.before),
                )
            return say(_("Before: I told HF {value}"), value=voice.figures.health(alert.before))
        case _:
            return ()
