"""The rule for how sure a label is, at its edges."""

import pytest

from bot.domain.labels import BY_HAND, DEFILLAMA, EXPLORER, LEARNED, PROOF, Confidence, confidence_of


@pytest.mark.parametrize(
    ("sources", "newest", "confidence"),
    [
        ((PROOF,), "2022-11", Confidence.SURE),  # the exchange's own word does not age
        ((PROOF, EXPLORER), "2023-10", Confidence.SURE),
        ((DEFILLAMA, EXPLORER), "2026-08", Confidence.SURE),
        ((DEFILLAMA, EXPLORER), "2025-12", Confidence.SURE),
        ((DEFILLAMA, EXPLORER), "2025-11", Confidence.LIKELY),  # 11 to 13 months old: not surely younger
        ((DEFILLAMA, EXPLORER), "2025-11-30", Confidence.LIKELY),
        ((DEFILLAMA,), "2026-11", Confidence.LIKELY),
        ((DEFILLAMA, DEFILLAMA), "2026-11", Confidence.LIKELY),  # one family twice is one
        ((DEFILLAMA, BY_HAND), "2026-11", Confidence.LIKELY),  # a person is no second family
        ((DEFILLAMA, LEARNED), "2026-11", Confidence.LIKELY),
        ((BY_HAND,), "2026-11-03", Confidence.SAID),
        ((BY_HAND, LEARNED), "2026-11", Confidence.SAID),
        ((LEARNED,), "2026-11", Confidence.PROBABLE),
    ],
)
def test_how_sure_a_label_is(sources, newest, confidence):
    assert confidence_of(sources, newest, "2026-11-30") is confidence
    assert confidence_of(sources, newest, "2026-11") is confidence


@pytest.mark.parametrize("date", ["", "2026", "2026-13", "2026-00", "today", "November-2026"])
def test_a_date_that_is_none_is_refused(date):
    with pytest.raises(ValueError):
        confidence_of((DEFILLAMA,), date, "2026-11")
    with pytest.raises(ValueError):
        confidence_of((DEFILLAMA,), "2026-11", date)
