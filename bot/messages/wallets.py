"""Answers about wallets, positions and prices, in words. Called by `bot.messages.compose`."""

from bot.domain.alerts import Severity
from bot.domain.observations import PriceSeen
from bot.domain.positions import Position
from bot.domain.rules import Rule
from bot.domain.units import Address
from bot.messages import lines
from bot.messages.answers import (
    NoDebt,
    NothingThere,
    PositionShown,
    PriceShown,
    TestAlert,
    WalletFacts,
    WalletList,
    WalletRow,
)
from bot.messages.catalogue import _, plural
from bot.messages.fixes import fix
from bot.messages.flowfilter import coin_of
from bot.messages.flowtables import deposits_line
from bot.messages.imagined import Restless, Whose
from bot.messages.model import Button, Line, Message
from bot.messages.names import watch_name, whose
from bot.messages.odds import chance, chance_details, lifetime
from bot.messages.outlook import same_basket
from bot.messages.rich import bold, code, faint, joined, plain, press, row, rows, say
from bot.messages.ruletext import rule_line
from bot.messages.signs import head, health, severity_word
from bot.messages.voice import Voice, is_imagined
from bot.subscriptions import FlowTarget, Watch

Rows = tuple[tuple[Button, ...], ...]


def wallet_list(voice: Voice, answer: WalletList) -> Message:
    if not answer.rows:
        return Message(
            (
                say(_("I watch nothing here yet.")),
                say(_("Send me an address, or: {example}"), example=code("/watch vitalik.eth")),
            )
        )
    told = [_row(voice, one) for one in answer.rows]
    sent = tuple(
        say("#{number} ", number=number) + deposits_line(voice, deposits)
        for number, deposits in answer.deposits
    )
    if answer.pages == 1:
        return Message(tuple(told), sent)
    told.append(
        faint(
            say(
                _("Page {page} of {pages}, {watches} watched"),
                page=answer.page,
                pages=answer.pages,
                watches=answer.watches,
            )
        )
    )
    before = press(_("‹ Back"), "wallets", str(answer.page - 1)) if answer.page > 1 else None
    after = press(_("More ›"), "wallets", str(answer.page + 1)) if answer.page < answer.pages else None
    return Message(tuple(told), sent, rows(row(before, after)))


def _row(voice: Voice, one: WalletRow) -> Line:
    name = watch_name(voice, one.watch)
    muted: Line = ()
    if one.watch.muted_until > voice.now:
        muted = say(_("muted until {until}"), until=voice.moment(one.watch.muted_until))
    if isinstance(one.watch.target, FlowTarget):
        state = joined(
            [rule_line(voice, rule, coin_of(voice, one.watch.target)) for rule in one.watch.rules], "; "
        )
    elif one.price is not None:
        state = plain(voice.figures.price(one.price.price, one.price.base_unit))
    elif one.wallet is None:
        state = say(_("not readable now"))
    else:
        state = _state(voice, one.wallet)
    return joined((name, state, muted))


def _state(voice: Voice, wallet: WalletFacts) -> Line:
    """Its lowest health factor; debt that is not watched and markets that are not read are never left out."""
    parts: list[Line] = []
    elsewhere, unread = wallet.owes_elsewhere, len(wallet.unread)
    if wallet.indebted:
        lowest = wallet.indebted[0]
        market = plain(voice.atlas.market_title(lowest.market))
        parts += [health(voice, lowest.health_factor), _debt(voice, lowest), market]
    elif not elsewhere and not unread:
        parts.append(say(_("no debt") if wallet.positions else _("no position")))
    if elsewhere:
        parts.append(say(_("debt in {markets}, not watched"), markets=", ".join(elsewhere)))
    if unread == 1:
        parts.append(say(_("{market} not readable now"), market=wallet.unread[0]))
    elif unread:
        parts.append(
            say(plural("{n} market not readable now", "{n} markets not readable now", unread), n=unread)
        )
    return joined(parts)


def _debt(voice: Voice, position: Position) -> Line:
    """Empty where amounts are hidden: that it owes, the health factor says."""
    if not voice.amounts:
        return () if position.has_debt else say(_("no debt"))
    if not position.has_debt:
        return say(_("no debt"))
    return say(_("debt {value}"), value=voice.money(position.totals.debt_base, position))


def position_shown(voice: Voice, answer: PositionShown | NoDebt | NothingThere) -> Message:
    """Every position of the wallet, the most endangered first."""
    told = [whose(voice, Whose(answer.watch, answer.name, answer.address))]
    if not is_imagined(answer.address):
        told.append((code(answer.address),))
    restless = answer.restless if isinstance(answer, PositionShown) else ()
    folded: list[Line] = []
    ordered = (*answer.wallet.indebted, *(one for one in answer.wallet.positions if not one.has_debt))
    for position in ordered:
        told.extend(_card(voice, position, restless))
        folded.extend(lines.details(voice, position, timed=False))
        folded.extend(chance_details(voice, position, restless))
    folded.extend(lines.hidden(voice) if ordered else ())
    told.extend(_verdict(answer))
    if not isinstance(answer, NothingThere) and (sent := deposits_line(voice, answer.deposits)):
        told.append(sent)
    told.extend(_elsewhere(answer.wallet))
    buttons: list[tuple[Button, ...]] = [lines.links(voice, ordered[0])] if ordered else []
    if answer.watch is None and answer.watched:
        told.append(faint(say(_("Watched as #{number}"), number=answer.watched)))
    elif answer.watch is None:
        buttons.append(row(press(_("Watch it"), "watch", answer.address)))
    return Message(tuple(told), tuple(folded), rows(*buttons))


def _card(voice: Voice, position: Position, restless: tuple[Restless, ...]) -> tuple[Line, ...]:
    """One position in a few lines: how far, what to do, how long, how likely, how much."""
    # What is a loop within one basket has told its time already.
    time = () if same_basket(position, voice.baskets) else lifetime(voice, position)
    return (
        health_head(voice, position),
        *lines.danger(voice, position),
        *(line for line in (fix(voice, position),) if line),
        *time,
        *chance(voice, position, restless),
        lines.totals(voice, position),
    )


def health_head(voice: Voice, position: Position) -> Line:
    return joined(
        (
            say("{title}", title=bold(voice.atlas.market_title(position.market))),
            health(voice, position.health_factor),
        )
    )


def _verdict(answer: PositionShown | NoDebt | NothingThere) -> tuple[Line, ...]:
    """What the absence of debt or of anything means, and only for what was read."""
    match answer:
        case NoDebt():
            return (say(_("It owes nothing in the markets I read: nothing can be liquidated there")),)
        case NothingThere() if answer.wallet.unread:
            return (say(_("No position in the markets that answered")),)
        case NothingThere():
            return (say(_("No position in any market I read: nothing supplied, nothing owed")),)
        case _:
            return ()


def _elsewhere(wallet: WalletFacts) -> tuple[Line, ...]:
    told = []
    for title, has_debt in wallet.elsewhere:
        template = (
            _("It also has a position with debt in {title}, which I do not watch yet")
            if has_debt
            else _("It also has a position in {title}, which I do not watch yet")
        )
        told.append(say(template, title=title))
    if wallet.unread:
        markets = ", ".join(wallet.unread)
        told.append(say(_("Not readable now, so unknown: {markets}"), markets=markets))
    return tuple(told)


def summary(voice: Voice, wallet: WalletFacts) -> tuple[Line, ...]:
    """One line a position, then what else is to be known."""
    told = []
    for position in (*wallet.indebted, *(one for one in wallet.positions if not one.has_debt)):
        collateral: Line = ()
        if voice.amounts:
            value = voice.money(position.totals.collateral_base, position)
            collateral = say(_("collateral {value}"), value=value)
        told.append(joined((health_head(voice, position), _debt(voice, position), collateral)))
    if not wallet.positions and wallet.unread:
        told.append(say(_("No position in the markets that answered")))
    elif not wallet.positions:
        told.append(say(_("No position yet in the markets I read")))
    return (*told, *_elsewhere(wallet))


def title(voice: Voice, address: Address, name: str) -> Line:
    return say("{who}", who=bold(voice.who(name, address)))


def prices(voice: Voice, answer: PriceShown) -> Message:
    return Message(tuple(price_line(voice, one) for one in answer.prices))


def price_line(voice: Voice, seen: PriceSeen) -> Line:
    return joined(
        (
            say(
                "{coin} {price}",
                coin=voice.atlas.coin(seen.asset),
                price=bold(voice.figures.price(seen.price, seen.base_unit)),
            ),
            plain(voice.atlas.market_title(seen.market)),
            voice.block(seen.market, seen.as_of),
        )
    )


def test_alert(voice: Voice, answer: TestAlert) -> Message:
    """Shaped and loud like the worst alert, and plainly a test."""
    sign = _("{severity} TEST").format(severity=severity_word(Severity.CRITICAL).split(" ", 1)[0])
    name = watch_name(voice, answer.watch)
    what = say(_("This is a test: a critical alert arrives like this, with sound"))
    if answer.position is None:
        return Message((head(sign, name), what), silent=False)
    position = answer.position
    told = [head(sign, name, health(voice, position.health_factor)), *lines.danger(voice, position)]
    told.extend(line for line in (fix(voice, position),) if line)
    told.extend((lines.totals(voice, position), what))
    details = (*lines.details(voice, position), *lines.hidden(voice))
    return Message(tuple(told), details, rows(lines.links(voice, position)), silent=False)


def rules_of(voice: Voice, watch: Watch) -> tuple[Line, ...]:
    """A watch with its rules, one a line."""
    coin = coin_of(voice, watch.target) if isinstance(watch.target, FlowTarget) else ""

    def told(rule: Rule) -> Line:
        return say("  ") + rule_line(voice, rule, coin)

    nothing = (say(_("  no rules: it says nothing")),)
    return (watch_name(voice, watch), *(tuple(told(rule) for rule in watch.rules) or nothing))
