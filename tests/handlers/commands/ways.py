"""Ways to type a position, right and wrong, and the page that shows each with its answer.

`python -m tests.handlers.commands.ways` writes docs/POSITIONS.md; `test_ways_to_type` holds it to the desk.
"""

import asyncio
from pathlib import Path
from typing import Final

from bot.messages.answers import Answer
from tests.handlers.commands.stand import Stand
from tests.messages.samples import WALLET, WETH

PAGE: Final = Path(__file__).parents[3] / "docs" / "POSITIONS.md"
DEMO: Final = "/simulate 10 ETH vs 20k USDC as demo"
"""What is watched already where a line is about a watch."""

RIGHT: Final = (
    ("The least: what is supplied, `vs`, what is owed", "/simulate 651k ETH vs 958m USDT"),
    ("Symbols in any case", "/simulate 10 weth vs 5k usdc"),
    ("Grouped thousands, and decimals", "/simulate 2,000.50 ETH vs 1,000,000 USDC"),
    ("Numbers in words", "/simulate 651 thousand ETH vs 958 million USDT"),
    ("No blank between number and asset", "/simulate 10kETH vs 5mUSDC"),
    ("The asset before the number", "/simulate ETH 10 vs USDC 5k"),
    ("A worth in dollars", "/simulate $1m ETH vs $500k USDC"),
    ("Several of each, joined by a plus", "/simulate 10 ETH + 1 WBTC vs 20k USDC + 5k USDT"),
    ("Or by commas, or by and", "/simulate 10 ETH, 1 WBTC and 2 wstETH vs 20k USDC, 5k USDT"),
    ("Other words for vs", "/simulate 10 ETH against 5k USDC"),
    ("An asset by its address", f"/simulate 10 {WETH.address} vs 5k USDC"),
    ("With a name", "/simulate 10 ETH vs 5k USDC as whale"),
    ("With a market", "/simulate 10 ETH vs 5k USDC on core"),
    ("In an eMode, by number", "/simulate 10 wstETH vs 8 ETH emode 1"),
    ("In an eMode, by its label", "/simulate 10 wstETH vs 8 ETH emode ETH correlated as my loop"),
    ("In no eMode", "/simulate 10 wstETH vs 8 ETH emode off"),
    ("With another threshold", "/simulate 651k ETH vs 958m USDT lt=0.83"),
    ("With terms for one asset", "/simulate 10 ETH + 1 WBTC vs 50k USDC WBTC.lt=70% WBTC.ltv=65%"),
    ("With another bonus", "/simulate 10 ETH vs 5k USDC lt 80% bonus 7.5%"),
    ("Supplied, but not as collateral", "/simulate 10 ETH + 5k USDT idle vs 5k USDC"),
    ("One that could not be opened, and is liquidatable", "/simulate 10 ETH vs 26k USDC"),
)
WRONG: Final = (
    ("Nothing at all", "/simulate"),
    ("Less than nothing", "/simulate -5 ETH vs 1k USDC"),
    ("Nothing of it", "/simulate 0 ETH vs 1k USDC"),
    ("More than there is", "/simulate 10^40 ETH vs 1k USDC"),
    ("More than there is, in digits", f"/simulate 1{'0' * 39} ETH vs 1k USDC"),
    ("Less than a token has digits for", "/simulate 10 ETH vs 0.0000001 USDC"),
    ("No debt", "/simulate 10 ETH"),
    ("Debt without collateral", "/simulate vs 5k USDC"),
    ("A number without an asset", "/simulate 10 vs 5k USDC"),
    ("An asset without a number", "/simulate ETH vs 5k USDC"),
    ("The same asset twice", "/simulate 10 ETH + 3 WETH vs 5k USDC"),
    ("An unknown asset", "/simulate 10 ETHH vs 5k USDC"),
    ("An unknown asset, far from all", "/simulate 10 DOGE vs 5k USDC"),
    ("The address of another token", "/simulate 10 0x1111111111111111111111111111111111111111 vs 5k USDC"),
    ("Three sides", "/simulate 10 ETH vs 5k USDC vs 1k DAI"),
    ("A market that nobody knows", "/simulate 10 ETH vs 5k USDC on etherium"),
    ("An eMode that is not there", "/simulate 10 ETH vs 5k USDC emode 7"),
    ("An eMode that excludes the debt", "/simulate 10 wstETH vs 5k USDC emode 1"),
    ("A threshold over 100 %", "/simulate 10 ETH vs 5k USDC lt=183%"),
    ("A threshold that is no number", "/simulate 10 ETH vs 5k USDC lt=high"),
    ("Terms of what is no collateral", "/simulate 10 ETH vs 5k USDC WBTC.lt=0.7"),
    ("A number that is none", "/simulate 1.2.3 ETH vs 5k USDC"),
    ("A name that is taken", "/simulate 10 ETH vs 5k USDC as demo"),
    ("Words at the end", '/simulate 10 ETH vs 5k USDC as "my whale" please'),
)
CHANGES: Final = (
    ("A fall", "/whatif demo ETH -20%"),
    ("A price", "/whatif demo ETH 1750"),
    ("The same with =", "/whatif demo ETH=$1,750"),
    ("An exchange rate", "/whatif demo wstETH/ETH -3%"),
    ("Several at once", "/whatif demo ETH -20%, repay 4k USDC and 30d"),
    ("All of it", "/whatif demo repay all"),
    ("More of the only collateral", "/whatif demo add 2"),
    ("What the market would not allow", "/whatif demo withdraw 5 ETH"),
    ("Another threshold", "/whatif demo lt 0.80"),
    ("A fall without a sign", "/whatif demo ETH 20%"),
    ("A fall of everything", "/whatif demo ETH -100%"),
    ("No change", "/whatif demo"),
    ("No change that makes sense", "/whatif demo moon soon"),
    ("Nobody", "/whatif nobody ETH -20%"),
    ("A name", "/edit demo as main"),
    ("A change that lasts", "/edit demo repay 1k USDC, add 2 ETH"),
    ("A whole position", "/edit demo 10 wstETH vs 8 ETH emode 1"),
    ("A price that cannot last", "/edit demo ETH -20%"),
    ("A copy that differs", "/clone demo add 5 ETH as safer"),
    ("A wallet, a thousandth of it", f"/mirror {WALLET} x0.001"),
    ("A wallet as it is now", f"/mirror {WALLET} 1% frozen as small"),
    ("A scale that is none", f"/mirror {WALLET} huge"),
    ("A loop", "/loop 10 ETH 3x"),
    ("A loop in an eMode", "/loop 10 wstETH vs ETH ltv 80% emode 1"),
    ("A loop without a goal", "/loop 10 ETH"),
    ("A loop beyond its LTV", "/loop 10 ETH 9x"),
)
SECTIONS: Final = (
    ("Right", RIGHT),
    ("Wrong, and what I answer", WRONG),
    ("Changes, copies and loops", CHANGES),
)
INTRO: Final = """# Ways to type a position

What `/simulate` and its neighbours understand, and what they answer when they do not. Every line is run
through the front desk by `tests/handlers/commands/test_ways_to_type.py`, and the page is made of it, in a
small market: ETH at $3,040, wstETH at $3,700, WBTC at $100,000, dollars at a dollar. Where a line names
`demo`, or finds the name taken, that is `{demo}`.
"""


async def answered(line: str) -> tuple[Answer, str]:
    """The facts and the words that one line gets, at a desk of its own."""
    stand = Stand()
    await stand.ask(DEMO)
    words = await stand.ask(line)
    return stand.composer.heard[-1], words


async def page() -> str:
    parts = [INTRO.format(demo=DEMO)]
    for title, lines in SECTIONS:
        parts.append(f"## {title}\n")
        for about, line in lines:
            _facts, words = await answered(line)
            parts.append(f"{about}:\n\n```text\n> {line}\n{words}\n```\n")
    # What keeps platforms from making links has no business in a page that people copy from.
    return "\n".join(parts).replace("\u2060", "")


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(page()), encoding="utf-8")
