"""What the lines of a list ask of the outside: ENS names and prices, each once and a few at a time.

Used by /import; imagined positions are read by `importing`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from bot.domain.observations import PriceSeen
from bot.errors import SourceError, UserError
from bot.messages.listfile import FLOWS, MIRROR, PRICE, SIMULATE, Row
from handlers.commands.arguments import EXAMPLE_ADDRESS, Wallet, parse_address, wallet
from handlers.commands.command import Call
from handlers.commands.reading import market_key

NAMES_AT_MOST: Final = 50
"""ENS names of one list: each is a question to a node."""
PRICES_AT_MOST: Final = 100
AT_ONCE: Final = 5
EXAMPLE: Final = f"/import {EXAMPLE_ADDRESS}, treasury"

Asked = TypeVar("Asked")
Found = TypeVar("Found")
Answers = Mapping[Asked, Found | UserError]


async def look_up(
    call: Call, rows: Sequence[Row]
) -> tuple[Answers[str, Wallet], Answers[tuple[str, str], PriceSeen]]:
    """ENS names and prices of the list, each asked once and a few at a time."""
    others = {PRICE, SIMULATE, MIRROR, FLOWS}
    wallets = (row.address.casefold() for row in rows if row.kind not in others)
    names = dict.fromkeys(one for one in wallets if "." in one)
    prices = dict.fromkeys(price_key(row) for row in rows if row.kind == PRICE)

    async def name(word: str) -> Wallet:
        try:
            return await wallet(call, word, EXAMPLE)
        except SourceError as error:
            raise UserError("name_not_read", word, EXAMPLE) from error

    async def price(key: tuple[str, str]) -> PriceSeen:
        return await _price(call, *key)

    return (
        await _answers(names, name, NAMES_AT_MOST, lambda word: UserError("too_many_names", word, EXAMPLE)),
        await _answers(
            prices, price, PRICES_AT_MOST, lambda key: UserError("too_many_prices", key[0], EXAMPLE)
        ),
    )


async def _answers(
    questions: Iterable[Asked],
    ask: Callable[[Asked], Awaitable[Found]],
    most: int,
    refused: Callable[[Asked], UserError],
) -> dict[Asked, Found | UserError]:
    """The first `most` asked, the others refused."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(question: Asked) -> Found | UserError:
        async with gate:
            try:
                return await ask(question)
            except UserError as error:
                return error

    listed = tuple(questions)
    found = await asyncio.gather(*map(one, listed[:most]))
    return dict(zip(listed, found, strict=False)) | {other: refused(other) for other in listed[most:]}


def price_key(row: Row) -> tuple[str, str]:
    """(token, market)"""
    return row.address, row.market


async def _price(call: Call, token: str, market: str) -> PriceSeen:
    address = parse_address(token, EXAMPLE)
    key = market_key(call, market, EXAMPLE) if market else ""
    try:
        found = await call.services.prices.prices(address, key)
    except SourceError as error:
        raise UserError("price_not_read", token, EXAMPLE) from error
    if not found:
        raise UserError("unknown_asset", token, EXAMPLE)
    return found[0]
