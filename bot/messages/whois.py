"""/who and /label in words: whose an address is, on whose word, and what else is to be known of it.

Called by `dispatch`. Addresses stand in full: what begins and ends alike is how people are fooled.
"""

from typing import Final

from bot.domain.deposits import DepositAddress
from bot.domain.labels import Label, LabelKind
from bot.domain.positions import Position
from bot.messages.atlas import flows_key, person_made
from bot.messages.catalogue import _, plural
from bot.messages.flowanswers import Behind, LabelRemoved, LabelSet, LabelsShown, WhoShown
from bot.messages.flowparts import confidence_words, full, source_words, transaction
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.names import watch_name
from bot.messages.rich import bold, code, faint, joined, link, plain, press, row, rows, say
from bot.messages.signs import health
from bot.messages.voice import Voice

LABELS_SHOWN: Final = 5
LOANS_SHOWN: Final = 4
ALIKE_SHOWN: Final = 5


def kind_word(kind: LabelKind) -> str:
    match kind:
        case LabelKind.HOT:
            return _("hot wallet")
        case LabelKind.COLD:
            return _("cold wallet")
        case LabelKind.MAIN:
            return _("wallet")
        case LabelKind.DEPOSIT:
            return _("deposit address of a customer")
        case LabelKind.CONTRACT:
            return _("contract: nothing there counts as an inflow")
        case LabelKind.STAKING:
            return _("staking address: nothing there counts as an inflow")


def who_shown(voice: Voice, answer: WhoShown) -> Message:
    """The address in full, what it begins and ends like, whose it is, what it owes."""
    told: list[Line] = [_title(voice, answer), (full(voice, answer.chain_id, answer.address),)]
    told.extend(_alike(voice, answer))
    told.extend(label_words(voice, one) for one in answer.labels[:LABELS_SHOWN])
    told.extend(line for one in answer.deposits for line in _learned(voice, one))
    if not answer.labels and not answer.deposits:
        told.append(say(_("No label: as far as I know it is no exchange's")))
    told.append(_code(answer))
    told.extend(_loans(voice, answer))
    if answer.watch is not None:
        told.append(say(_("Watched as ")) + watch_name(voice, answer.watch))
    details = [line for one in answer.deposits for line in _evidence(voice, one)]
    market = flows_key(answer.chain_id)
    watch = None if answer.watch is not None else press(_("Watch it"), "watch", answer.address)
    buttons = row(link(_("Explorer"), voice.atlas.address_url(market, answer.address)), watch)
    return Message(tuple(told), tuple(details), rows(buttons))


def _title(voice: Voice, answer: WhoShown) -> Line:
    if answer.labels:
        return say("{who}", who=bold(clean(answer.labels[0].exchange).text))
    if answer.deposits:
        text = _("deposit address of {exchange}")
        return say("{who}", who=bold(text.format(exchange=clean(answer.deposits[0].exchange).text)))
    return say("{who}", who=bold(voice.who(answer.name, answer.address)))


def _alike(voice: Voice, answer: WhoShown) -> tuple[Line, ...]:
    """The warning comes before anything that might calm."""
    return tuple(
        say(
            _("⚠ It begins and ends like {name}, and is another address: {address}"),
            name=person_made(one.name) or _("one that I know"),
            address=full(voice, answer.chain_id, one.address),
        )
        for one in answer.alike[:ALIKE_SHOWN]
    )


def label_words(voice: Voice, label: Label) -> Line:
    """Binance, hot wallet, on Ethereum · label sure: Binance's own proof of reserve, 2024-06 · Binance 14"""
    sources = ", ".join(dict.fromkeys(source_words(one, label.exchange) for one in label.sources))
    seen = clean(label.seen, cap=10).text
    claim = say("{confidence}: {sources}", confidence=confidence_words(label.confidence), sources=sources)
    if seen:
        claim += say(_(", {date}"), date=seen)
    note = clean(label.note).text
    return joined(
        (
            say(
                _("{exchange}, {kind}, on {chain}"),
                exchange=clean(label.exchange).text,
                kind=kind_word(label.kind),
                chain=voice.atlas.chain_title(label.chain_id),
            ),
            claim,
            plain(f"“{note}”") if note else (),
        )
    )


def _learned(voice: Voice, deposit: DepositAddress) -> tuple[Line, ...]:
    """Probable: a deposit address of Binance that I learned on ... from 3 sweeps"""
    count = plural(
        "Probable: a deposit address of {exchange}, learned on {at} from {n} sweep",
        "Probable: a deposit address of {exchange}, learned on {at} from {n} sweeps",
        deposit.sweeps,
    )
    exchange = clean(deposit.exchange).text
    return (
        say(
            count,
            exchange=exchange,
            at=voice.moment(deposit.learned_at),
            n=voice.figures.whole(deposit.sweeps),
        ),
    )


def _evidence(voice: Voice, deposit: DepositAddress) -> tuple[Line, ...]:
    """Each sweep that taught it: what came in, and that it went on."""
    return tuple(
        say(
            _("{asset} came in {paid} and went on to {exchange} {swept}, {at}"),
            asset=clean(one.asset).text,
            paid=transaction(voice, deposit.chain_id, one.paid_in),
            exchange=clean(deposit.exchange).text,
            swept=transaction(voice, deposit.chain_id, one.swept),
            at=voice.moment(one.at),
        )
        for one in deposit.evidence
    )


def _code(answer: WhoShown) -> Line:
    match answer.behind:
        case Behind.PERSON:
            return say(_("It has no code: somebody holds its key"))
        case Behind.CONTRACT:
            return say(_("It is a contract"))
        case Behind.UNKNOWN:
            return say(_("Whether it is a contract I cannot ask just now"))


def _loans(voice: Voice, answer: WhoShown) -> tuple[Line, ...]:
    if not answer.loans_known:
        return (say(_("Its loans I cannot ask for just now")),)
    told = [_loan(voice, one) for one in answer.loans[:LOANS_SHOWN]]
    if not told and not answer.loans_unread:
        told.append(say(_("It owes nothing in the markets I read")))
    if answer.loans_unread:
        titles = ", ".join(clean(one, cap=48).text for one in answer.loans_unread)
        told.append(say(_("Could not ask {titles}: no word about loans there"), titles=titles))
    return tuple(told)


def _loan(voice: Voice, one: Position) -> Line:
    debt = say(_("debt {value}"), value=voice.money(one.totals.debt_base, one)) if voice.amounts else ()
    return joined((plain(voice.atlas.market_title(one.market)), health(voice, one.health_factor), debt))


# ---- labels of a home --------------------------------------------------------------------------------------


def label_set(voice: Voice, answer: LabelSet) -> Message:
    label = answer.label
    first = say(_("Changed: ") if answer.replaced else _("Noted: ")) + label_words(voice, label)
    told = [first, (full(voice, label.chain_id, label.address),)]
    if answer.over is not None:
        told.append(say(_("It goes before what I had: ")) + label_words(voice, answer.over))
    told.append(
        faint(
            say(_("For this chat alone; {remove} undoes it"), remove=code(f"/label remove {label.address}"))
        )
    )
    return Message(tuple(told), (), rows(row(press(_("Who is it"), "who", label.address))))


def label_removed(voice: Voice, answer: LabelRemoved) -> Message:
    told: list[Line] = [say(_("Removed the label of {address}"), address=code(answer.address))]
    if answer.now is not None:
        told.append(say(_("What I know without it: ")) + label_words(voice, answer.now))
    return Message(tuple(told), (), rows(row(press(_("Who is it"), "who", answer.address))))


def labels_shown(voice: Voice, answer: LabelsShown) -> Message:
    """Those of the chat itself, a page of them; and how many there are besides."""
    known = say(_("{n} addresses of exchanges are known to me besides"), n=voice.figures.whole(answer.table))
    if not answer.labels:
        example = code("/label 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045 Binance hot")
        return Message((say(_("No labels of your own here. Set one: {example}"), example=example), known))
    told = [
        say(
            _("{address} {exchange}, {kind}"),
            address=full(voice, one.chain_id, one.address),
            exchange=clean(one.exchange).text,
            kind=kind_word(one.kind),
        )
        for one in answer.labels
    ]
    if answer.pages > 1:
        told.append(
            faint(
                say(
                    _("Page {page} of {pages}, {n} labels: {other}"),
                    page=answer.page,
                    pages=answer.pages,
                    n=answer.total,
                    other=code(f"/label list {answer.page % answer.pages + 1}"),
                )
            )
        )
    return Message((*told, known))
