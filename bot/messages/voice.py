"""What every sentence needs: the atlas, the chat's settings, its figures and the time of composing.

It also knows whether amounts may be told where this is read: a group sees none unless it chose to.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfoNotFoundError

from babel import UnknownLocaleError

from bot.domain.baskets import Basket
from bot.domain.positions import Position
from bot.domain.units import Address, Asset, BlockRef
from bot.domain.whatif.hypothetical import NOBODY
from bot.messages.atlas import Atlas, person_made, short_address
from bot.messages.catalogue import _
from bot.messages.model import Line, Span, Style
from bot.messages.numbers import Figures, Side
from bot.messages.rich import say
from bot.subscriptions import ChatSettings, Shown


@dataclass(frozen=True, slots=True)
class Voice:
    """One composing: nothing here is kept longer than one message."""

    atlas: Atlas
    settings: ChatSettings
    figures: Figures
    now: int
    amounts: bool = True
    """False: nothing that tells how much anybody has or owes; health factors, distances and prices stay."""
    baskets: tuple[Basket, ...] = ()
    """What is taken to move together; nothing where they are not given."""

    @classmethod
    def of(
        cls,
        atlas: Atlas,
        settings: ChatSettings,
        now: int,
        *,
        private: bool = True,
        baskets: tuple[Basket, ...] = (),
    ) -> "Voice":
        """`private`: one person alone reads it."""
        amounts = private if settings.amounts is Shown.AUTO else settings.amounts is Shown.ON
        return cls(atlas, settings, _figures(settings), now, amounts, baskets)

    def who(self, title: str, address: Address | None) -> str:
        """A label or name, else the short address."""
        made = person_made(title) if title else ""
        return made or (short_address(address) if address else _("this watch"))

    def address(self, market: str, address: Address) -> Span:
        """The full address, linked where the chain has an explorer."""
        return Span(address, Style.CODE, url=self.atlas.address_url(market, address))

    def of_whom(self, position: Position) -> Line:
        """Wallet 0x..., its full address linked; or that nobody has it."""
        if is_imagined(position.account):
            return say(_("Imagined: no wallet has this position"))
        return say(_("Wallet {address}"), address=self.address(position.market, position.account))

    def block(self, market: str, as_of: BlockRef) -> Line:
        """Block 24,100,233, 9 s old"""
        return say(
            _("block {number}, {age}"),
            number=Span(self.figures.whole(as_of.number), url=self.atlas.block_url(market, as_of.number)),
            age=self.age(as_of.timestamp),
        )

    def money(self, value: int, position: Position) -> str:
        return self.figures.money(value, position.base_unit)

    def holding(self, raw: int, asset: Asset, side: Side = Side.DOWN) -> str:
        """174.79 WETH; the symbol alone where amounts are hidden."""
        symbol = self.atlas.symbol(asset)
        return f"{self.figures.amount(raw, asset.decimals, side)} {symbol}" if self.amounts else symbol

    def age(self, at: int) -> Span:
        """How old something of that time is, which the platform may tell itself."""
        return Span(self.figures.age(self.now - at), time=at, is_age=True)

    def moment(self, at: int) -> Span:
        """A time the platform may localise."""
        return Span(self.figures.moment(at), time=at)


def is_imagined(account: Address) -> bool:
    """Whether an account is no address that anybody has: a watch's own (`Watch.account`), or nobody's."""
    return not account.startswith("0x") or account == NOBODY


def _figures(settings: ChatSettings) -> Figures:
    """A locale or zone that this installation does not know must not cost anyone an alert."""
    try:
        return Figures(settings.locale, settings.timezone)
    except (ValueError, UnknownLocaleError, ZoneInfoNotFoundError):
        return Figures()
