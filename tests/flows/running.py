"""One whole run: the chain is played, two programs watch it, one of them without traces; what they kept.

The first is interrupted by a reorganisation, a restart, failures of its store and a pause of 2,100 blocks.
The second begins after the pause.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from bot.domain.deposit_records import LEARNED, standing_of
from bot.domain.flows import Flow, FlowSums
from bot.domain.positions import Position
from bot.domain.units import Address
from tests.chain.lab import lab
from tests.flows.generator import Size, generate
from tests.flows.playing import Player
from tests.flows.program import Program, Told
from tests.flows.script import ETH, Act, Script
from tests.flows.world import EXCHANGES, World
from tests.store.server import server
from tests.watchers.proxy import Proxy

TOKENS = ("WETH", "WBTC", "wstETH", "USDC", "USDT")
PAUSE_BLOCKS, PAUSE_SECONDS = 2_100, 19


@dataclass(slots=True)
class Kept:
    """What a program knows in the end."""

    booked: tuple[Flow, ...]
    """All flows."""
    flows: tuple[Flow, ...]
    """Those that the log keeps one by one."""
    learned: frozenset[Address]
    told: list[Told]
    sums: FlowSums
    by_pair: dict[tuple[str, str], FlowSums] = field(default_factory=dict)
    """(symbol, exchange) -> sums of that alone."""


@dataclass(slots=True)
class Run:
    script: Script
    player: Player
    traced: Kept
    untraced: Kept
    untraced_since: int
    """The block after which the second program watched."""
    health: list[tuple[Position, int]]
    """Positions that were told, and the health factors that the contract had then."""
    prices: dict[int, dict[str, int]]
    gained: dict[tuple[str, str], int]
    """(token, exchange) -> by how much its wallets' balances on the chain grew."""


async def play(seed: int, size: Size) -> Run:
    """About half a minute for a quarter."""
    async with _opened(seed) as (player, world, urls, proxy), AsyncExitStack() as stack:
        script = generate(world, size, player.liars())
        player.open(script)
        player.empty()
        held = _held(player)
        first = Program(player, urls[0], player.anvil.url)
        second = Program(player, urls[1], proxy.url)
        for program in (first, second):
            stack.push_async_callback(program.stop)
        await first.start()
        await first.look()
        prices, since = await _played(script, player, first, second)
        await second.look()
        gained = {key: now - held[key] for key, now in _held(player).items()}
        return Run(
            script,
            player,
            await _kept(first, player),
            await _kept(second, player),
            since,
            first.health,
            prices,
            gained,
        )


@asynccontextmanager
async def _opened(seed: int) -> AsyncIterator[tuple[Player, World, tuple[str, str], Proxy]]:
    # The node keeps old states in files, gigabytes of them, and leaves them behind: here it keeps the newest.
    with lab("3.6", extra=["--prune-history", "300"]) as opened, server() as one, server() as other:
        world = World(opened.market, seed)
        async with Proxy(opened.anvil.url) as proxy:
            proxy.lacks = frozenset({"trace_block", "debug_traceBlockByHash", "debug_traceBlockByNumber"})
            yield Player(opened, world), world, (one, other), proxy


async def _played(
    script: Script, player: Player, first: Program, second: Program
) -> tuple[dict[int, dict[str, int]], int]:
    prices: dict[int, dict[str, int]] = {}
    now = {symbol: player.market.price(symbol) for symbol in player.market.reserves}
    now |= {f"a{symbol}": price for symbol, price in now.items()} | {ETH: now["WETH"]}
    blocks = len(script.blocks)
    restart = script.pause_before + (blocks - script.pause_before) // 2
    since = 0
    for number, acts in enumerate(script.blocks):
        if number == script.fork:
            await _doomed(script, player, first)
        if number == script.pause_before:
            for _ in range(
                PAUSE_BLOCKS // 100
            ):  # each block costs the node more, the more accounts there are
                player.anvil.mine(100, PAUSE_SECONDS)
            await second.start()
            await second.look()
            since = player.anvil.block_number()
        if number == restart:
            await first.restart()
        if script.fork + 9 <= number < script.fork + 19:
            first.spy.fails_before, first.spy.fails_after = number % 2, 1
        if number in script.prices:
            price = script.prices[number]
            now = now | {"WETH": price, "aWETH": price, ETH: price}
        mined = _mine(player, acts, script.prices.get(number))
        prices[mined] = now
        # Now and then two blocks are read at once; they share prices, so that none may change there.
        if number % 7 != 3 or number + 1 in script.prices:
            await first.look()
        if number % 10 == 9 and since:
            await second.look()
    await first.look()
    return prices, since


def _held(player: Player) -> dict[tuple[str, str], int]:
    held: dict[tuple[str, str], int] = {}
    for label in player.world.labels:
        for symbol in TOKENS:
            key = (symbol, label.exchange)
            held[key] = held.get(key, 0) + player.market.balance(player.world.token(symbol), label.address)
    return held


def _mine(player: Player, acts: Sequence[Act], price: int | None) -> int:
    return player.mine(acts, None if price is None else {"WETH": price})


async def _doomed(script: Script, player: Player, first: Program) -> None:
    """Blocks that are seen and told of, and then never were."""
    await first.look()
    kept = player.checkpoint()
    for acts in script.doomed:
        player.mine(acts)
        await first.look()
    player.back_to(kept)


async def _kept(program: Program, player: Player) -> Kept:
    chain_id = player.anvil.chain_id
    _, accounts, _ = await program.flows.load(chain_id)
    until = player.now + 1
    flows = await program.flows.flows(since=0)
    kept = Kept(
        tuple(program.books.flows),
        flows,
        frozenset(one for one, text in accounts.items() if standing_of(text) == LEARNED),
        program.told,
        await program.flows.sums(since=until - 6 * 86_400, until=until),
    )
    contracts = {flow.asset.symbol: f"{chain_id}/{flow.asset.address}" for flow in flows}
    for symbol, contract in contracts.items():
        for exchange in EXCHANGES:
            kept.by_pair[symbol, exchange] = await program.flows.sums(
                since=until - 6 * 86_400, until=until, assets=[contract], exchanges=[exchange]
            )
    return kept
