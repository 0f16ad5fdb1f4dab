"""A position as one would type it: what is read back makes the same account. For lists and names."""

from collections.abc import Sequence

from bot.domain import aave_config as config
from bot.domain.aave_state import AccountState, Holding
from bot.domain.aave_v3 import position
from bot.domain.positions import Owed, Supplied
from bot.domain.units import Bps
from bot.domain.whatif.changes import SetCategory
from bot.messages.numbers import plain_decimal
from bot.messages.typed.coins import Coins
from bot.messages.typed.storing import shortest, stored_debt, stored_supply
from bot.subscriptions import Terms


def printed(coins: Coins, account: AccountState, terms: Sequence[Terms] = ()) -> str:
    """`651000 WETH vs 958000000 USDT on ethereum emode 1 WETH.lt 83%`, at the market's block.

    Of an account that `storing` made it says what was typed, and reads back as the same account.
    """
    market, at = coins.market, position(coins.market, account)
    held = {market.reserves[one.reserve].asset: one for one in account.holdings}
    words = [" + ".join(_supplied(coins, part, held[part.asset]) for part in at.supplied)]
    if at.owed:
        words += ["vs", " + ".join(_owed(coins, part, held[part.asset]) for part in at.owed)]
    words += ["on", market.market]
    if account.emode:
        words += ["emode", str(account.emode)]
    words += [word for term in terms for word in _term(coins, account, term)]
    return " ".join(words)


def _supplied(coins: Coins, part: Supplied, held: Holding) -> str:
    reserve = coins.market.reserves[held.reserve]
    raw = shortest(
        part.amount, reserve, lambda one: stored_supply(one, reserve, coins.market) == held.scaled_supply
    )
    return f"{raw} {coins.spoken(part.asset)}{'' if part.collateral else ' idle'}"


def _owed(coins: Coins, part: Owed, held: Holding) -> str:
    reserve = coins.market.reserves[held.reserve]
    raw = shortest(
        part.amount, reserve, lambda one: stored_debt(one, reserve, coins.market) == held.scaled_debt
    )
    return f"{raw} {coins.spoken(part.asset)}"


def _term(coins: Coins, account: AccountState, term: Terms) -> list[str]:
    """Terms of an eMode are said of the first collateral that is in it: read back, they are the eMode's."""
    asset = _inside(coins, account) if isinstance(term, SetCategory) else term.asset
    name = coins.spoken(coins.find(asset).asset)
    values: tuple[tuple[str, Bps | None], ...] = (
        ("ltv", term.ltv_bps),
        ("lt", term.threshold_bps),
        ("bonus", term.bonus_bps),
    )
    return [f"{name}.{what} {plain_decimal(bps, 2)}%" for what, bps in values if bps is not None]


def _inside(coins: Coins, account: AccountState) -> str:
    category = coins.market.emodes[account.emode]
    for held in account.holdings:
        reserve = coins.market.reserves[held.reserve]
        inside = config.in_bitmap(category.collateral_bitmap, held.reserve) or (
            not category.collateral_bitmap and config.emode_category(reserve.configuration) == category.id
        )
        if held.scaled_supply and inside:
            return reserve.asset.address
    return coins.market.reserves[account.holdings[0].reserve].asset.address
