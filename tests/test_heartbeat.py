"""The sign of life: fresh and seeing is well; everything else says why not."""

from bot.domain.units import BlockRef
from bot.heartbeat import LATE_S, Heartbeat
from bot.ports import FlowHealth, SourceHealth

NOW = 1_800_000_000.0


def market(seen_at: float, fault: str = "") -> SourceHealth:
    head = BlockRef(7, "0x" + "ab" * 32, int(seen_at)) if seen_at else None
    return SourceHealth("ethereum", "Aave v3 Ethereum", head, seen_at, "node.example", fault)


def test_a_fresh_beat_of_a_seeing_bot_is_well_and_reads_back(tmp_path):
    heart = Heartbeat(tmp_path / "data")
    heart.beat(NOW, [market(NOW - 9)])
    assert heart.read(NOW + 1, 300).well
    assert heart.health() == (market(NOW - 9),)


def test_everything_else_says_why_not(tmp_path):
    heart = Heartbeat(tmp_path / "data")
    assert "No bot runs" in heart.read(NOW, 300).words[0]
    heart.beat(NOW, [])
    assert "not looked" in heart.read(NOW, 300).words[0]
    heart.beat(NOW, [market(0, "node.example: timeout")])
    assert heart.read(NOW, 300).words == (
        "Aave v3 Ethereum: not read since the start (node.example: timeout)",
    )
    heart.beat(NOW, [market(NOW - 301)])
    assert "301 s ago" in heart.read(NOW, 300).words[0]
    heart.beat(NOW, [market(NOW)])
    assert "sign of life" in heart.read(NOW + LATE_S + 1, 300).words[0]
    (tmp_path / "data" / "heartbeat.json").write_text("{broken")
    assert not heart.read(NOW, 300).well
    heart.clear()
    heart.clear()
    assert heart.health() == ()


def test_transfers_that_lag_are_told_and_are_no_illness(tmp_path):
    heart = Heartbeat(tmp_path / "data")
    lagging = FlowHealth(1, "Ethereum", None, 0, "node.example: rate limit", traced=False)
    seen = FlowHealth(10, "Optimism", BlockRef(7, "0x" + "ab" * 32, 9), NOW - 9_999)
    heart.beat(NOW, [market(NOW)], [lagging, seen])
    assert heart.read(NOW, 300).well
    assert heart.flow_health() == (lagging, seen)
