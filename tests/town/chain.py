"""What the product would read from chains, answered from memory: positions, prices, names and health."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.app.replaying import Replays
from bot.domain.units import Address
from bot.messages.compose import Composer
from bot.ports import SourceHealth, WalletSeen, WatchBook
from bot.store.outbox import StoredOutbox
from handlers.commands.command import Services
from tests.fakes import (
    FakeChain,
    FakeEyes,
    FakeHistory,
    FakeNames,
    FakePositions,
    FakePrices,
    FakeStates,
    FakeStories,
)
from tests.handlers.commands.literal import BASKETS, LIQUIDITY, MARKET_NOW, wallet_now
from tests.handlers.commands.lives import PAST
from tests.handlers.commands.stand import TRACKED
from tests.messages.samples import BLOCK, MARKET, USD, USDC, WALLET, WBTC, WETH, price, treasury

EMPTY = Address("0x00000000219ab540356cBB839Cbe05303d7705Fa")
"""A wallet that has nothing anywhere."""


@dataclass(slots=True)
class Chain:
    """One wallet with a name and a position, three priced assets, one market that is read."""

    positions: FakePositions = field(
        default_factory=lambda: FakePositions({WALLET: WalletSeen((treasury(4250 * USD),))})
    )
    prices: FakePrices = field(
        default_factory=lambda: FakePrices((price(WETH), price(USDC, USD), price(WBTC, 100_000 * USD)))
    )
    names: FakeNames = field(default_factory=lambda: FakeNames({"treasury.eth": WALLET}))
    eyes: FakeEyes = field(default_factory=FakeEyes)
    accounts: FakeChain = field(default_factory=FakeChain)
    states: FakeStates = field(
        default_factory=lambda: FakeStates(
            {MARKET.key: MARKET_NOW}, {(MARKET.key, WALLET): wallet_now()}, {MARKET.key: LIQUIDITY}
        )
    )
    history: FakeHistory = field(default_factory=FakeHistory)
    stories: FakeStories = field(default_factory=lambda: FakeStories(PAST))

    def services(
        self, book: WatchBook, outbox: StoredOutbox, composer: Composer, clock: Callable[[], float]
    ) -> Services:
        """All that commands reach."""
        self.eyes.findings = (
            SourceHealth(
                MARKET.key, MARKET.title, BLOCK, int(clock()) - 4, "rpc.example", "", 2, "computed", 40, 0
            ),
        )
        return Services(
            book=book,
            outbox=outbox,
            positions=self.positions,
            prices=self.prices,
            names=self.names,
            eyes=self.eyes,
            clock=clock,
            atlas=composer.atlas,
            states=self.states,
            history=self.history,
            baskets=BASKETS,
            chain=self.accounts,
            tracked=lambda: TRACKED,
            stories=self.stories,
            replays=Replays(),
        )
