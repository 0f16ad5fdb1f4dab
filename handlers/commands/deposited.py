"""What wallets sent to exchanges in a week, those of one owner together. For cards and lists."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from bot.domain.flows import AssetSum, Deposits, Flow, FlowKind
from bot.domain.units import Address, Asset, BaseAmount, RawAmount
from bot.subscriptions import WalletTarget, Watch
from handlers.commands.command import Call

WEEK_S: Final = 7 * 86_400


async def deposited(call: Call, address: Address, watches: Sequence[Watch]) -> Deposits | None:
    """None where nothing is known of any."""
    senders = _with_owner(address, watches)
    since = call.now - WEEK_S
    return summed(await call.services.flows.flows(since=since, senders=senders), senders, since)


async def deposited_by(call: Call, watches: Sequence[Watch]) -> tuple[tuple[int, Deposits], ...]:
    """Of each wallet of a list that sent anything, by its number; asked once for all."""
    wallets = {one.number: one.target.address for one in watches if isinstance(one.target, WalletTarget)}
    if not wallets:
        return ()
    since = call.now - WEEK_S
    flows = await call.services.flows.flows(since=since, senders=frozenset(wallets.values()))
    found = ((number, summed(flows, {address}, since)) for number, address in wallets.items())
    return tuple((number, one) for number, one in found if one is not None)


def _with_owner(address: Address, watches: Sequence[Watch]) -> frozenset[Address]:
    mine = [(one.owner, one.target.address) for one in watches if isinstance(one.target, WalletTarget)]
    owners = {owner for owner, wallet in mine if owner and wallet == address}
    return frozenset({address, *(wallet for owner, wallet in mine if owner in owners)})


def summed(flows: Sequence[Flow], senders: Collection[Address], since: int) -> Deposits | None:
    """Inflows of these senders alone: what left an exchange is no deposit."""
    coins: dict[Asset, list[Flow]] = defaultdict(list)
    places: dict[str, int] = defaultdict(int)
    for flow in flows:
        if flow.kind is FlowKind.INFLOW and flow.sender in senders:
            coins[flow.asset].append(flow)
            places[flow.exchange] += flow.value or 0
    sums = [
        AssetSum(
            asset,
            RawAmount(sum(one.amount for one in found)),
            BaseAmount(sum(one.value or 0 for one in found)),
            len(found),
        )
        for asset, found in coins.items()
    ]
    if not sums:
        return None
    ranked = sorted(places, key=lambda name: -places[name])
    return Deposits(since, tuple(sorted(sums, key=lambda one: -one.value)), tuple(ranked))
