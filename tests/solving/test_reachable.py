"""What a segment that misses its target could reach: uncut, whatever any policy would do."""

from __future__ import annotations

from typing import Any

import pytest

from models.scenario import Scenario
from optimizer import plan
from tests.support.scenarios_as_text import make_scenario


def rivals(base: float, stock: int = 10) -> Scenario:
    """Gold and base want ten pumps each; every rule of today serves gold first, or both evenly."""
    segments: dict[str, Any] = {
        "gold": {"tier": 1, "services": ["standard"]},
        "base": {"tier": 2, "services": ["standard"]},
    }
    for name, level in (("gold", 1.0), ("base", base)):
        segments[name]["target"] = {"measure": "unit_otif", "level": level}
    return make_scenario(
        {"segments": segments, "goals": ["commitments", "floors", "targets", "value"]},
        customers="customer,segment,region\nG,gold,north\nB,base,north",
        orders="order,customer,requested,ordered\nO1,G,2026-11-25,2026-11-01\n"
        "O2,B,2026-11-26,2026-11-02",
        lines="order,line,item,quantity,unit_value\nO1,1,pump,10,9\nO2,1,pump,10,1",
        lanes="site,region,service,transit_days\nhub,north,standard,1",
        stock=f"site,item,on_hand\nhub,pump,{stock}",
    )


@pytest.mark.parametrize(("target", "stock"), [(0.3, 10), (0.5, 10), (0.7, 12), (1.0, 8)])
def test_it_is_all_that_there_is_not_what_the_target_asks_for(target: float, stock: int) -> None:
    service = plan(rivals(target, stock)).solution.service
    (row,) = service[service["shortfall"] > 0].query("segment == 'base'").to_dict("records")
    assert row["reachable"] == row["reachable_bound"] == pytest.approx(min(stock, 10) / 10)
    assert row["reachable_together"] == pytest.approx(max(stock - 10, 0) / 10)
    assert row["best_reachable"] == pytest.approx(min(row["reachable"], target))
