"""Makes watchers/flows/labels.json from a CSV of exchange addresses. Run by hand, with the project's Python.

    python scripts/make_labels.py FACTS.csv            writes the file, prints what was dropped and why
    python scripts/make_labels.py FACTS.csv --check    writes nothing, exits 1 if the file would change
    python scripts/make_labels.py --counts             prints the counts for docs/LABELS.md

The CSV has chain, address, exchange, kind, families (joined by |), newest_source (YYYY-MM), confidence and
label. Its facts are taken over, its confidence is not: that is reckoned by the rule, and where the two
differ it is said. The CSV itself is not part of the project.
"""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from eth_utils.address import is_hex_address, to_checksum_address
from label_corrections import NOT_THEIRS, OTHER_BUSINESS, PROVED_ELSEWHERE, VALIDATES

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.domain.labels import PROOF, Confidence, LabelKind, confidence_of  # noqa: E402
from watchers.aave.markets import chain_of, find_chain  # noqa: E402
from watchers.flows.labels import FAMILY_LETTERS, known_contracts, load_labels  # noqa: E402

LABELS: Final = ROOT / "watchers" / "flows" / "labels.json"
AS_OF: Final = "2026-11"
"""The month that the facts were gathered; raise it with every new CSV."""
KINDS: Final = {
    "hot": LabelKind.HOT,
    "cold": LabelKind.COLD,
    "main/unspecified": LabelKind.MAIN,
    "reserve": LabelKind.MAIN,
    "deposit": LabelKind.DEPOSIT,
    "contract": LabelKind.CONTRACT,
    "staking": LabelKind.STAKING,
    "staking-withdrawal": LabelKind.STAKING,
}
LONGEST_NOTE: Final = 60

Row = tuple[str, str, str, str, str, str]
Table = dict[str, dict[int, dict[str, Row]]]


class LeftOut(Exception):
    """A fact that does not become a row; the text says why."""


def row_of(fact: dict[str, str]) -> tuple[int, Row]:
    """(chain id, row) of one line of the CSV. LeftOut when it is none."""
    chain = find_chain(fact["chain"])
    if chain is None:
        raise LeftOut(f"chain {fact['chain']} is not in watchers/evm/chains.json")
    if not is_hex_address(fact["address"]):
        raise LeftOut("no EVM address")
    address = to_checksum_address(fact["address"])
    note = fact["label"].strip()[:LONGEST_NOTE]
    families = set(fact["families"].split("|"))
    if unknown := families - set(FAMILY_LETTERS.values()):
        sys.exit(f"a source family without a letter: {', '.join(sorted(unknown))}")
    if address in known_contracts():
        raise LeftOut("a token or another known contract")
    if NOT_THEIRS.search(note):
        raise LeftOut("who robbed the exchange, not the exchange")
    if OTHER_BUSINESS.search(note):
        raise LeftOut("another business of the same house")
    if address in PROVED_ELSEWHERE:
        families.discard(PROOF)
        if not families:
            raise LeftOut("proved by the exchange for another chain only")
    kind = LabelKind.STAKING if VALIDATES.search(note) else KINDS[fact["kind"]]
    sources = "".join(letter for letter, family in FAMILY_LETTERS.items() if family in families)
    confidence = confidence_of(families, fact["newest_source"], AS_OF)
    return chain.chain_id, (address, kind.value, sources, fact["newest_source"], confidence.value, note)


def table_of(facts: Iterable[dict[str, str]], dropped: Counter[str]) -> Table:
    """Exchange -> chain id -> address -> row. `dropped` counts what was left out, by why."""
    table: Table = defaultdict(lambda: defaultdict(dict))
    owners: dict[tuple[int, str], str] = {}
    for fact in facts:
        try:
            chain_id, row = row_of(fact)
        except LeftOut as why:
            dropped[str(why)] += 1
            continue
        address, exchange = row[0], fact["exchange"].strip()
        if owners.setdefault((chain_id, address), exchange) != exchange:
            sys.exit(f"{address} on chain {chain_id} is given to two exchanges: decide in the CSV")
        if row[4] != fact["confidence"]:
            print(f"the CSV says {fact['confidence']}, the rule {row[4]}: {exchange} {address} {row[5]}")
        if address in table[exchange][chain_id]:
            dropped["given twice"] += 1
        table[exchange][chain_id][address] = row
    return table


def text_of(table: Table) -> str:
    """One address a line, so that a difference can be read."""
    head: dict[str, Any] = {
        "source": {
            "facts": "addresses, kinds and dates as three families of public sources give them: the "
            "exchanges' own proof of reserve (2022-23), DefiLlama (2026-08), lists taken from block "
            "explorers (2023-24)",
            "row": ["address", "kind", "families", "newest source", "confidence", "what the source calls it"],
            "families": FAMILY_LETTERS,
            "confidence": "bot.domain.labels.confidence_of, at the month as_of",
            "made_by": "scripts/make_labels.py",
        },
        "as_of": AS_OF,
    }
    parts = []
    for exchange in sorted(table, key=str.casefold):
        chains = []
        for chain_id in sorted(table[exchange]):
            rows = sorted(table[exchange][chain_id].values(), key=lambda row: row[0].lower())
            lines = ",\n".join("        " + json.dumps(row, ensure_ascii=False) for row in rows)
            chains.append(f'      "{chain_id}": [\n{lines}\n      ]')
        parts.append(f"    {json.dumps(exchange)}: {{\n" + ",\n".join(chains) + "\n    }")
    body = json.dumps(head, indent=2, ensure_ascii=False).removesuffix("\n}")
    return body + ',\n  "exchanges": {\n' + ",\n".join(parts) + "\n  }\n}\n"


def counts() -> str:
    """The tables of docs/LABELS.md, from labels.json."""
    labels = load_labels()
    lines = []
    for title, key in (
        ("Exchange", lambda one: one.exchange),
        ("Chain", lambda one: chain_of(one.chain_id).title),
        ("Kind", lambda one: one.kind.value),
        ("Newest source", lambda one: one.seen),
    ):
        of_all = Counter(key(one) for one in labels)
        sure = Counter(key(one) for one in labels if one.confidence is Confidence.SURE)
        lines += [f"| {title} | addresses | sure | likely |", "|---|---:|---:|---:|"]
        lines += [
            f"| {name} | {count:,} | {sure[name]:,} | {count - sure[name]:,} |"
            for name, count in sorted(of_all.items(), key=lambda item: (-item[1], item[0]))
        ]
        lines += [f"| **all** | {len(labels):,} | {sure.total():,} | {len(labels) - sure.total():,} |", ""]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("facts", nargs="?", type=Path, help="the CSV")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file would change")
    parser.add_argument("--counts", action="store_true", help="print the counts of the table as it is")
    arguments = parser.parse_args()
    if arguments.counts:
        print(counts())
        return 0
    if arguments.facts is None:
        parser.error("name the CSV")
    dropped: Counter[str] = Counter()
    with arguments.facts.open(encoding="utf-8", newline="") as file:
        facts = list(csv.DictReader(file))
    table = table_of(facts, dropped)
    kept = sum(len(rows) for chains in table.values() for rows in chains.values())
    print(f"{len(facts)} rows read, {kept} kept, {dropped.total()} dropped")
    for why, count in sorted(dropped.items()):
        print(f"  {count}: {why}")
    text = text_of(table)
    if LABELS.exists() and LABELS.read_text(encoding="utf-8") == text:
        print("the file matches")
        return 0
    if not arguments.check:
        LABELS.write_text(text, encoding="utf-8")
    print(f"{'differs' if arguments.check else 'wrote'}: {LABELS.relative_to(ROOT)}")
    return int(arguments.check)


if __name__ == "__main__":
    sys.exit(main())
