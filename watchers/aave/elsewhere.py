"""Looks into Aave v2 pools and v4 spokes, so that nobody with a position there is told that there is none.

One multicall a chain; called by `queries` for each question about a wallet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.markets import ElsewhereProbe
from bot.domain.units import Address
from bot.errors import SourceError
from bot.ports import Elsewhere
from watchers.aave import abi
from watchers.evm.heads import Heads
from watchers.evm.multicall import Call, Multicall
from watchers.evm.words import BadAnswer, call_data, unsigned_all

_GAS = 400_000


@dataclass(frozen=True, slots=True)
class Elsewheres:
    """The probes of one chain."""

    multicall: Multicall
    heads: Heads
    probes: Sequence[ElsewhereProbe]

    async def look(self, account: Address) -> tuple[list[Elsewhere], list[str]]:
        """Where the account has something, and the titles of places that gave no answer."""
        calls = [
            Call(probe.contract, call_data(abi.GET_ACCOUNT_DATA, account), gas=_GAS) for probe in self.probes
        ]
        try:
            head = await self.heads.current()
            answers = await self.multicall.read(calls, head.ref)
        except SourceError:
            return [], [probe.title for probe in self.probes]
        found, unread = [], []
        for probe, answer in zip(self.probes, answers, strict=True):
            # The two versions share the selector and nothing else: the words' places are the probe's own.
            try:
                words = unsigned_all(answer or b"", probe.words.count)
            except BadAnswer:
                unread.append(probe.title)
                continue
            debt = words[probe.words.debt] > 0
            if debt or words[probe.words.collateral] > 0:
                found.append(Elsewhere(probe.title, has_debt=debt))
        return found, unread
