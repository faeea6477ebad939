"""A decision by hand that changes nothing is told as such, with its order."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.reading import read_scenario
from optimizer.scenario.bundled import copy_bundled

TIER = "1 order is moved by hand to the tier that it is in, which changes nothing: '1002'."
CAP = "1 order is capped at no less than it ordered, which changes nothing: '1002'."
FAST = "1 order is expedited where it may use every service, which changes nothing: '1002'."


def warned(decision: str, folder: Path, *sets: str) -> tuple[str, ...]:
    """Decide in a copy of the lesson; order 1002 is silver, tier 2, of one line of 6."""
    copy = copy_bundled("lessons/overrides", folder / "mine")
    rows = f"order,line,action,value\n{decision}\n"
    (copy / "overrides.csv").write_text(rows, encoding="utf-8")
    return read_scenario(copy, sets).warnings


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ("1002,,tier,2", (TIER,)),
        ("1002,10,tier,2", (TIER,)),
        ("1002,10,tier,1", ()),
        ("1002,,quantity,6", (CAP,)),
        ("1002,10,quantity,9", (CAP,)),
        ("1002,10,quantity,5", ()),
        ("1002,,expedite,", ()),
        ("1002,,hold,", ()),
        ("1002,,must,", ()),
    ],
)
def test_what_changes_nothing_is_warned_about(
    decision: str, said: tuple[str, ...], tmp_path: Path
) -> None:
    assert warned(decision, tmp_path) == said


def test_to_expedite_an_order_that_may_use_everything_changes_nothing(tmp_path: Path) -> None:
    every = "segments.silver.services=[standard, express]"
    assert warned("1002,,expedite,", tmp_path, every) == (FAST,)
