"""Labels that people and refreshes add, in two layers: the operator's and each home's.

Fits `bot.ports.LabelBook`. The project's table is handed in: it lies in a file, not in the store.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from redis.asyncio import Redis

from bot.domain.labels import Label
from bot.domain.units import Address
from bot.errors import UserError
from bot.store import keys
from bot.store.codec import decode, encode
from bot.store.link import Link

OPERATORS_MOST: Final = 100_000
HOMES_MOST: Final = 1_000
AT_ONCE: Final = 2_000
"""Labels that one script writes: some 20 ms, in which the server does nothing else."""
PAGE: Final = 500
"""Labels that are read and decoded in one step of this process."""


class StoredLabels:
    """Opens nothing. `table` is the project's."""

    def __init__(self, client: Redis, table: Sequence[Label] = ()) -> None:
        self._link = Link(client)
        self._table = tuple(table)
        self._by_address: dict[Address, list[Label]] = {}
        for one in self._table:
            self._by_address.setdefault(one.address, []).append(one)

    async def version(self) -> int:
        """Grows with every change of any layer, whichever process made it."""
        return int(await self._link.call("GET", keys.LABELS_VERSION) or 0)

    async def all(self, home: str = "") -> tuple[Label, ...]:
        """By chain and address. Read in steps: 100,000 hold up neither the server nor this process."""
        key, cursor = keys.labels(home), 0
        found: dict[str, Label] = {}
        while True:
            answer = await self._link.call("HSCAN", key, cursor, "COUNT", PAGE)
            cursor, page = int(answer[0]), answer[1]
            fields = page if isinstance(page, Mapping) else dict(page)
            found |= {field: decode(Label, text, f"{key}[{field}]") for field, text in fields.items()}
            if cursor == 0:
                return tuple(sorted(found.values(), key=lambda one: (one.chain_id, one.address.lower())))

    def table(self) -> Sequence[Label]:
        return self._table

    async def of(self, address: Address, home: str = "") -> tuple[Label, ...]:
        """The home's own first, then the operator's, then the table's; within a layer by chain."""
        own = await self._of(address, home) if home else []
        return (*own, *await self._of(address, ""), *self._by_address.get(address, ()))

    async def put(self, labels: Sequence[Label], home: str = "") -> int:
        """Add or replace; how many were new.

        UserError `too_many_labels` when the layer would grow beyond what it may hold: then nothing of these
        2,000 and of what comes after them is written.
        """
        most = HOMES_MOST if home else OPERATORS_MOST
        new = 0
        for at in range(0, len(labels), AT_ONCE):
            some = labels[at : at + AT_ONCE]
            parts = [part for one in some for part in (_field(one), encode(one), one.chain_id)]
            added = int(await self._link.run("put_labels", _keys(home), most, *parts))
            if added < 0:
                raise UserError("too_many_labels", some[0].address)
            new += added
        return new

    async def remove(self, address: Address, home: str = "") -> int:
        """How many went, one a chain; of this layer only, so what lies beneath is seen again."""
        return int(await self._link.run("drop_labels", _keys(home), address))

    async def _of(self, address: Address, home: str) -> list[Label]:
        chains = await self._link.call("SMEMBERS", keys.LABEL_CHAINS)
        if not chains:
            return []
        key = keys.labels(home)
        fields = [f"{chain}/{address}" for chain in sorted(chains, key=int)]
        texts = await self._link.call("HMGET", key, *fields)
        return [
            decode(Label, text, f"{key}[{field}]")
            for field, text in zip(fields, texts, strict=True)
            if text is not None
        ]


def _field(label: Label) -> str:
    return f"{label.chain_id}/{label.address}"


def _keys(home: str) -> tuple[str, str, str]:
    return keys.labels(home), keys.LABEL_CHAINS, keys.LABELS_VERSION
