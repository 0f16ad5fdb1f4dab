"""Fields that more than one command's forms have."""

from dataclasses import replace
from typing import Final

from bot.messages.catalogue import _
from handlers.commands.command import Option

WATCH: Final = Option("watch", _("Number, label or address of a watch here"), source="watch", sample="1")
WATCH_IF_ANY: Final = replace(WATCH, required=False)
WATCH_OR_ALL: Final = Option("watch", _("A watch, or all"), source="watch_or_all", sample="1")
ASSET: Final = Option("asset", _("Symbol or address of an asset"), source="asset", sample="ETH")
MARKET: Final = Option(
    "market", _("Which market, where several have it"), required=False, source="market", sample="ethereum"
)
PERCENT: Final = Option("percent", _("By how much, up or down"), sample="5%")
PRICE: Final = Option("price", _("In the currency of the market's oracle"), sample="2500")
WINDOW: Final = Option("time", _("Within which time"), required=False, source="duration", sample="1h")


def switch(name: str, summary: str, *values: str) -> Option:
    """One of a few words."""
    return Option(name, summary, choices=values, sample=values[0])
