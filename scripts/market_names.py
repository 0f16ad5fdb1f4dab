"""What the address book cannot know: how people call markets and tokens, and where interfaces show them.

Kept by hand for scripts/make_markets.py. A deployment without a row takes its chain's name and has no link.
"""

from typing import Final

TESTNET_CHAINS: Final = {
    43113: "avalanche-fuji",
    84532: "base-sepolia",
    421614: "arbitrum-sepolia",
    763373: "ink-sepolia",
    11155111: "ethereum-sepolia",
    11155420: "optimism-sepolia",
}

# What people call a market where the chain's own name will not do: export -> (key, title, aliases).
# Titles as Aave's interface has them; Lido's market was renamed Prime, Ink's runs under its own name.
NAMES: Final = {
    "AaveV3Ethereum": ("ethereum", "Ethereum", ["core", "ethereum core"]),
    "AaveV3EthereumLido": ("ethereum-prime", "Ethereum Prime", ["ethereum lido", "lido", "prime"]),
    "AaveV3EthereumEtherFi": ("ethereum-etherfi", "Ethereum EtherFi", ["etherfi"]),
    "AaveV3EthereumHorizon": ("ethereum-horizon", "Ethereum Horizon", ["horizon", "horizon rwa"]),
    "AaveV3Arbitrum": ("arbitrum", "Arbitrum", []),
    "AaveV3InkWhitelabel": ("ink", "Ink (Tydro)", ["ink whitelabel", "tydro", "tydro ink"]),
    "AaveV3Metis": ("metis", "Metis", []),
    "AaveV3Gnosis": ("gnosis", "Gnosis", []),
    "AaveV3Optimism": ("optimism", "Optimism", []),
    "AaveV3ZkSync": ("zksync", "ZKsync", []),
}

# `marketName` in links to the interface (enum CustomMarket of github.com/aave/interface); the book lacks it.
APP_NAMES: Final = {
    "AaveV2Avalanche": "proto_avalanche",
    "AaveV2Ethereum": "proto_mainnet",
    "AaveV2Polygon": "proto_polygon",
    "AaveV3Arbitrum": "proto_arbitrum_v3",
    "AaveV3Avalanche": "proto_avalanche_v3",
    "AaveV3BNB": "proto_bnb_v3",
    "AaveV3Base": "proto_base_v3",
    "AaveV3Celo": "proto_celo_v3",
    "AaveV3Ethereum": "proto_mainnet_v3",
    "AaveV3EthereumEtherFi": "proto_etherfi_v3",
    "AaveV3EthereumHorizon": "proto_horizon_v3",
    "AaveV3EthereumLido": "proto_lido_v3",
    "AaveV3Gnosis": "proto_gnosis_v3",
    "AaveV3InkWhitelabel": "proto_ink_v3",
    "AaveV3Linea": "proto_linea_v3",
    "AaveV3Mantle": "proto_mantle_v3",
    "AaveV3MegaEth": "proto_megaeth_v3",
    "AaveV3Metis": "proto_metis_v3",
    "AaveV3Monad": "proto_monad_v3",
    "AaveV3Optimism": "proto_optimism_v3",
    "AaveV3Plasma": "proto_plasma_v3",
    "AaveV3Polygon": "proto_polygon_v3",
    "AaveV3Scroll": "proto_scroll_v3",
    "AaveV3Soneium": "proto_soneium_v3",
    "AaveV3Sonic": "proto_sonic_v3",
    "AaveV3XLayer": "proto_xlayer_v3",
    "AaveV3ZkSync": "proto_zksync_v3",
}
# A whitelabel has an interface of its own, with the same links.
APP_BASES: Final = {"AaveV3InkWhitelabel": "https://app.tydro.com"}

# Where DeFi Saver manages Aave v3: its positions SDK and help.defisaver.com, 2026.
DEFI_SAVER: Final = {
    "AaveV3Arbitrum",
    "AaveV3Base",
    "AaveV3Ethereum",
    "AaveV3EthereumLido",
    "AaveV3Linea",
    "AaveV3Optimism",
    "AaveV3Plasma",
}

# The book's keys are identifiers; people know some tokens by another name. Where a chain has both, the
# book's USDC is the bridged one and USDCn Circle's own: the interface calls them USDC.e and USDC.
SYMBOLS: Final = {"ONE_INCH": "1INCH", "USDCn": "USDC"}

# Words of a spoke's name that are not written Like This.
SPOKE_WORDS: Final = {"BTC": "BTC", "AVAX": "AVAX", "PAXG": "PAXG", "USDG": "USDG", "ETHERFI": "EtherFi"}
