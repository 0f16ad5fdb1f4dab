"""/wallets: everything watched here, a page at a time, each with its number and how it stands."""

from typing import Final

from bot.domain.observations import PriceSeen
from bot.errors import UserError
from bot.messages.answers import Answer, WalletFacts, WalletList, WalletRow
from bot.messages.catalogue import _
from handlers.commands.arguments import no_more
from handlers.commands.command import Call, Command, Form, Option
from handlers.commands.deposited import deposited_by
from handlers.commands.watched import read_all

PAGE: Final = 20
"""Watches on one: a screen, and few enough to be read while somebody waits."""


async def run(call: Call) -> Answer:
    watches = await call.watches()
    pages = max(1, -(-len(watches) // PAGE))
    page = page_of(call.args[0], pages, "/wallets") if call.args else 1
    no_more(call.args, 1, "/wallets")
    shown = watches[(page - 1) * PAGE : page * PAGE]
    found = await read_all(call, shown)
    rows = []
    for watch in shown:
        seen = found[watch.id]
        rows.append(
            WalletRow(
                watch,
                seen if isinstance(seen, WalletFacts) else None,
                seen if isinstance(seen, PriceSeen) else None,
            )
        )
    return WalletList(tuple(rows), page, pages, len(watches), await deposited_by(call, shown))


def page_of(word: str, pages: int, command: str) -> int:
    """The page of that number, of a list that `command` shows."""
    if not (word.isascii() and word.isdecimal() and len(word) < 6 and 1 <= int(word) <= pages):
        raise UserError("not_a_page", word, command if pages == 1 else f"{command} {pages}")
    return int(word)


COMMAND = Command(
    name="wallets",
    usage=_("[page]"),
    summary=_("What I watch here"),
    run=run,
    examples=("/wallets", "/wallets 1"),
    forms=(
        Form(
            "",
            _("What I watch here"),
            (Option("page", _("Of a long list, counted from 1"), required=False, sample="1"),),
        ),
    ),
)
