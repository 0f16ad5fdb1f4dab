"""A picture for senders to send."""

from bot.messages.model import Picture
from tests.chat.pictures import png

PICTURE = Picture(png(1000, 560), "ETH $2,190. Liquidation at $2,042")
