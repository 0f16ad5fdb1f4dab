"""Draws docs/chart.png: what follows an alert on Telegram and Discord, from literal figures.

Run it with `python -m scripts.make_chart`.
"""

from pathlib import Path

from bot.charts.draw import draw
from bot.messages.model import Chart

PICTURE = Path(__file__).parents[1] / "docs" / "chart.png"
USD, WAD, STEP = 10**8, 10**18, 1_800
BEGIN = 1_767_225_600
PRICES = (
    *(2_486, 2_479, 2_491, 2_502, 2_497, 2_488, 2_493, 2_481, 2_470, 2_474, 2_462, 2_455, 2_460, 2_448),
    *(2_452, 2_439, 2_431, 2_436, 2_420, 2_411, 2_419, 2_402, 2_378, 2_391, 2_384, 2_366, 2_352, 2_361),
    *(2_340, 2_331, 2_339, 2_318, 2_304, 2_311, 2_290, 2_262, 2_275, 2_268, 2_249, 2_231, 2_238, 2_224),
    *(2_208, 2_216, 2_197, 2_183, 2_190),
)
LIQUIDATION = 2_042

CHART = Chart(
    title="treasury.eth · ETH",
    alt="",
    price=tuple((BEGIN + number * STEP, price * USD) for number, price in enumerate(PRICES)),
    unit=USD,
    price_label="ETH",
    health=tuple((BEGIN + number * STEP, price * WAD // LIQUIDATION) for number, price in enumerate(PRICES)),
    health_label="health factor",
    liquidation=LIQUIDATION * USD,
    liquidation_label="Liquidation at $2,042 for ETH (with wstETH)",
    levels=(("HF 1.05", LIQUIDATION * USD * 105 // 100),),
)


def main() -> None:
    PICTURE.write_bytes(draw(CHART))
    print(PICTURE)


if __name__ == "__main__":
    main()
