"""Answers about what is watched: added, known already, removed, offered. Called by `bot.messages.compose`."""

from bot.domain.positions import Position
from bot.domain.rules import HealthRule
from bot.domain.units import BPS
from bot.messages.answers import AlreadyWatched, Offer, Removed, WalletFacts, WatchAdded
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.model import Button, Line, Message
from bot.messages.names import watch_name
from bot.messages.outlook import collateral_price_at
from bot.messages.rich import bold, code, press, row, rows, say
from bot.messages.ruletext import rule_line
from bot.messages.voice import Voice
from bot.messages.wallets import price_line, summary, title
from bot.subscriptions import ImaginedTarget, MirrorTarget, WalletTarget, Watch


def added(voice: Voice, answer: WatchAdded) -> Message:
    watch = answer.watch
    told: list[Line] = [say(_("Watching ")) + watch_name(voice, watch)]
    if answer.price is not None:
        told.append(price_line(voice, answer.price))
        if answer.rule is not None:
            told.append(rule_line(voice, answer.rule))
        return Message(tuple(told), (), rows(row(*_more_buttons(watch))))
    if isinstance(watch.target, (WalletTarget, MirrorTarget)):
        told.append((code(watch.target.address),))
    told.extend(
        say(_("{typed} is taken for {token}"), typed=clean(typed).text, token=clean(token).text)
        for typed, token in answer.taken
    )
    told.extend(_terms(watch))
    if answer.wallet is None:
        told.append(say(_("I cannot read it just now; I keep trying, and the watch stands")))
    else:
        told.extend(summary(voice, answer.wallet))
        told.extend(_first_alerts(voice, watch, answer.wallet))
    test = press(_("Test alert"), "test", str(watch.number))
    return Message(tuple(told), (), rows(row(test, *_more_buttons(watch))))


def _terms(watch: Watch) -> tuple[Line, ...]:
    """On what what nobody has lives."""
    match watch.target:
        case ImaginedTarget(terms=()):
            return (say(_("Nobody has it. Interest accrues at the market's own rates from now on")),)
        case ImaginedTarget():
            return (
                say(_("Nobody has it. Interest accrues at the market's own rates from now on;")),
                say(_("terms you set replace the market's, for it alone")),
            )
        case MirrorTarget():
            return (say(_("It follows what that wallet does, at its scale")),)
        case _:
            return ()


def _more_buttons(watch: Watch) -> tuple[Button, ...]:
    number = str(watch.number)
    return (press(_("Rules"), "rules", number), press(_("Stop watching"), "unwatch", number))


def _first_alerts(voice: Voice, watch: Watch, wallet: WalletFacts) -> tuple[Line, ...]:
    """Where the ladder's first step lies for each position with debt."""
    rule = next((one for one in watch.rules if isinstance(one, HealthRule)), None)
    if rule is None:
        return ()
    if not wallet.indebted:
        if wallet.unread or wallet.owes_elsewhere:
            return ()  # that nothing is owed is not known, or not true
        template = _(
            "Nothing is owed in the markets I watch: the first alert comes if it borrows there"
            " and falls below HF {level}"
        )
        return (say(template, level=voice.figures.level(rule.levels[0])),)
    return tuple(_first_alert(voice, rule, position) for position in wallet.indebted)


def _first_alert(voice: Voice, rule: HealthRule, position: Position) -> Line:
    now = position.health_factor
    ahead = [level for level in rule.levels if level <= now]
    if len(ahead) < len(rule.levels):
        passed = min(level for level in rule.levels if level > now)
        return say(
            _("It is below {level} already: the first alert comes with the next block"),
            level=voice.figures.level(passed),
        )
    level = ahead[0]
    text = bold(voice.figures.level(level))
    fall = voice.figures.percent(BPS - -(-BPS * level // now))
    at = collateral_price_at(position, level)
    if at is None:
        return say(_("First alert below HF {level}: if all collateral falls {fall}"), level=text, fall=fall)
    price = voice.figures.price(at[1], position.base_unit)
    return say(
        _("First alert below HF {level}: if {coin} falls {fall}, to {price}"),
        level=text,
        coin=voice.atlas.coin(at[0]),
        fall=fall,
        price=price,
    )


def already(voice: Voice, answer: AlreadyWatched) -> Message:
    template = _("Renamed: ") if answer.renamed else _("I watch that already: ")
    return Message(
        (say(template) + watch_name(voice, answer.watch),), (), rows(row(*_more_buttons(answer.watch)))
    )


def removed(voice: Voice, answer: Removed) -> Message:
    again: Button | None = None
    if isinstance(answer.watch.target, WalletTarget):
        again = press(_("Watch again"), "watch", answer.watch.target.address)
    return Message((say(_("No longer watching ")) + watch_name(voice, answer.watch),), (), rows(row(again)))


def offer(voice: Voice, answer: Offer) -> Message:
    told: list[Line] = [title(voice, answer.address, answer.name), (code(answer.address),)]
    if answer.wallet is None:
        told.append(say(_("I cannot read it just now")))
    else:
        told.extend(summary(voice, answer.wallet))
    if answer.watched:
        told.append(say(_("I watch it as #{number}"), number=answer.watched))
        return Message(tuple(told), (), rows(row(press(_("Position"), "position", str(answer.watched)))))
    told.append(say(_("Shall I watch it?")))
    argument = answer.address
    return Message(
        tuple(told),
        (),
        rows(row(press(_("Watch it"), "watch", argument), press(_("Details"), "position", argument))),
    )
