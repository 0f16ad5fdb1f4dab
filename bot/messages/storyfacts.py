"""The answer of /story, as facts, and the same as JSON. Words are in `story`, the picture in `storychart`."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from bot.domain.story.books import Account, Realised, Trade
from bot.domain.story.events import WHOLE, Event
from bot.domain.story.past import PriceThen, Reach
from bot.domain.story.told import DebtSum, Story, Sum
from bot.domain.units import Asset, BaseAmount
from bot.messages.imagined import Whose
from bot.messages.numbers import plain_decimal

_USD_PLACES = 8


@dataclass(frozen=True, slots=True)
class StoryShown:
    """What became of a wallet, or of an owner's wallets together."""

    whose: Whose
    story: Story
    asked: str
    """What was typed for whom, to be asked again: hostile text."""
    titles: tuple[tuple[str, str], ...] = ()
    """What each family's coins are called, by its key."""
    cost_given: BaseAmount | None = None
    reach: tuple[Reach, ...] = ()
    prices: tuple[PriceThen, ...] = ()
    """In rising time."""
    unread: tuple[str, ...] = ()
    """Titles of markets whose logs could not be read."""
    own_coin: bool = False
    """Flows of a chain's own coin, which no log tells of, were kept by this bot and are in it."""
    episode: str = ""
    """The title of a recorded episode, when it is from one: hostile text."""

    def title(self, family: str) -> str:
        return dict(self.titles).get(family, "")

    def last_price(self, family: str) -> BaseAmount | None:
        return next((one.price for one in reversed(self.prices) if one.family == family), None)


def story_json(answer: StoryShown) -> dict[str, Any]:
    """Raw amounts as strings; coins and dollars as decimals, averages rounded down."""
    story = answer.story
    return {
        "of": answer.asked,
        "accounts": list(story.accounts),
        "since": story.since,
        "until": story.until,
        "episode": answer.episode,
        "whole": story.whole,
        "known_since": [
            {"markets": list(one.titles), "block": one.block, "at": one.at, "until": one.until.number}
            for one in answer.reach
        ],
        "unread": list(answer.unread),
        "cost_given": _dollars(answer.cost_given),
        "families": [_account(one, answer) for one in story.books],
        "debts": [_debt(one) for one in story.debts],
        "liquidations": story.liquidations,
        "penalties": _dollars(story.penalties),
        "penalties_unknown": story.penalties_unknown,
        "unmeasured": story.unmeasured,
        "sums": [_sum(one) for one in story.sums],
        "events": [_event(one) for one in story.events],
    }


def _account(one: Account, answer: StoryShown) -> dict[str, Any]:
    return {
        "family": one.family,
        "title": answer.title(one.family),
        "price_last": _dollars(answer.last_price(one.family)),
        "bought": _trade(one.bought),
        "brought": _trade(one.brought),
        "entry": _trade(one.entry),
        "sold": _trade(one.sold),
        "seized": _trade(one.seized),
        "earned": _coins(one.earned),
        "before": _coins(one.before),
        "realised": [_realised(by) for by in one.by],
    }


def _trade(one: Trade) -> dict[str, Any]:
    return {
        "coins": _coins(one.quantity),
        "value": _dollars(one.value),
        "average": _dollars(one.average),
        "unvalued": _coins(one.unvalued),
        "count": one.count,
    }


def _realised(one: Realised) -> dict[str, Any]:
    return {
        "accounting": one.accounting.value,
        "coins": _coins(one.sold),
        "proceeds": _dollars(one.proceeds),
        "cost": _dollars(one.cost),
        "profit": _dollars(one.profit),
        "uncosted": _coins(one.uncosted),
        "uncosted_proceeds": _dollars(one.uncosted_proceeds),
        "unvalued": _coins(one.unvalued),
        "left": _coins(one.left),
        "left_cost": _dollars(one.left_cost),
        "left_uncosted": _coins(one.left_uncosted),
    }


def _debt(one: DebtSum) -> dict[str, Any]:
    return {
        "market": one.market,
        "asset": _asset(one.asset),
        "borrowed": str(one.borrowed),
        "repaid": str(one.repaid),
        "by_liquidators": str(one.by_liquidators),
        "interest": None if one.interest is None else str(one.interest),
        "interest_value": _dollars(one.interest_value),
        "borrowed_value": _dollars(one.borrowed_value),
        "repaid_value": _dollars(one.repaid_value),
        "result": _dollars(one.result),
    }


def _sum(one: Sum) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "market": one.market,
        "asset": _asset(one.asset),
        "raw": str(one.amount),
        "value": _dollars(one.value),
        "count": one.count,
        "unvalued": one.unvalued,
    }


def _event(one: Event) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": one.kind.value,
        "at": one.at,
        "block": one.block,
        "tx": one.tx,
        "account": one.account,
        "market": one.market,
        "exchange": one.exchange,
        "other": one.other,
        "asset": _asset(one.asset),
        "raw": str(one.amount),
        "value": _dollars(one.value),
        "priced": one.priced.value,
        "source": one.source,
        "link": one.link,
        "certainty": one.certainty,
    }
    if one.debt is not None:
        told |= {
            "debt": _asset(one.debt),
            "repaid": str(one.repaid),
            "repaid_value": _dollars(one.repaid_value),
            "penalty": _dollars(one.penalty),
        }
    return told


def _asset(of: Asset) -> dict[str, Any]:
    return {"chain_id": of.chain_id, "address": of.address, "symbol": of.symbol, "decimals": of.decimals}


def _dollars(value: Fraction | int | None) -> str | None:
    return None if value is None else plain_decimal(floor(value), _USD_PLACES)


def _coins(quantity: int) -> str:
    return plain_decimal(quantity, len(str(WHOLE)) - 1)
