"""Small supplies under ``quota`` and ``fair_share``: whole units that add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.judge import judge
from models.scenario import Scenario
from models.settings import Policy
from optimizer import plan, read_scenario
from optimizer.policies.shares import fair_shares, with_segment_quotas
from optimizer.preparing import prepare
from tests.support.cases import case_folder
from tests.support.scenarios_as_text import make_scenario


def book(
    shares: Sequence[float], wanted: Sequence[float], supply: float, **tables: str
) -> Scenario:
    """Make segments s0, s1 ... with an order of pumps each; a share of -1 is none."""
    segments = {
        f"s{n}": {"tier": 1, "services": ["standard"]} | ({"quota_share": s} if s >= 0 else {})
        for n, s in enumerate(shares)
    }
    rows = range(len(shares))
    frames = {
        "customers": "customer,segment,region\n" + "\n".join(f"c{n},s{n},north" for n in rows),
        "orders": "order,customer,requested\n" + "\n".join(f"o{n},c{n},2026-11-26" for n in rows),
        "lines": "order,line,item,quantity\n"
        + "\n".join(f"o{n},1,pump,{q}" for n, q in enumerate(wanted)),
        "lanes": "site,region,service,transit_days\nHAM,north,standard,1",
        "stock": f"site,item,on_hand\nHAM,pump,{supply}",
    }
    return make_scenario({"segments": segments}, **(frames | tables))


def given(scenario: Scenario, policy: Policy) -> list[float]:
    """Tell what each order gets."""
    found = plan(scenario, policy=policy, diagnose=False)
    assert judge(found.scenario, found.solution) == []
    return found.lines["delivered"].tolist()


WANTED = [100, 50, 50, 200, 300, 100, 200]
OF_333, OF_500 = [33, 17, 17, 67, 100, 33, 66], [50, 25, 25, 100, 150, 50, 100]
TWO_ITEMS = {
    "lines": "order,line,item,quantity\no0,1,valve,1\no1,1,pump,3",
}
ONE_WHOLE = {
    "lines": "order,line,item,quantity,complete\no0,1,pump,4,true\no1,1,pump,4",
}
SHARES = [0.1, 0.05, 0.05, 0.2, 0.3, 0.1, 0.2]
PACK = {"items": "item,pack\npump,12"}
QUOTA = {
    "all of 333": (SHARES, WANTED, 333, {}, OF_333),
    "even shares of 500": (SHARES, WANTED, 500, {}, OF_500),
    "6 for seven of 14 %": ([0.14] * 7, [5] * 7, 6, {}, [1, 1, 1, 1, 1, 1, 0]),
    "1 for two halves": ([0.5, 0.5], [3, 3], 1, {}, [1, 0]),
    "to the one that wants it": ([0.5, 0.5], [1, 3], 1, TWO_ITEMS, [0, 1]),
    "5 for two halves": ([0.5, 0.5], [5, 5], 5, {}, [3, 2]),
    "a half, and who has no share": ([0.5, -1], [5, 5], 5, {}, [3, 2]),
    "a half, and nobody else": ([0.5], [5], 5, {}, [3]),
    "packs": ([0.5, 0.5], [48, 48], 60, PACK, [36, 24]),
    "no pack for either": ([0.5, 0.5], [48, 48], 10, PACK, [0, 0]),
    "a share that nobody uses stays": ([0.5, 0.5], [1, 9], 10, {}, [1, 5]),
    "thirds of 100": ([1 / 3] * 3, [99] * 3, 100, {}, [34, 33, 33]),
}  # fmt: skip


@pytest.mark.parametrize("name", QUOTA)
def test_quotas_of_whole_units_add_up(name: str) -> None:
    shares, wanted, supply, tables, expected = QUOTA[name]
    assert given(book(shares, wanted, supply, **tables), Policy.QUOTA) == expected


FAIR = {
    "1 of two": ([1, 1], 1, {}, [1, 0]),
    "6 of seven": ([1] * 7, 6, {}, [1, 1, 1, 1, 1, 1, 0]),
    "the largest remainder": ([10, 20, 30], 7, {}, [1, 2, 4]),
    "as 333 is divided": (WANTED, 333, {}, OF_333),
    "enough for all": ([4, 5], 9, {}, [4, 5]),
    "packs": ([48, 48], 60, PACK, [36, 24]),
    "what no pack fits goes on": ([6, 48], 24, PACK, [0, 24]),
    "a whole lot waits": ([4, 4], 5, ONE_WHOLE, [0, 4]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAIR)
def test_fair_shares_of_whole_units_add_up(name: str) -> None:
    wanted, supply, tables, expected = FAIR[name]
    scenario = book([-1] * len(wanted), wanted, supply, **tables)
    assert given(scenario, Policy.FAIR_SHARE) == expected


@pytest.mark.parametrize(("ties", "first"), [("oldest_first", 0), ("newest_first", 1)])
def test_equal_remainders_go_as_the_ties_say(ties: str, first: int) -> None:
    scenario = book([-1], [1], 1)
    rows = "order,customer,requested\nold,c0,2026-11-25\nnew,c0,2026-11-26"
    lines = "order,line,item,quantity\nold,1,pump,1\nnew,1,pump,1"
    segments = {"s0": {"tier": 1, "services": ["standard"], "ties": ties}}
    tables = {name: scenario[name].to_csv(index=False) for name in ("customers", "lanes", "stock")}
    scenario = make_scenario({"segments": segments}, orders=rows, lines=lines, **tables)
    problem = prepare(scenario)
    name = ["old", "new"][first]
    order = problem.orders["order"].to_numpy()[problem.lines["order"]]
    assert fair_shares(problem).tolist() == (order == name).astype(float).tolist()


@pytest.mark.parametrize("seed", range(40))
def test_no_share_is_a_step_away_from_its_exact_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, supply = int(rng.integers(1, 8)), int(rng.integers(0, 200))
    shares = (rng.dirichlet(np.ones(count)) * rng.choice([1.0, 0.98, 0.5])).round(4)
    problem = prepare(book(shares.tolist(), [200.0] * count, supply))
    limits = with_segment_quotas(problem).quotas["limit"].to_numpy()[:count]
    exact = shares * supply
    assert (np.abs(limits - exact) < 1).all()
    assert (limits == np.round(limits)).all()
    assert supply >= limits.sum() >= np.floor(exact.sum() + 1e-9)


def test_units_that_a_share_keeps_from_a_line_are_told_so() -> None:
    found = plan(book([0.5, 0.5], [1, 9], 10), policy=Policy.QUOTA)
    assert found.lines["reason"].tolist() == ["", "quota"]
    assert found.solution.shortages[["reason", "units"]].to_numpy().tolist() == [["quota", 4.0]]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("supply-500", [50, 25, 25, 100, 150, 50, 100]),
        ("supply-333", [33, 17, 17, 67, 100, 33, 66]),
    ],
)
def test_seven_groups_have_their_shares(folder: str, expected: list[float]) -> None:
    scenario = read_scenario(case_folder("12-proportional-allocation", folder))
    units = plan(scenario).lines.set_index("order")["delivered"]
    assert units[[f"O-{name}" for name in scenario.settings.segments]].tolist() == expected
