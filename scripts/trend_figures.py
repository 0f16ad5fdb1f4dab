"""Published figures of the week, to hold the episode's own against: make_episodes.py puts them into it.

(id, time, what, unit, derived, source, value or range, why ours is another)
`what` is one of the measures of scripts/replay_table.py. Not derived = it went into the episode.
"""

LIQUIDATION = "liquidation price"
SENT = "sent to Binance so far"
REPAID = "repaid so far"
HELD = "collateral held"
DEBT = "debt"
EXIT = "average price of what was sent so far"
LOSS_3180 = "loss at a cost of $3,180"
LOSS_3104 = "loss at a cost of $3,104.36"
LOW = "lowest price on the market"

OFFSET = (
    "This report counts from another day and debt than the one that gives the opening: its own debt and "
    "sum of repayments make $1,009M together, the other's $1,016.5M."
)

FIGURES = (
    ("liq-before", "2026-02-01 05:00", LIQUIDATION, "USD", True, "mexc-641819", "1880", ""),
    ("liq-after", "2026-02-01 12:00", LIQUIDATION, "USD", True, "mexc-641819", "1830", ""),
    ("liq-range-0202", "2026-02-02 00:00", LIQUIDATION, "USD", True, "aicoin-514541", "1781.09..1862.02", ""),
    ("liq-0204", "2026-02-04 04:00", LIQUIDATION, "USD", True, "blockbeats-331100", "1800", ""),
    ("liq-range-0204", "2026-02-04 04:00", LIQUIDATION, "USD", True, "blockbeats-331100", "1685..1855", ""),
    ("liq-0205", "2026-02-05 02:00", LIQUIDATION, "USD", True, "blockbeats-331270", "1640", ""),
    ("liq-range-0205", "2026-02-05 01:00", LIQUIDATION, "USD", True, "aicoin-515302", "1575.13..1681.94", ""),
    (
        "liq-0206",
        "2026-02-06 02:00",
        LIQUIDATION,
        "USD",
        True,
        "odaily-467627",
        "1560",
        (
            "It is the report's \"main\" wallets'; its range for all of them is 1,509 to 1,708, and its own "
            "totals at 83 % give 1,600.3."
        ),
    ),
    ("liq-range-0206", "2026-02-06 02:00", LIQUIDATION, "USD", True, "odaily-467627", "1509..1708", ""),
    ("held-0201", "2026-02-01 12:00", HELD, "ETH", False, "aicoin-514541", "618245.96", ""),
    ("debt-0201", "2026-02-01 12:00", DEBT, "USD", False, "aicoin-514541", "939000000", ""),
    ("held-0204", "2026-02-04 04:00", HELD, "ETH", False, "blockbeats-331100", "498000", ""),
    ("debt-0204", "2026-02-04 04:00", DEBT, "USD", False, "blockbeats-331100", "743000000", ""),
    ("held-0205", "2026-02-05 02:00", HELD, "ETH", False, "blockbeats-331270", "463000", ""),
    ("debt-0205", "2026-02-05 02:00", DEBT, "USD", False, "blockbeats-331270", "625000000", ""),
    ("held-0206", "2026-02-06 02:00", HELD, "ETH", False, "odaily-467627", "396000", ""),
    ("debt-0206", "2026-02-06 02:00", DEBT, "USD", False, "odaily-467627", "526000000", ""),
    ("sent-0201", "2026-02-01 12:00", SENT, "ETH", False, "mexc-641819", "33589", ""),
    ("sent-0204", "2026-02-04 04:00", SENT, "ETH", True, "blockbeats-331100", "153500", ""),
    ("sent-0205", "2026-02-05 02:00", SENT, "ETH", True, "gdgz-515203", "188588", ""),
    ("sent-0206", "2026-02-06 02:00", SENT, "ETH", True, "odaily-467627", "255500", ""),
    (
        "sent-0206b",
        "2026-02-06 11:00",
        SENT,
        "ETH",
        True,
        "blockbeats-331545",
        "411075",
        "It counts from a peak of 661,000 ETH, this episode from 651,834.96: other wallets are in it.",
    ),
    ("sent-0207", "2026-02-07 08:00", SENT, "ETH", True, "alibtc-301979", "612452", ""),
    ("sent-all", "2026-02-08 03:00", SENT, "ETH", True, "dzilla-22997", "651757", ""),
    ("sent-all-b", "2026-02-08 03:00", SENT, "ETH", True, "coinpost-86801", "658168", ""),
    ("repaid-0201", "2026-02-01 12:00", REPAID, "USD", False, "mexc-641819", "77500000", ""),
    ("repaid-0204", "2026-02-04 04:00", REPAID, "USD", True, "blockbeats-331100", "266000000", OFFSET),
    ("repaid-0205", "2026-02-05 02:00", REPAID, "USD", True, "blockbeats-331270", "385000000", OFFSET),
    ("repaid-0206", "2026-02-06 02:00", REPAID, "USD", True, "odaily-467627", "483000000", OFFSET),
    (
        "exit-0201",
        "2026-02-01 12:00",
        EXIT,
        "USD",
        True,
        "mexc-641819",
        "2352",
        (
            "ETH cost that in the evening; ours are sent from 06:10 to 10:10, at the begin that others "
            "give. The report's time is known to a day."
        ),
    ),
    ("exit-0204", "2026-02-04 04:00", EXIT, "USD", True, "blockbeats-331100", "2294", ""),
    ("exit-0205", "2026-02-05 02:00", EXIT, "USD", True, "gdgz-515203", "2263", ""),
    ("exit-0206", "2026-02-06 02:00", EXIT, "USD", True, "odaily-467627", "2168", ""),
    ("exit-all", "2026-02-08 03:00", EXIT, "USD", True, "dzilla-22997", "2055", ""),
    ("loss-ember", "2026-02-08 03:00", LOSS_3180, "USD", True, "coinalert-0207", "734000000", ""),
    ("loss-aiyi", "2026-02-08 03:00", LOSS_3104, "USD", True, "coinpost-86801", "688000000", ""),
    ("low", "2026-02-07 00:00", LOW, "USD", False, "binance-1h", "1747.8", ""),
)
