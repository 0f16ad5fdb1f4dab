"""What a thousand imagined accounts cost at a block beside a thousand real ones: time alone, no request."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from bot.domain.aave_state import AccountState
from bot.domain.observations import Glance
from bot.domain.units import Address, Bps
from bot.domain.whatif.changes import SetReserve
from bot.subscriptions import ImaginedTarget, MirrorTarget
from tests.bench.crowd import EVERYONE, crowd
from tests.bench.table import percentile, show
from tests.watchers.recorder import only_eye, open_eyes
from watchers.aave.imagined import Imagination, Targets
from watchers.aave.readings import Lens

pytestmark = [pytest.mark.bench, pytest.mark.chain, pytest.mark.timeout(600)]

BLOCKS = 40


async def test_imagined_accounts_cost_what_glances_cost() -> None:
    with crowd() as opened:
        async with open_eyes(opened.lab) as eyes:
            eye = only_eye(eyes)
            view = await eye.reader.read((await eye.heads.poll()).ref)
            real = await eye.accounts.read(view.structure, opened.users, view.as_of)
    stored = view.state
    held = next(iter(stored.reserves.values())).asset.address
    kinds: dict[str, Targets] = {
        "imagined": _all(real, lambda state: ImaginedTarget(stored.market, state)),
        "imagined, each on terms of its own": _all(
            real,
            lambda state: ImaginedTarget(
                stored.market, state, (SetReserve(held, Bps(int(state.account, 16) % 8_000)),)
            ),
        ),
        "mirrors": _all(real, lambda state: MirrorTarget(stored.market, state.account, 1, 1_000)),
    }
    want = {one.account: one.health_factor for one in Lens(stored).glances(real.values())}
    took = {"real (glances)": _timed(lambda: Lens(stored).glances(real.values()))}
    for name, targets in kinds.items():
        kept = Imagination(stored.market)

        def look(kept: Imagination = kept, targets: Targets = targets) -> tuple[Glance, ...]:
            judged = kept.look(Lens(stored), targets, real, {})
            kept.commit()
            return judged.glances

        look()  # all are new in it: whole positions
        took[name] = _timed(look)
        found = {one.account: one.health_factor for one in look()}
        assert len(found) == EVERYONE
        if name == "imagined":
            assert found == {_key(account): health for account, health in want.items()}
    base = percentile(took["real (glances)"], 50)
    show(
        f"{EVERYONE:,} accounts at a quiet block, in one market of {len(stored.reserves)} reserves",
        ["", "p50 ms", "p99 ms", "p50 : real"],
        [
            (
                name,
                f"{percentile(ms, 50):.2f}",
                f"{percentile(ms, 99):.2f}",
                f"{percentile(ms, 50) / base:.2f}",
            )
            for name, ms in took.items()
        ],
    )


def _key(account: Address) -> Address:
    return Address(f"imagined:{account}")


def _all(
    real: Mapping[Address, AccountState], target: Callable[[AccountState], ImaginedTarget | MirrorTarget]
) -> Targets:
    return {_key(account): target(replace(state)) for account, state in real.items()}


def _timed(look: Callable[[], object]) -> list[float]:
    """Milliseconds of each block, garbage collected in between."""
    took = []
    for _ in range(BLOCKS):
        gc.collect()
        began = time.perf_counter()
        look()
        took.append((time.perf_counter() - began) * 1000)
    return took
