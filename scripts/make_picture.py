"""Draws docs/terminal.svg: what a person sees in the terminal when a wallet is watched and the price falls.

    python -m scripts.make_picture

Runs the real thing: a local node with Aave's contracts (the tests' lab), the real reader, composer and
console renderer. Needs the development set (`make test` installs it).
"""

import asyncio
import re
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.domain.alerts import Alert, Reason, WatchRef
from bot.domain.evaluate import evaluate
from bot.domain.observations import PositionSeen
from bot.domain.rules import HealthRule, RuleState
from bot.domain.units import Address
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.messages.model import Message
from bot.subscriptions import ChatSettings
from handlers.console.renderer import render
from tests.chain.lab import Lab, lab
from watchers.aave.eyes import AaveEyes, ChainPlan
from watchers.aave.markets import chain_of, custom_market

PICTURE = Path(__file__).parents[1] / "docs" / "terminal.svg"
ACCOUNT = Address("0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB")
WIDTH = 92
COLOURS = {
    "class:strong": "bold",
    "class:emphasis": "italic",
    "class:code": "cyan",
    "class:faint": "bright_black",
    "class:number": "bold blue",
    "class:bar": "blue",
    "class:bar.critical": "red",
    "class:bar.warning": "yellow",
    "class:bar.good": "green",
}


async def alerts(opened: Lab) -> list[Message]:
    """Two falls of the price, judged and composed as the bot does it."""
    market = opened.market
    plan = ChainPlan(
        chain_of(31337), (opened.anvil.url,), (custom_market("Aave v3 lab", 31337, market.provider),)
    )
    composer = Composer(Atlas.of(plan.markets, [plan.chain]))
    state, made = RuleState(), []
    for price in (2_190, 1_905):
        await asyncio.to_thread(market.set_price, "WETH", price * 10**8)
        async with AaveEyes([plan], time.time) as eyes:
            (position,) = (await eyes.positions.wallet(ACCOUNT)).positions
        rule, now = HealthRule(), int(time.time())
        seen = PositionSeen(position)
        decision = evaluate(rule, seen, state, now)
        assert decision.reason is not Reason.NOTHING_NEW
        who = WatchRef("w1", 1, "treasury.eth", ACCOUNT)
        incident = f"w1.health.s1.{decision.state.incident}"
        alert = Alert(
            id=incident, incident=incident, destination="console/local", subject="s1",
            reason=decision.reason, severity=decision.severity, decided_at=now, seen=seen, watch=who,
            rule=rule, level=decision.level, before=decision.before,
        )  # fmt: skip
        made.append(composer.alert(alert, ChatSettings(), repeated=False, now=now))
        state = decision.state
    return made


def draw(messages: list[Message]) -> None:
    console = Console(record=True, width=WIDTH, file=Path("/dev/null").open("w"), force_terminal=True)  # noqa: SIM115
    for number, message in enumerate(messages, start=3):
        text = Text()
        for style, part in render(message, WIDTH, name=f"#{number}"):
            if style != "[ZeroWidthEscape]":
                wanted = " ".join(COLOURS.get(one, "") for one in style.split())
                text.append(part, wanted.strip() or None)
        console.print(text)
    console.print(Text("› help, or paste an address to watch · ctrl-d ends", "bright_black"))
    svg = console.export_svg(title="underkeel")
    # The template fetches its fonts from elsewhere; a picture in a repository should fetch nothing.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    PICTURE.write_text(svg, encoding="utf-8")


def main() -> None:
    with lab("3.6") as opened:
        market = opened.market
        market.supply(ACCOUNT.lower(), "WETH", market.amount("WETH", 100_000))
        market.borrow(ACCOUNT.lower(), "USDC", market.amount("USDC", 50_000))
        opened.anvil.catch_up()
        draw(asyncio.run(alerts(opened)))
    print(PICTURE)


if __name__ == "__main__":
    main()
