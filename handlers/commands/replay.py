"""/replay: rules tried on the past: what would have been said, when, and how long before liquidation."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.rules import DEFAULT_RULES, Rule, TransferRule
from bot.domain.units import Address, Asset
from bot.errors import UserError
from bot.messages.answers import Answer
from bot.messages.catalogue import _
from bot.messages.imagined import ImagineRefused
from bot.messages.parsing import parse_duration
from bot.messages.replayfacts import ReplayShown, SeriesRefused
from bot.messages.ruleswords import flow_rules, price_rules, wallet_rules
from bot.ports.rehearsals import ReplayAsked
from handlers.commands.arguments import nearest
from handlers.commands.command import Call, Command, Form, Kind, Option
from handlers.commands.replayed import Subject, subject_of
from handlers.commands.replayseries import file_prices, kept_prices

EPISODE: Final = "trend-research"
EXAMPLE: Final = "/replay trend-research hf 1.5 1.25 1.1 vs hf 1.2 1.05"
VERSUS: Final = frozenset({"vs", "versus", "against"})
FILE: Final = "csv"
_WALLET: Final = frozenset({"hf", "distance", "changed", "liquidated", "closed"})
_PRICE: Final = frozenset({"above", "below", "moves"})
_FLOW: Final = frozenset({"transfer", "sum", "unusual", "digest"})
_RULES: Final = _WALLET | _PRICE | _FLOW
_RANGE: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)\Z", re.ASCII)
_LONGEST: Final = timedelta(days=399)


@dataclass(frozen=True, slots=True)
class _Over:
    """What it is played over: an episode, times of the past that was kept, or a file."""

    word: str
    episode: str = ""
    since: int = 0
    until: int = 0


async def run(call: Call) -> Answer:
    over, what, rules = _cut(call)
    if over.episode:
        market = await call.services.replays.market(over.episode)
        subject = await subject_of(call, what, _kind(rules), EXAMPLE, market)
    else:
        subject = await subject_of(call, what, _kind(rules), EXAMPLE, None)
    if isinstance(subject, ImagineRefused):
        return subject
    ladders = _ladders(rules, subject)
    settings = await call.services.book.settings(call.home)
    if over.episode:
        asked = ReplayAsked(
            call.home,
            ladders,
            over.episode,
            subject.account,
            subject.asset,
            subject.flow,
            settings=settings,
        )
    else:
        series = await _series(call, over, subject, what)
        if isinstance(series, SeriesRefused):
            return series
        asked = ReplayAsked(
            call.home,
            ladders,
            account=subject.account,
            asset=subject.asset,
            market=subject.market,
            series=series,
            settings=settings,
            kind="series" if over.word == FILE else "history",
        )
    played = await call.services.replays.play(asked)
    return ReplayShown("" if subject.whose else what, subject.whose, played, subject.taken)


async def _series(
    call: Call, over: _Over, subject: Subject, what: str
) -> Mapping[Address, tuple[tuple[int, int], ...]] | SeriesRefused:
    if subject.market is None:
        raise UserError("replay_needs_position", what or over.word, f"/replay 10 ETH vs 15k USDC {over.word}")
    if over.word == FILE:
        return await file_prices(call, subject, EXAMPLE)
    return await kept_prices(call, subject, over.since, over.until, EXAMPLE)


# ---- reading what was typed -------------------------------------------------------------------------------


def _cut(call: Call) -> tuple[_Over, str, list[str]]:
    """(over what, the position's words, the rules' words)."""
    words = [word for word in call.args if word]
    if not words and call.request.file is None:
        raise UserError("missing_replay", example=EXAMPLE)
    rules_at = _rules_at(words)
    place = _over_at(call, words, rules_at)
    if place is None:
        if call.request.file is not None:
            return _Over(FILE), " ".join(words[:rules_at]), words[rules_at:]
        wrong = words[-1]
        raise UserError("missing_replay", wrong, EXAMPLE, nearest(wrong, call.services.replays.episodes()))
    over = _over(call, words[place])
    before = [word for at, word in enumerate(words) if at != place and at < rules_at]
    after = [word for at, word in enumerate(words) if at != place and at >= rules_at]
    if over.word == FILE and call.request.file is None:
        raise UserError("replay_needs_file", words[place], EXAMPLE)
    return over, " ".join(before), after


def _rules_at(words: Sequence[str]) -> int:
    return next((at for at, word in enumerate(words) if word.casefold() in _RULES), len(words))


def _over_at(call: Call, words: Sequence[str], rules_at: int) -> int | None:
    """An episode's name may stand anywhere, times only before the rules, which have times of their own."""
    named = [at for at, word in enumerate(words) if _episode(call, word)]
    if named:
        return named[0]
    times = [at for at, word in enumerate(words[:rules_at]) if _is_time(word) or word.casefold() == FILE]
    return times[-1] if times else None


def _episode(call: Call, word: str) -> str:
    """The episode's name, in any case; empty for none."""
    replays = call.services.replays
    return next((one for one in (word, word.casefold()) if replays.knows(one)), "")


def _is_time(word: str) -> bool:
    if _RANGE.match(word):
        return True
    try:
        return parse_duration(word) >= 3_600 and word[-1:].isalpha() and word[-1:].casefold() != "m"
    except ValueError:
        return False


def _over(call: Call, word: str) -> _Over:
    if episode := _episode(call, word):
        return _Over(word, episode=episode)
    if word.casefold() == FILE:
        return _Over(FILE)
    match = _RANGE.match(word)
    if match is None:
        return _Over(word, since=call.now - parse_duration(word), until=call.now)
    try:
        since, until = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in match.groups())
    except ValueError as error:
        raise UserError("not_a_range", word, "/replay 1 2026-02-01..2026-02-08") from error
    until += timedelta(days=1)  # the last day is meant with it
    if not since < until <= since + _LONGEST:
        raise UserError("not_a_range", word, "/replay 1 2026-02-01..2026-02-08")
    return _Over(word, since=int(since.timestamp()), until=int(until.timestamp()))


def _kind(rules: Sequence[str]) -> str:
    name = rules[0].casefold() if rules else ""
    return "flow" if name in _FLOW else "price" if name in _PRICE else "wallet" if name in _WALLET else ""


def _ladders(words: Sequence[str], subject: Subject) -> tuple[tuple[Rule, ...], ...]:
    """One set of rules, or two with vs between; none typed: the watch's own, else the usual ones."""
    sides: list[list[str]] = [[]]
    for word in words:
        if word.casefold() in VERSUS:
            sides.append([])
        else:
            sides[-1].append(word)
    if len(sides) > 2:
        raise UserError("replay_two_ladders", " ".join(sides[2]), EXAMPLE)
    if not words:
        return (subject.rules or _usual(subject),)
    if not all(sides):
        raise UserError("missing_value", "vs", EXAMPLE)
    return tuple(_read(side, subject) for side in sides)


def _usual(subject: Subject) -> tuple[Rule, ...]:
    return (TransferRule(),) if subject.flow is not None else DEFAULT_RULES


def _read(words: Sequence[str], subject: Subject) -> tuple[Rule, ...]:
    parts: list[list[str]] = []
    for word in words:
        if word.casefold() in _RULES or not parts:
            parts.append([])
        parts[-1].append(word)
    text = "; ".join(" ".join(part) for part in parts)
    try:
        return _rules(text, subject.asset, subject)
    except ValueError as error:
        raise UserError("unknown_rule", str(error), EXAMPLE) from error


def _rules(text: str, asset: Asset | None, subject: Subject) -> tuple[Rule, ...]:
    if subject.flow is not None:
        return flow_rules(text)
    if asset is not None:
        return price_rules(text, asset, subject.base_unit)
    return wallet_rules(text)


COMMAND = Command(
    name="replay",
    usage=_("[watch or position] <episode, 7d or dates> [rules] [vs rules]"),
    summary=_("Try rules on the past: what I would have said, and when"),
    run=run,
    examples=(
        EXAMPLE,
        "/replay 10 ETH vs 16k USDT trend-research hf 1.5 1.2",
        "/replay 1 trend-research",
        "/replay ETH below 2000 trend-research",
    ),
    notes=(
        _("Episodes: {names}. Or the prices that I kept: {week}, {dates}").format(
            names="trend-research, short-squeeze, gap",
            week="/replay 1 7d",
            dates="/replay 1 2026-02-01..2026-02-08",
        ),
        _("A file of prices: send lines of time,price with {like}").format(
            like="/replay 10 ETH vs 16k USDC csv"
        ),
        _("Nothing is sent and nothing is kept: docs/REPLAYING.md says how it is reckoned."),
    ),
    forms=(
        Form(
            "",
            _("Try rules on the past: what I would have said, and when"),
            (
                Option(
                    "over",
                    _("An episode, 7d, or dates with two points between them"),
                    source="past",
                    sample=EPISODE,
                ),
                Option(
                    "what",
                    _("A watch, or a position as for /simulate"),
                    required=False,
                    source="watch",
                    sample="10 ETH vs 16k USDT",
                ),
                Option(
                    "rules",
                    _("hf 1.5 1.2, and vs other rules"),
                    required=False,
                    sample="hf 1.5 1.2 vs hf 1.1",
                ),
                Option("file", _("Lines of time,price, with csv as over"), required=False, kind=Kind.FILE),
            ),
        ),
    ),
)
