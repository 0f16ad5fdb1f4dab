"""Ways to type a filter of flows, right and wrong, and the page that shows each with its answer.

`python -m tests.handlers.commands.flow_ways` writes docs/INFLOWS.md; `test_flow_ways` holds it to the desk.
"""

import asyncio
from pathlib import Path
from typing import Final

from bot.messages.answers import Answer
from tests.handlers.commands.stand import SAVER, Stand
from tests.messages.samples import WALLET

PAGE: Final = Path(__file__).parents[3] / "docs" / "INFLOWS.md"
BEFORE: Final = f"/owner fund {WALLET} {SAVER}"
"""What is watched already: two wallets of one owner."""

RIGHT: Final = (
    ("What most want, in one tap", "/inflows on"),
    ("An amount alone is dollars, of anything, into any exchange", "/inflows 5m"),
    ("The same with a sign", "/inflows $5,000,000"),
    ("In words", "/inflows over 5 million dollars"),
    ("Behind an asset it is coins", "/inflows ETH 20000"),
    ("Or before it", "/inflows 20,000 ETH"),
    ("With no blank between", "/inflows 20kETH"),
    ("Nobody moves a million ether, so those are dollars", "/inflows ETH 25m"),
    ("With a sign they always are", "/inflows ETH $500k"),
    ("Dollar tokens are dollars", "/inflows USDT 50m"),
    ("An asset alone: from $10M on", "/inflows WBTC"),
    ("Several assets", "/inflows ETH, WBTC and USDC $20m"),
    (
        "ETH, BTC and USD mean all that moves with them, other names that token",
        "/inflows weth 5000",
    ),
    ("An asset by chain and contract", "/inflows 1/0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599 100"),
    ("To one exchange", "/inflows Binance 5m"),
    ("Its name may have two words", "/inflows to Coinbase Prime 5m"),
    ("To any of several", "/inflows ETH Binance OKX 1000"),
    ("From a wallet, by name: from the first dollar on", "/inflows from treasury.eth"),
    ("From a wallet, with a limit", "/inflows ETH from treasury.eth 1m"),
    ("From an address", f"/inflows from {WALLET} $100k"),
    ("From all wallets of an owner", "/inflows from fund"),
    ("From a watch, by its number", "/inflows from #1"),
    ("On one chain", "/inflows USDC on ethereum 10m"),
    ("What adds up in a time", "/inflows USDT Binance 50m in 24h"),
    ("Within, or per, is the same", "/inflows $200m within 1h"),
    ("What one sender adds up", "/inflows ETH $20m each in 12h"),
    ("The same, by sender", "/inflows by sender $20m"),
    ("An hour that is far from normal", "/inflows ETH unusual"),
    ("Such an hour, from an amount on", "/inflows ETH unusual $20m"),
    ("A summary once a day", "/inflows digest daily"),
    ("A summary each hour, of one exchange", "/inflows Binance digest hourly"),
    ("What leaves exchanges", "/inflows ETH out 20000"),
    ("What leaves them to one wallet", f"/inflows ETH out 20000 to {WALLET}"),
    ("Both ways", "/inflows WBTC both 500"),
    ("From one exchange to another", "/inflows between $50m"),
    ("The words in another order", "/inflows 24h Binance $500m USDT"),
)
WRONG: Final = (
    ("A name that nobody has", "/inflows ETHH 20000"),
    ("A token that is not read", "/inflows DOGE 5m"),
    ("An exchange with a slip", "/inflows Binanse 5m"),
    ("An amount that is none", "/inflows ETH 1.2.3"),
    ("Less than nothing", "/inflows ETH -20000"),
    ("Nothing", "/inflows ETH 0"),
    ("So little that a chat would drown", "/inflows 500"),
    ("More than there is", "/inflows 5000000b"),
    ("Two amounts", "/inflows ETH 5000 $5m"),
    ("Coins of what?", "/inflows ETH WBTC 5000"),
    ("A sum of coins", "/inflows ETH 20000 in 24h"),
    ("A window that is too short", "/inflows $5m in 5m"),
    ("A window that is too long", "/inflows $5m in 30d"),
    ("A time that is none", "/inflows $5m within soon"),
    ("From whom?", "/inflows ETH from"),
    ("From a name that points nowhere", "/inflows from nobody.eth"),
    ("From somebody that I do not know", "/inflows from trend"),
    ("An address with a typing error", f"/inflows from {WALLET[:-1]}a"),
    ("A transaction", f"/inflows from 0x{'ab' * 32}"),
    ("A wallet that neither sends nor receives", f"/inflows {WALLET} 5m"),
    ("A name that neither sends nor receives", "/inflows treasury.eth 5m"),
    ("A chain that nobody knows", "/inflows ETH on etherium 5m"),
    ("Unusual, and a window", "/inflows ETH unusual in 24h"),
    ("A digest with an amount", "/inflows digest daily 5m"),
    ("A digest that comes too rarely", "/inflows digest weekly"),
    ("A digest that is unusual", "/inflows digest daily unusual"),
    ("Words behind off", "/inflows off please"),
)
OTHERS: Final = (
    ("What is on", "/inflows"),
    ("Nothing any more", "/inflows off"),
    ("Another rule of a filter", "/rules 3 sum $50m 24h"),
    ("A rule of a filter off", "/rules 3 transfer off"),
    ("Another filter in its place", "/edit 3 WBTC 500"),
    ("A name for it", "/edit 3 as whales"),
    ("What flowed in a day", "/flows ETH 24h"),
    ("What flowed to one exchange in a week", "/flows USDT Binance 7d"),
    ("A time that is not kept", "/flows ETH 90d"),
    ("A word that is none", "/flows ETHH"),
    ("Whose an address is", "/who 0x28C6c06298d514Db089934071355E5743bf21d60"),
    ("Whose a wallet of ours is", "/who treasury.eth"),
    ("An address that only looks like it", "/who 0x28c6000000000000000000000000000000001d60"),
    ("A label of our own", "/label 0x52908400098527886E0F7030069857D2E4169EE7 Binance hot"),
    ("A desk that no list has", "/label 0x52908400098527886E0F7030069857D2E4169EE7 Night Desk"),
    ("A kind that there is not", "/label 0x52908400098527886E0F7030069857D2E4169EE7 Binance warm"),
    ("A token's contract", "/label 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2 Binance"),
    ("Whose?", "/label 0x52908400098527886E0F7030069857D2E4169EE7"),
    ("A label that is not there", "/label remove 0x52908400098527886E0F7030069857D2E4169EE7"),
    ("All of our labels", "/label list"),
)
SECTIONS: Final = (
    ("Right", RIGHT),
    ("Wrong, and what I answer", WRONG),
    ("Around it", OTHERS),
)
INTRO: Final = """# Ways to type a filter of flows

What `/inflows` and its neighbours understand, and what they answer when they do not. Every line is run
through the front desk by `tests/handlers/commands/test_flow_ways.py`, and the page is made of it. Three
exchanges have labels there, and where a line names a third watch, or is about what is on, that is
`/inflows ETH $20m`. Two wallets are watched before it, by

```text
{before}
```
"""


async def desk() -> Stand:
    stand = Stand()
    await stand.ask(BEFORE)
    return stand


async def answered(line: str) -> tuple[Answer, str]:
    """The facts and the words that one line gets, at a desk of its own."""
    stand = await desk()
    if " 3 " in line or line in {"/inflows", "/inflows off"}:
        await stand.ask("/inflows ETH $20m")
    words = await stand.ask(line)
    return stand.composer.heard[-1], words


async def page() -> str:
    parts = [INTRO.format(before=BEFORE)]
    for title, lines in SECTIONS:
        parts.append(f"## {title}\n")
        for about, line in lines:
            _facts, words = await answered(line)
            parts.append(f"{about}:\n\n```text\n> {line}\n{words}\n```\n")
    # What keeps platforms from making links has no business in a page that people copy from.
    return "\n".join(parts).replace("\u2060", "")


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(page()), encoding="utf-8")
