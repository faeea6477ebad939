"""The registry of reasons: every reason has words for a planner and for a customer."""

from __future__ import annotations

import pytest

from models.reasons import REASON_WORDS, SCARCITY, Holder, Reason, reasons_held_by


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    assert reason.words
    assert reason.notice.endswith(".")
    assert REASON_WORDS[reason.value] == reason.words


def test_customers_read_nothing_of_other_customers() -> None:
    others = reasons_held_by(Holder.ORDERS, Holder.FORECAST, Holder.LOWER_TIERS)
    assert others == ("commitment", "higher_tier", "same_tier", "reserve", "value")
    assert {reason.notice for reason in Reason if reason.value in others} == {SCARCITY}
