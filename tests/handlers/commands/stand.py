"""A front desk over fakes, with one chat that knows a few wallets and prices."""

from dataclasses import dataclass, field

from bot.app.replaying import Replays
from bot.domain.labels import Confidence, Label, LabelKind
from bot.domain.positions import Position
from bot.domain.units import Address, Asset
from bot.messages.answers import Answer
from bot.messages.compose import Composer
from bot.messages.model import Button, Message, Press
from bot.messages.rich import text_of
from bot.ports import (
    AskStanding,
    Elsewhere,
    Person,
    Request,
    SourceHealth,
    Standing,
    TrackedAsset,
    WalletSeen,
    no_standing,
)
from bot.subscriptions import ChatSettings, Destination
from handlers.commands.access import FloodGate, Policy
from handlers.commands.command import Services
from handlers.commands.desk import FrontDesk
from tests.fakes import (
    FakeBook,
    FakeChain,
    FakeEyes,
    FakeHistory,
    FakeLabels,
    FakeNames,
    FakeOutbox,
    FakePositions,
    FakePrices,
    FakeStates,
    FakeStories,
)
from tests.flowfakes import FakeFlows
from tests.handlers.commands.literal import ATLAS, BASKETS, LIQUIDITY, MARKET_NOW, USDT, wallet_now
from tests.messages.flows import BINANCE, ETH
from tests.messages.samples import (
    BLOCK,
    NOW,
    STRANGE,
    USD,
    USDC,
    WALLET,
    WBTC,
    WETH,
    WSTETH,
    position,
    price,
    supplied,
    treasury,
)

POOL = Address("0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2")
"""Aave's on Ethereum: a contract that is no token."""
CHAT = Destination("telegram", "7")
ADA = Person("telegram/7", "Ada")
SAVER = Address("0x47ac0Fb4F2D84898e4D9E7b4DaB3C24507a6D503")
EMPTY = Address("0x00000000219ab540356cBB839Cbe05303d7705Fa")
OLD = Address("0x2FAF487A4414Fe77e2327F0bf4AE2a264a776AD2")
PRIME = Address("0xDfD76BbFEB9Eb8322F3696d3567e03f894C40d6c")
OKX = Address("0x6cC5F688a315f3dC28A7781717a9A798a59fDA7b")
LINK = Asset(1, Address("0x514910771AF9Ca656af840dff83E8264EcF986CA"), "LINK", 18)


CODE = "ABCD234567"
LABELS = (
    Label(
        1,
        BINANCE,
        "Binance",
        LabelKind.HOT,
        Confidence.SURE,
        ("exchange-proof-of-reserve",),
        "2024-06",
        "Binance 14",
    ),
    Label(1, PRIME, "Coinbase Prime", LabelKind.MAIN, Confidence.LIKELY, ("defillama",), "2025-01"),
    Label(1, OKX, "OKX", LabelKind.COLD, Confidence.SURE, ("defillama", "explorer-derived"), "2026-08"),
)
TRACKED = (
    TrackedAsset(ETH, "eth", WETH.address),
    TrackedAsset(WETH, "eth", WETH.address),
    TrackedAsset(WSTETH, "eth", WSTETH.address),
    TrackedAsset(WBTC, "btc", WBTC.address),
    TrackedAsset(USDC, "usd", USDC.address),
    TrackedAsset(USDT, "usd", USDT.address),
    TrackedAsset(LINK, "link", LINK.address),
)


def as_standing(*, is_admin: bool = False, roles: tuple[str, ...] = (), is_known: bool = True) -> AskStanding:
    """What the platform would say of somebody."""

    async def ask() -> Standing:
        return Standing(is_admin, frozenset(roles), is_known)

    return ask


def saver() -> Position:
    return position(supplied(USDC, 5_000 * 10**6, USD, threshold=7800), account=SAVER)


@dataclass(frozen=True)
class Listening(Composer):
    """Keeps the facts that it makes words of."""

    heard: list[Answer] = field(default_factory=list)

    def answer(self, answer: Answer, settings: ChatSettings, *, now: int, private: bool = True) -> Message:
        self.heard.append(answer)
        return super().answer(answer, settings, now=now, private=private)

    def flash(self, answer: Answer, settings: ChatSettings, *, now: int, private: bool = True) -> str:
        self.heard.append(answer)
        return super().flash(answer, settings, now=now, private=private)


@dataclass
class Stand:
    """`ask` sends a line as Ada in her private chat and gives back the message she reads."""

    book: FakeBook = field(default_factory=FakeBook)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    positions: FakePositions = field(default_factory=FakePositions)
    prices: FakePrices = field(default_factory=FakePrices)
    names: FakeNames = field(default_factory=FakeNames)
    eyes: FakeEyes = field(default_factory=FakeEyes)
    states: FakeStates = field(default_factory=FakeStates)
    history: FakeHistory = field(default_factory=FakeHistory)
    flows: FakeFlows = field(default_factory=FakeFlows)
    labels: FakeLabels = field(default_factory=lambda: FakeLabels(LABELS))
    chain: FakeChain = field(default_factory=FakeChain)
    tracked: tuple[TrackedAsset, ...] = TRACKED
    stories: FakeStories = field(default_factory=FakeStories)
    replays: Replays = field(default_factory=Replays)
    policy: Policy = field(default_factory=lambda: Policy(operators=frozenset({"telegram/7"})))
    now: float = NOW
    requests: int = 0

    def __post_init__(self) -> None:
        self.book.now = self.now
        self.positions.wallets = {
            WALLET: WalletSeen((treasury(4250 * USD),)),
            SAVER: WalletSeen((saver(),)),
            OLD: WalletSeen((), (Elsewhere("Aave v2 Ethereum", has_debt=True),), ("Aave v3 Base",)),
        }
        self.prices.known = (
            price(WETH),
            price(USDC, USD),
            price(WBTC, 100_000 * USD),
            price(STRANGE, 2 * USD, market="elsewhere"),
        )
        self.names.table = {"treasury.eth": WALLET}
        self.eyes.findings = (
            SourceHealth(
                "ethereum", "Aave v3 Ethereum", BLOCK, NOW - 4, "rpc.example", "", 2, "computed", 40, 0
            ),
        )
        self.states.markets = {"ethereum": MARKET_NOW}
        self.states.accounts = {("ethereum", WALLET): wallet_now()}
        self.states.liquidity = {"ethereum": LIQUIDITY}
        services = Services(
            self.book,
            self.outbox,
            self.positions,
            self.prices,
            self.names,
            self.eyes,
            lambda: self.now,
            ATLAS,
            lambda: ("The store keeps no append-only file.",),
            lambda: CODE,
            self.states,
            self.history,
            BASKETS,
            flows=self.flows,
            labels=self.labels,
            chain=self.chain,
            tracked=lambda: self.tracked,
            contracts=frozenset({POOL}),
            stories=self.stories,
            replays=self.replays,
        )
        self.composer = Listening(ATLAS, BASKETS)
        self.desk = FrontDesk(services, self.composer, self.policy, gate=FloodGate(most=1000))

    def request(
        self,
        text: str = "",
        *,
        press: str = "",
        person: Person = ADA,
        place: Destination = CHAT,
        private: bool = True,
        server: str = "",
        answer_to: str = "",
        standing: AskStanding = no_standing,
    ) -> Request:
        self.requests += 1
        return Request(
            str(self.requests),
            place,
            person,
            text,
            press,
            private=private,
            server=server,
            answer_to=answer_to,
            standing=standing,
        )

    async def message(self, request: Request) -> Message | None:
        """What the request led to in the outbox; None = nothing."""
        before = len(self.outbox.messages)
        await self.desk.handle(request)
        new = self.outbox.messages[before:]
        assert len(new) <= 1
        return new[0] if new else None

    async def hears(self, request: Request) -> Answer | None:
        """The facts of what is answered or flashed; None = silence."""
        before = len(self.composer.heard)
        await (self.desk.notice(request) if request.press else self.desk.handle(request))
        new = self.composer.heard[before:]
        assert len(new) <= 1
        return new[0] if new else None

    async def ask(self, text: str) -> str:
        message = await self.message(self.request(text))
        assert message is not None
        return text_of(message.lines)

    async def press(self, button: str, request: Request | None = None) -> tuple[str, list[str]]:
        """(what flashed, the messages that followed) for a press of callback data `button`."""
        before = len(self.outbox.messages)
        flash = await self.desk.notice(request or self.request(press=button))
        return flash, [text_of(one.lines) for one in self.outbox.messages[before:]]


def presses(message: Message) -> dict[str, str]:
    """Label -> callback data."""
    buttons: list[Button] = [button for row in message.buttons for button in row]
    return {button.label: button.action.data() for button in buttons if isinstance(button.action, Press)}
