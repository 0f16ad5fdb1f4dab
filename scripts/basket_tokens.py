"""Which tokens move together, as people wrote it down: the part of the baskets that no address book has.

Read by make_baskets.py. A token stands here for what it is a claim on; on each chain the first token of a
basket that is listed there leads it. Left out: shares of funds with a net asset value of their own (Aave
Horizon's), and MAI and sUSD, dollars that lost their peg for months.
"""

from typing import Final

# basket -> (title, ((symbol as the market table has it, what it is, who says so), ...))
TOKENS: Final[dict[str, tuple[str, tuple[tuple[str, str, str], ...]]]] = {
    "eth": (
        "ETH",
        (
            ("WETH", "ether, wrapped", "ethereum.org"),
            ("WETH.e", "ether, bridged to Avalanche", "core.app"),
            ("ETH", "ether, Binance-peg", "binance.com"),
            ("xETH", "ether, kept by OKX", "governance.aave.com/t/23175"),
            ("wstETH", "ether staked by Lido, wrapped", "docs.lido.fi"),
            ("weETH", "ether restaked by ether.fi, wrapped", "etherfi.gitbook.io"),
            ("rsETH", "ether restaked by Kelp", "kerneldao.gitbook.io"),
            ("wrsETH", "Kelp's rsETH, wrapped on other chains", "kerneldao.gitbook.io"),
            ("osETH", "ether staked by StakeWise", "docs.stakewise.io"),
            ("cbETH", "ether staked by Coinbase", "coinbase.com/cbeth"),
            ("rETH", "ether staked by Rocket Pool", "docs.rocketpool.net"),
            ("ezETH", "ether restaked by Renzo", "docs.renzoprotocol.com"),
            ("ETHx", "ether staked by Stader", "staderlabs.com"),
            ("tETH", "Lido's wstETH in Treehouse's vault", "docs.treehouse.finance"),
            ("xBETH", "ether staked by OKX", "governance.aave.com/t/23175"),
        ),
    ),
    "btc": (
        "BTC",
        (
            ("WBTC", "bitcoin kept by BitGo and BiT Global", "wbtc.network"),
            ("WBTC.e", "WBTC, bridged to Avalanche", "core.app"),
            ("cbBTC", "bitcoin kept by Coinbase", "coinbase.com/cbbtc"),
            ("BTCB", "bitcoin, Binance-peg", "binance.com"),
            ("BTC.b", "bitcoin, bridged to Avalanche", "core.app"),
            ("tBTC", "bitcoin kept by Threshold's signers", "docs.threshold.network"),
            ("LBTC", "bitcoin staked by Lombard", "docs.lombard.finance"),
            ("eBTC", "bitcoin in ether.fi's vault", "etherfi.gitbook.io"),
            ("FBTC", "bitcoin kept by Ignition", "docs.fbtc.com"),
            ("SolvBTC", "bitcoin kept by Solv", "docs.solv.finance"),
            ("kBTC", "bitcoin kept by Kraken", "kraken.com/kbtc"),
            ("xBTC", "bitcoin kept by OKX", "okx.com"),
        ),
    ),
    "usd": (
        "USD",
        (
            ("USDC", "Circle's dollar", "circle.com"),
            ("USDT", "Tether's dollar", "tether.to"),
            ("USDt", "Tether's dollar", "tether.to"),
            ("USDT0", "Tether's dollar, bridged by LayerZero", "docs.usdt0.to"),
            ("m.USDC", "Circle's dollar, bridged to Metis", "metis.io"),
            ("m.USDT", "Tether's dollar, bridged to Metis", "metis.io"),
            ("m.DAI", "Sky's DAI, bridged to Metis", "metis.io"),
            ("USDC.e", "Circle's dollar, bridged", "circle.com"),
            ("USDbC", "Circle's dollar, bridged to Base", "docs.base.org"),
            ("DAI", "Sky's older dollar", "docs.makerdao.com"),
            ("DAI.e", "Sky's DAI, bridged to Avalanche", "core.app"),
            ("WXDAI", "Gnosis chain's own coin, DAI bridged", "docs.gnosischain.com"),
            ("sDAI", "DAI with its savings", "docs.spark.fi"),
            ("USDS", "Sky's dollar", "developers.sky.money"),
            ("GHO", "Aave's dollar", "aave.com/docs"),
            ("USDe", "Ethena's synthetic dollar", "docs.ethena.io"),
            ("sUSDe", "USDe staked", "docs.ethena.io"),
            ("eUSDe", "USDe in Ethereal's vault", "docs.ethereal.trade"),
            ("USDtb", "Ethena's dollar of treasury bills", "docs.usdtb.money"),
            ("USDG", "Paxos's Global Dollar", "paxos.com"),
            ("PYUSD", "PayPal's dollar", "paxos.com"),
            ("RLUSD", "Ripple's dollar", "ripple.com"),
            ("AUSD", "Agora's dollar", "developer.agora.finance"),
            ("mUSD", "MetaMask's dollar", "metamask.io"),
            ("FDUSD", "First Digital's dollar", "firstdigitallabs.com"),
            ("LUSD", "Liquity's dollar", "docs.liquity.org"),
            ("FRAX", "Frax's dollar", "docs.frax.finance"),
            ("crvUSD", "Curve's dollar", "docs.curve.finance"),
            (
                "USDm",
                "a dollar: Mento's on Celo, MegaETH's own there",
                "docs.mento.org, governance.aave.com/t/23517",
            ),
            ("stcUSD", "Cap's dollar, staked", "docs.cap.app"),
            ("syrupUSDC", "USDC lent by Maple", "docs.maple.finance"),
            ("syrupUSDT", "USDT lent by Maple", "docs.maple.finance"),
        ),
    ),
    "eur": (
        "EUR",
        (
            ("EURC", "Circle's euro", "circle.com"),
            ("EURe", "Monerium's euro", "monerium.com"),
            ("EURA", "Angle's euro", "docs.angle.money"),
            ("EURS", "Stasis's euro", "stasis.net"),
            ("jEUR", "Jarvis's euro", "jarvis.network"),
            ("EURm", "Mento's euro", "docs.mento.org"),
        ),
    ),
    "pol": (
        "POL",
        (
            ("WPOL", "POL, wrapped", "docs.polygon.technology"),
            ("MaticX", "POL staked by Stader", "staderlabs.com"),
            ("stMATIC", "POL staked by Lido", "docs.polygon.lido.fi"),
        ),
    ),
    "avax": (
        "AVAX",
        (
            ("WAVAX", "AVAX, wrapped", "docs.avax.network"),
            ("sAVAX", "AVAX staked by Benqi", "docs.benqi.fi"),
        ),
    ),
    "s": (
        "S",
        (
            ("wS", "S, wrapped", "docs.soniclabs.com"),
            ("stS", "S staked by Beets", "docs.beets.fi"),
        ),
    ),
    "sol": (
        "SOL",
        (
            ("xSOL", "SOL kept by OKX", "governance.aave.com/t/23175"),
            ("xOKSOL", "SOL staked by OKX", "okx.com"),
        ),
    ),
}

# Pendle's principal tokens (PT-<underlying>-<date>): worth one unit of account of the underlying at maturity.
PRINCIPAL_TOKENS: Final = "usd", "a principal token of {}", "docs.pendle.finance"
