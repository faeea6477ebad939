"""Lines of given cases, told right: what holds their units, what fills them, what is offered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import pytest

from models.scenario import Scenario
from models.solution import AS_ASKED, Solution
from optimizer import plan
from optimizer.explaining import Explanation, LineExplainer
from optimizer.reading import read_scenario
from tests.support.cases import case_folder
from tests.support.told_lines import assert_true

PARCEL = "explain-parcel-limit-holds-the-units"
LANE = "explain-protected-quota-not-lane"
SECOND = "explain-protected-quota-second-item"
OFFERS = "explain-remedies-express-and-sites"


def given(case: str) -> Scenario:
    """Read a case; what is requested after its horizon would not be due: it is for the last day."""
    scenario = read_scenario(case_folder(case, "scenario"))
    horizon, orders = scenario.settings.horizon, scenario["orders"]
    last = pd.Timestamp(horizon.start) + pd.Timedelta(days=horizon.days - 1)
    due = orders["requested"].where(orders["requested"] <= last, last)
    asked = orders.assign(requested=due.astype(orders["requested"].dtype))
    return Scenario(scenario.settings, {**scenario.tables, "orders": asked})


@contextmanager
def explainer_of(case: str) -> Iterator[tuple[Scenario, Solution, LineExplainer]]:
    scenario = given(case)
    solution = plan(scenario).solution
    with LineExplainer(scenario, solution) as explainer:
        yield scenario, solution, explainer


def told_of(case: str, order: str, line: str) -> Explanation:
    with explainer_of(case) as (_, _, explainer):
        return explainer.explain(order, line)


@pytest.mark.parametrize("case", [PARCEL, LANE, SECOND, OFFERS])
def test_all_that_is_told_of_them_is_true(case: str) -> None:
    with explainer_of(case) as (scenario, solution, explainer):
        missed = solution.lines[~solution.lines["status"].isin(AS_ASKED)]
        assert len(missed) > 0
        for order, line in missed[["order", "line"]].itertuples(index=False, name=None):
            assert_true(scenario, solution, explainer.explain(order, line))


def test_units_of_an_order_with_a_parcel_limit_are_no_obstacle() -> None:
    words = [fill.words for fill in told_of(PARCEL, "1", "1").fills]
    assert words == ["3 more of P1 at HAM by 2026-11-24"]


def test_what_is_protected_is_behind_the_quota_and_not_behind_the_lane() -> None:
    missing = plan(given(LANE)).solution.shortages
    assert missing[["order", "reason", "units"]].to_numpy().tolist() == [["y", "quota", 8.0]]


@pytest.mark.parametrize(("case", "line"), [(LANE, "1"), (SECOND, "2")])
def test_supply_and_the_quota_would_both_fill_it(case: str, line: str) -> None:
    words = [fill.words for fill in told_of(case, "y", line).fills]
    expected = ["8 more of P at HAM by 2026-11-23", "row 1 of quotas protects nothing"]
    assert words == expected


def test_offers_take_the_own_units_and_name_the_other_site() -> None:
    remedies = plan(given(OFFERS)).solution.remedies
    offers = remedies[remedies["state"] == "offer"]
    days = offers["arrival_date"].dt.strftime("%d")
    columns = ["order", "remedy", "quantity", "day", "on_time", "cost"]
    told = offers.assign(day=days)[columns].to_numpy().tolist()
    assert ["O1", "express", 10.0, "24", True, 310.0] in told
    assert [row for row in told if row[0] == "O4"] == [["O4", "other_site", 4.0, "25", True, 160.0]]
