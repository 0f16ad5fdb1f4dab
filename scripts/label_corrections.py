"""What lists of exchange addresses get wrong, as people saw when they read them. Read by make_labels.py."""

import re
from typing import Final

PROVED_ELSEWHERE: Final = {
    # Bitfinex's proof (github.com/bitfinexcom/pub, wallets.txt) names another chain for each of these. What
    # is proved there is not proved here: as a rule nobody deposits to such an address on Ethereum.
    "0x16c633f1AFC23DC14E29e2c3220a4b5E4a5260a0": "Callisto",
    "0x91D9592C91b05d9DC6c2DCd083f19F843D0DD8f3": "Callisto",
    "0x326031E680419FB020a5361Ff56384E166B5aa85": "Zilliqa",
    "0x5B8a2A78adCB8Df2Cb309E79cB90600A743A60a8": "KardiaChain",
    "0x85DAfB8136644f0a1028888290E88D19e3DC8fEb": "Rootstock",
    "0x9AC376F749FfF5b70D893F63B70Ffa9e2F5012f7": "Rootstock",
    "0xCaCa08A5053604BB9E9715ed78102dBB392F21eE": "VeChain",
    "0xe401984aB34bAE9f6C9128e50b57e7988BA815c7": "VeChain",
    "0xDd3C4d1E564384414AF671d6d334521C79266BFD": "Theta",
    "0x618F37D7ff7B140E604172466CD42D1Ec35E0544": "Ethereum Classic",
    "0x88037f361891A0B5De3C0C30632fBcA7DB2D341F": "Ethereum Classic",
    "0xEd9Eef56E64A8E779cFaE9ddEDb25d11Ba2B2425": "Fantom",
    # HTX's reserve list names these for ETC.
    "0x6667ED6CB6E7aCCc4004E8844dBdd0E72D58c31C": "Ethereum Classic",
    "0x66F82BeCAE07AA9Ae95BF92aCA888AB185Ef70C2": "Ethereum Classic",
}

NOT_THEIRS: Final = re.compile(r"\b(drainer|exploiter|hacker|phishing)\b", re.IGNORECASE)
"""Of what a list calls an address: who robbed an exchange is not the exchange."""
OTHER_BUSINESS: Final = re.compile(
    r"\b(commerce|binance pool|mining pool|recovery initiative)\b", re.IGNORECASE
)
"""Payment processors, mining pools and funds of the same house: what reaches them is no deposit for sale."""
VALIDATES: Final = re.compile(r"\bAVS operator\b", re.IGNORECASE)
"""Runs validators for others; counted as staking, which never is an inflow."""
