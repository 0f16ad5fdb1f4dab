"""What may be wrong with a typed position, change or loop, in words: a part of `faults.PROBLEMS`."""

from collections.abc import Mapping
from typing import Final


def _n(text: str) -> str:
    """Marks a text for the catalogue without translating it yet."""
    return text


TYPED: Final[Mapping[str, str]] = {
    # amounts
    "negative_amount": _n("{wrong} is less than nothing: amounts have no minus here."),
    "amount_zero": _n("{wrong} is nothing at all: an amount must be more than 0."),
    "amount_too_large": _n("{wrong} is more than there is of anything: I take up to 10^15."),
    "amount_too_small": _n("{wrong} is less than the smallest unit of that token."),
    "amount_without_asset": _n("{wrong} of what? An asset is missing behind the number."),
    "asset_without_amount": _n("How much {wrong}? A number is missing before the asset."),
    "no_dollars_there": _n("This market does not count in dollars, so I cannot turn {wrong} into tokens."),
    # positions
    "missing_position": _n("Which position? Name what is supplied, then vs, then what is owed."),
    "collateral_without_debt": _n(
        "With {wrong} and no debt there is nothing to liquidate: say what is owed after vs."
    ),
    "debt_without_collateral": _n("Nobody lends {wrong} for nothing: say what is supplied before vs."),
    "asset_twice": _n("{wrong} stands twice on the same side: add it up, please."),
    "two_sides": _n("There is a second {wrong}: a position has two sides, supplied and owed."),
    "too_many_parts": _n("{wrong} is one asset too many: 16 on a side."),
    "unknown_coin": _n("This market has no asset {wrong}."),
    "ambiguous_coin": _n("This market has several assets {wrong}: name one by its address."),
    "no_price": _n("The market's oracle has no price of {wrong} just now."),
    "market_not_read": _n("I know {wrong} but do not read it: my host chooses the markets."),
    "unknown_emode": _n("This market has no eMode {wrong}."),
    "term_without_asset": _n("{wrong} is no collateral of this position, so it has no terms to replace."),
    "not_a_share": _n("{wrong} is not a share: write 0.83 or 83%."),
    "share_over_all": _n("{wrong} is over 100 %."),
    # changes
    "missing_whatif": _n("What if what? Name a position, then a change."),
    "missing_change": _n("What shall change? A price, an action, a term or a time is missing."),
    "unknown_change": _n("{wrong} is no change that I understand."),
    "too_many_changes": _n("{wrong} is one change too many: 20 at once."),
    "which_way": _n("{wrong} which way? Write a plus or a minus before it."),
    "fall_over_all": _n("{wrong} leaves no price: it can fall by less than 100 %."),
    "rise_too_large": _n("{wrong} is more than a thousandfold."),
    "action_without_amount": _n("How much? After {wrong} a number is missing, or the word all."),
    "action_without_asset": _n("{wrong} of what? There are several assets."),
    "all_of_what": _n("{wrong} has no end: name an amount."),
    "nothing_to_act_on": _n("There is nothing there for {wrong}."),
    "no_such_position": _n("I have no watch or owner {wrong} here, and it is no address or ENS name."),
    "nothing_to_try": _n("There is no position of {wrong} in the markets I read."),
    "price_is_live": _n("{wrong} cannot last: a watched position lives on the market's own prices."),
    # imagined watches
    "missing_edit": _n("What shall become of {wrong}? A change, a whole position or a name is missing."),
    "not_imagined": _n("Only its owner can change the position of {wrong}: I can rename it, or clone it."),
    "nothing_to_mirror": _n("There is no position of {wrong} to copy in the markets I read."),
    "not_a_scale": _n("{wrong} is no scale: x0.001, 1% or 1/1000, from a billionth to a million."),
    "too_many_imagined": _n("{wrong} is one imagined position too many: 50 in one list. Send it in another."),
    "cannot_be_imagined": _n("No account can be {wrong} in that market."),
    # loops
    "missing_loop": _n("Which loop? An amount, an asset and how far are missing."),
    "missing_goal": _n("How far? Behind {wrong} a goal is missing: 3x, ltv 70% or 4 rounds."),
    "missing_loop_debt": _n("What shall be borrowed against {wrong}? Say it after vs."),
    "unknown_goal": _n("{wrong} is no goal: write 3x, ltv 70% or 4 rounds."),
    "not_a_leverage": _n("{wrong} is no leverage between 1x and 100x."),
    "not_rounds": _n("{wrong} is no number of rounds between 1 and 50."),
    # owners and charts
    "missing_owner": _n("Whose is {wrong}? A name is missing before it."),
    "no_such_owner": _n("I know no owner {wrong} here."),
    "too_many_wallets": _n("{wrong} is one wallet too many: 50 at once."),
    "price_has_no_owner": _n("{wrong} is a price, and prices belong to nobody."),
    "missing_chart": _n("A chart of what? A watch, a wallet or an asset is missing."),
    "missing_replay": _n("A replay over what? An episode, a time like 7d, or dates are missing."),
    "replay_needs_position": _n("Over prices alone there are no wallets: name a watch or a position."),
    "replay_needs_asset": _n("The price of what? An asset is missing before the rule."),
    "replay_needs_file": _n("A file of prices must come with {wrong}."),
    "replay_own_terms": _n("An episode has its own terms: leave out those of {wrong}."),
    "replay_two_ladders": _n("{wrong} is a third set of rules: two are compared."),
    "replay_running": _n("I am playing something for this chat already. Wait for its end."),
    "replay_too_long": _n("{wrong} blocks are too long to play. Take a shorter time."),
    "replay_impossible": _n("That cannot be played: {wrong}."),
    "not_a_range": _n("{wrong} are no two dates, the first one first, at most 399 days apart."),
    "no_past_to_replay": _n("I kept no prices of that in this time."),
    "missing_story": _n("A story of whom? A wallet, a watch or an owner is missing."),
    "not_a_cost": _n("I cannot read {wrong} as dollars a coin."),
    "nothing_to_tell": _n("{wrong} has no wallet whose past could be read."),
    "nothing_to_chart": _n("There is no position of {wrong} to draw in the markets I read."),
}
