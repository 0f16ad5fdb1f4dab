"""Makes watchers/aave/baskets.json: which assets move together, by chain and contract. Run by hand.

    python scripts/make_baskets.py            writes the file
    python scripts/make_baskets.py --check    writes nothing, exits 1 if the file would change

Joins basket_tokens.py with markets.json, by symbol, which must mean one contract a chain. Run it after
make_markets.py and read the difference: what the tables newly list is in no basket until it is named.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from basket_tokens import PRINCIPAL_TOKENS, TOKENS

ROOT: Final = Path(__file__).resolve().parent.parent
MARKETS: Final = ROOT / "watchers" / "aave" / "markets.json"
BASKETS: Final = ROOT / "watchers" / "aave" / "baskets.json"
PRINCIPAL: Final = re.compile(r"PT-(\w+)-\d{1,2}[A-Z]{3}\d{4}")


def listed(table: dict[str, Any]) -> dict[str, dict[int, str]]:
    """Contracts: symbol -> chain id -> contract."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for market in table["markets"]:
        for reserve in market["reserves"]:
            symbol, chain_id, address = reserve["symbol"], market["chain_id"], reserve["underlying"]
            if found[symbol].setdefault(chain_id, address) != address:
                sys.exit(f"{symbol} on chain {chain_id} means two contracts: name them apart")
    return found


def baskets(contracts: dict[str, dict[int, str]]) -> list[dict[str, Any]]:
    made = []
    for key, (title, tokens) in TOKENS.items():
        led: set[int] = set()
        rows = []
        for symbol, what, source in (*tokens, *principal_tokens(key, contracts)):
            if symbol not in contracts:
                sys.exit(f"{symbol} is listed in no market: take it out of basket_tokens.py")
            places = sorted(contracts[symbol].items())
            rows.append(
                {
                    "symbol": symbol,
                    "is": what,
                    "source": source,
                    "contracts": [
                        {"chain_id": chain_id, "address": address}
                        | ({} if chain_id in led else {"lead": True})
                        for chain_id, address in places
                    ],
                }
            )
            led |= {chain_id for chain_id, _ in places}
        made.append({"key": key, "title": title, "tokens": rows})
    return made


def principal_tokens(key: str, contracts: dict[str, dict[int, str]]) -> list[tuple[str, str, str]]:
    basket, what, source = PRINCIPAL_TOKENS
    if key != basket:
        return []
    named = ((symbol, PRINCIPAL.fullmatch(symbol)) for symbol in sorted(contracts))
    return [(symbol, what.format(match[1]), source) for symbol, match in named if match]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file would change")
    check = parser.parse_args().check
    table = json.loads(MARKETS.read_text(encoding="utf-8"))
    source = {
        "addresses": "{package} {version}, by watchers/aave/markets.json".format(**table["source"]),
        "members": "each token's own: who issues it says what it is a claim on",
        "made_by": "scripts/make_baskets.py",
    }
    content = {"source": source, "baskets": baskets(listed(table))}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if BASKETS.exists() and BASKETS.read_text(encoding="utf-8") == text:
        print("the file matches")
        return 0
    if not check:
        BASKETS.write_text(text, encoding="utf-8")
    print(f"{'differs' if check else 'wrote'}: {BASKETS.relative_to(ROOT)}")
    return int(check)


if __name__ == "__main__":
    sys.exit(main())
