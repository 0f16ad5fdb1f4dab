"""/wallets: everything watched here, each with its number and how it stands."""

from bot.domain.observations import PriceSeen
from bot.messages.answers import Answer, WalletFacts, WalletList, WalletRow
from bot.messages.catalogue import _
from handlers.commands.arguments import no_more
from handlers.commands.command import Call, Command
from handlers.commands.reading import read_all


async def run(call: Call) -> Answer:
    no_more(call.args, 0, "/wallets")
    watches = await call.watches()
    found = await read_all(call, watches)
    rows = []
    for watch in watches:
        seen = found[watch.id]
        rows.append(
            WalletRow(
                watch,
                seen if isinstance(seen, WalletFacts) else None,
                seen if isinstance(seen, PriceSeen) else None,
            )
        )
    return WalletList(tuple(rows))


COMMAND = Command(
    name="wallets",
    usage="",
    summary=_("What I watch here"),
    run=run,
    examples=("/wallets",),
)
