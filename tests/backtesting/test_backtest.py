"""Simulated days: shared worlds, decisions that see no future, a bound that is one, resuming."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.errors import ScenarioError, UsageError
from models.scenario import Scenario
from optimizer import backtest, read_history, read_scenario
from optimizer.backtesting.backtest_result import Interval
from optimizer.backtesting.clairvoyant import clairvoyant_bound
from optimizer.backtesting.deciders import LOOK_AHEAD, MYOPIC, OptimiserDecider, decider_of
from optimizer.backtesting.example import look_ahead
from optimizer.backtesting.policy_state import PolicyState
from optimizer.backtesting.score import score
from optimizer.backtesting.walk import walk
from optimizer.backtesting.worlds import World, world_of
from optimizer.cli import main
from optimizer.scenario.scenario_writer import write_scenario
from tests.support.folders import ROOT
from tests.support.real_histories import NAMES, real_history, scenario_of
from tests.support.small_worlds import MONDAY, small, small_history

BUNDLED = ROOT / "scenarios" / "look-ahead"
FRAMES = ("orders", "lines", "stock", "receipts", "demand", "history")


def walked(world: World, policy: str) -> PolicyState:
    decider = decider_of(policy)
    if isinstance(decider, OptimiserDecider):
        with decider:
            return walk(world, decider)
    return walk(world, decider)


def test_the_same_seed_is_the_same_world_and_another_one_is_not() -> None:
    first, again, other = (world_of(small(), small_history(), 6, seed) for seed in (1, 1, 2))
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    assert not first.lines.equals(other.lines)


def test_each_simulated_day_is_a_day_of_the_history_on_its_weekday() -> None:
    history = small_history(weeks=3)
    world = world_of(small(), history, 7, 5)
    for day, rows in world.demand[world.demand["ordered"] >= MONDAY].groupby("ordered"):
        weekday = pd.Timestamp(str(day)).day_of_week
        alike = history[history["ordered"].dt.day_of_week == weekday]
        days = [g["quantity"].tolist() for _, g in alike.groupby("ordered")]
        asked = rows["quantity"].tolist()
        assert any(asked == found[: len(asked)] for found in days)
    lead = (world.demand["requested"] - world.demand["ordered"]).dt.days
    assert set(lead) <= {1, 3}


def test_history_before_a_world_keeps_its_weekdays_and_ends_the_day_before() -> None:
    world = world_of(small(), small_history(), 5, 1)
    assert world.history["ordered"].max() == MONDAY - pd.Timedelta(days=1)
    assert (world.demand["requested"] >= MONDAY).all()
    assert (world.demand["requested"] < MONDAY + pd.Timedelta(days=5)).all()


def test_receipts_come_late_and_short_and_never_early_or_over() -> None:
    receipts = pd.concat(
        [world_of(small(), small_history(), 20, seed).receipts for seed in range(20)]
    )
    late = receipts["day"] - receipts["announced"]
    assert late.min() == 0
    assert late.max() == 2
    assert 0.15 < (late > 0).mean() < 0.45
    assert (receipts["quantity"] <= receipts["expected"]).all()
    assert (receipts["quantity"] < receipts["expected"]).any()


def with_other_future(world: World, day: int) -> World:
    """Change everything that becomes known after a day: orders, late and short receipts."""
    later = world.lines["known"].to_numpy() > day
    more = world.lines.assign(quantity=world.lines["quantity"].mask(later, 7.0))
    demand = world.demand.assign(quantity=world.demand["quantity"].mask(later, 7.0))
    coming = world.receipts["announced"].to_numpy() > day
    late = world.receipts.assign(
        day=world.receipts["day"] + 2 * coming,
        quantity=world.receipts["quantity"].mask(coming, 1.0),
    )
    return replace(world, lines=more, demand=demand, receipts=late)


@pytest.mark.parametrize("policy", ["segment_priority", MYOPIC, LOOK_AHEAD])
def test_a_day_decides_nothing_by_what_becomes_known_after_it(policy: str) -> None:
    day = 3
    world = world_of(small(), small_history(), 9, 4)
    other = with_other_future(world, day)
    assert not world.lines.equals(other.lines)
    assert not world.receipts.equals(other.receipts)
    found, again = walked(world, policy), walked(other, policy)
    assert found.day_values[: day + 1] == again.day_values[: day + 1]
    assert found.day_values[day + 1 :] != again.day_values[day + 1 :]


def test_what_is_announced_is_told_and_what_is_late_is_told_for_tomorrow() -> None:
    world = world_of(small(), small_history(), 6, 1)
    late = world.receipts.assign(day=world.receipts["announced"] + 2)
    state = PolicyState(replace(world, receipts=late))
    first = int(late["announced"].min())
    for day in range(first + 1):
        state.receive(day)
    scenario, _ = state.morning(first)
    told = scenario["receipts"]
    assert told["date"].min() == MONDAY + pd.Timedelta(days=first + 1)
    assert told["quantity"].iloc[0] == late["expected"].iloc[0]


def test_only_what_leaves_today_is_committed_and_stock_is_never_below_nothing() -> None:
    world = world_of(small(), small_history(), 6, 2)
    decider = decider_of("fcfs")
    state = PolicyState(world)
    for day in range(6):
        state.receive(day)
        scenario, lines = state.morning(day)
        shipped = decider.decide(scenario, lines, state, day)
        state.ship(shipped)
        assert state.on_hand.min() >= -1e-9
        assert state.open_units.min() >= -1e-9
    came = world.stock["on_hand"].sum() + world.receipts.loc[state.is_received, "quantity"].sum()
    assert state.delivered_units.sum() + state.on_hand.sum() == pytest.approx(came)


def best_by_trying(world: World) -> float:
    """Value of the best whole-unit plan that knows everything, by trying them all day by day.

    One place, one item: the state is what is left of each line and on hand.
    """
    lines, days = world.lines, world.days
    worth = lines["unit_value"].to_numpy()
    asked = world.orders.set_index("order").loc[lines["order"]]
    requested = (asked["requested"] - world.start).dt.days.to_numpy()
    segment = world.demand["segment"].to_numpy()
    kept = np.where(segment == "gold", 0.5, 0.95)
    known, last = lines["known"].to_numpy(), lines["last"].to_numpy()
    states = {(tuple(lines["quantity"].astype(int)), int(world.stock["on_hand"].sum())): 0.0}
    for day in range(days):
        come = int(world.receipts.loc[world.receipts["day"] == day, "quantity"].sum())
        late = np.maximum(day + 1 - requested, 0)
        gain = worth * kept**late - 1.0
        open_ = (known <= day) & (last >= day + 1)
        found: dict[tuple[tuple[int, ...], int], float] = {}
        for (left, stock), value in states.items():
            ranges = [range(n + 1 if o else 1) for n, o in zip(left, open_, strict=True)]
            for sent in itertools.product(*ranges):
                if sum(sent) <= stock + come:
                    rest = tuple(n - s for n, s in zip(left, sent, strict=True))
                    key = rest, stock + come - sum(sent)
                    found[key] = max(found.get(key, -1e9), value + float(gain @ np.array(sent)))
        states = found
    return max(states.values())


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 12))]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_is_what_trying_everything_finds_and_no_policy_beats_it(seed: int) -> None:
    world = world_of(small(supply=0.8), small_history(), 4, seed)
    bound, best = clairvoyant_bound(world), best_by_trying(world)
    assert best <= bound + 1e-6
    assert best == pytest.approx(bound, rel=0.02)
    for policy in ("fcfs", "segment_priority", MYOPIC, LOOK_AHEAD):
        assert score(walked(world, policy)).value <= best + 1e-6


def test_the_bound_holds_whatever_the_solver_says(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(small(), small_history(), 4, 1)
    proved = clairvoyant_bound(world)

    class Failed:
        success = False

    monkeypatch.setattr("optimizer.backtesting.clairvoyant.linprog", lambda *_, **__: Failed)
    assert clairvoyant_bound(world) >= proved


def test_contracts_are_counted_by_segment_and_review_period() -> None:
    segments = {
        "gold": {
            "tier": 1,
            "target": {"measure": "unit_otif", "level": 0.5},
            "services": ["standard"],
            "review_period": "week",
        },
        "base": {
            "tier": 2,
            "target": {"measure": "line_fill", "level": 1.0},
            "services": ["standard"],
        },
    }
    world = world_of(small(segments=segments), small_history(), 14, 3)
    state = PolicyState(world)
    gold = (world.demand["segment"] == "gold").to_numpy()
    first = gold & (world.demand["requested"] < MONDAY + pd.Timedelta(days=7)).to_numpy()
    quantity = world.lines["quantity"].to_numpy()
    state.on_time_units[first] = quantity[first]
    state.delivered_units[~gold] = quantity[~gold]
    found = score(state)
    assert (found.contracts, found.met) == (3, 2)
    state.delivered_units[np.flatnonzero(~gold)[0]] -= 0.5
    assert score(state).met == 1


def test_a_target_of_the_backlog_is_no_contract_where_days_begin_without_one() -> None:
    target = {"measure": "backlog_fill", "level": 1.0}
    segments = {"gold": {"tier": 1, "target": target, "services": ["standard"]}}
    segments["base"] = {"tier": 2, "services": ["standard"]}
    assert (
        score(PolicyState(world_of(small(segments=segments), small_history(), 7, 3))).contracts == 0
    )


def test_what_does_not_carry_over_is_refused_with_everything_else_that_is_wrong() -> None:
    scenario = small()
    history = small_history().assign(item="pomp")
    quotas = pd.DataFrame(scenario["quotas"].reindex([0]))
    for name in ("segment", "customer", "region", "item", "site"):
        quotas[name] = quotas[name].astype("str")
    changed = Scenario(
        scenario.settings,
        {**scenario.tables, "quotas": quotas.astype(scenario["quotas"].dtypes.to_dict())},
    )
    with pytest.raises(ScenarioError) as caught:
        backtest(changed, 5, 1, history=history)
    told = str(caught.value)
    assert "quotas: 1 rows do not carry over" in told
    assert "item 'pomp' is not in the table stock" in told


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"policies": ["best"]}, "policy 'best' cannot be tested"),
        ({"policies": ["fcfs", "fcfs"]}, "each policy once"),
        ({"seeds": 0}, "at least one day"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        backtest(small(), **({"days": 4, "seeds": 1, "history": small_history()} | asked))  # type: ignore[arg-type]


def test_intervals_are_students() -> None:
    found = Interval.of(np.array([1.0, 2.0, 3.0, 4.0]))
    assert found.mean == 2.5
    assert found.high - found.mean == pytest.approx(3.182446 * 1.290994 / 2, rel=1e-5)
    assert np.isnan(Interval.of(np.array([1.0])).low)


COMMAND = """
import sys
sys.path[:0] = [{root!r}]
from tests.support.small_worlds import small, small_history
from optimizer import backtest
if __name__ == "__main__":
    policies = ["fcfs", "edd", "revenue"]
    backtest(small(), 8, 2, history=small_history(), policies=policies, out={out!r})
"""


def test_a_killed_run_goes_on_to_the_same_result(tmp_path: Path) -> None:
    out, parts = tmp_path / "killed", tmp_path / "killed" / "parts"
    code = COMMAND.format(root=str(ROOT), out=str(out))
    script = tmp_path / "run.py"
    script.write_text(code, encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)  # noqa: S603
    until = time.monotonic() + 120
    while time.monotonic() < until and len([*parts.glob("0*.json")]) < 2:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {path.name for path in parts.glob("0*.json")}
    assert 2 <= len(done) < 8
    asked = {
        "days": 8,
        "seeds": 2,
        "history": small_history(),
        "policies": ["fcfs", "edd", "revenue"],
    }
    with pytest.raises(UsageError, match="--resume"):
        backtest(small(), **asked, out=out)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="other inputs"):
        backtest(small(supply=0.6), **asked, out=out, resume=True)  # type: ignore[arg-type]
    told: list[int] = []
    found = backtest(small(), **asked, out=out, resume=True, report=lambda n, _: told.append(n))  # type: ignore[arg-type]
    assert told[0] == len(done)
    whole = backtest(small(), **asked)  # type: ignore[arg-type]
    names = [c for c in whole.frame.columns if c != "seconds"]
    pd.testing.assert_frame_equal(found.frame[names], whole.frame[names])


def test_a_result_has_a_frame_a_table_and_a_picture(tmp_path: Path) -> None:
    found = backtest(small(), 5, 2, history=small_history(), policies=["segment_priority", "fcfs"])
    frame = found.to_frame()
    assert len(frame) == 4
    assert (frame["value"] <= frame["bound"] + 1e-6).all()
    gain = found.interval("fcfs", less="segment_priority")
    by = frame.pivot_table(index="seed", columns="policy", values="share")
    assert gain.mean == pytest.approx((by["fcfs"] - by["segment_priority"]).mean())
    assert "over segment_priority" in repr(found)
    assert "<table" in found._repr_html_()
    assert found.plot().to_dict()["layer"]
    found.write(tmp_path)
    record = json.loads((tmp_path / "backtest.json").read_text(encoding="utf-8"))
    assert record["seeds"] == 2
    assert len(pd.read_csv(tmp_path / "summary.csv")) == len(found.summary)


def test_the_bundled_scenario_is_the_generators(tmp_path: Path) -> None:
    scenario, history = look_ahead()
    write_scenario(scenario, tmp_path / "fresh", tables="csv")
    fresh = {file.name: file.read_bytes() for file in (tmp_path / "fresh").iterdir()}
    bundled = {file.name: file.read_bytes() for file in BUNDLED.iterdir()}
    del bundled["README.md"], bundled["_history.csv"]
    assert bundled == fresh
    pd.testing.assert_frame_equal(read_history(BUNDLED / "_history.csv"), history)


def bundled_result(days: int, seeds: int, policies: list[str]) -> dict[str, float]:
    scenario, history = read_scenario(BUNDLED), read_history(BUNDLED / "_history.csv")
    found = backtest(scenario, days, seeds, history=history, policies=policies, processes=2)
    frame = found.to_frame()
    assert (frame["value"] <= frame["bound"] * (1 + 1e-9)).all()
    return {name: found.interval(name).mean for name in policies}


@pytest.mark.slow
def test_who_looks_ahead_gets_more_in_the_bundled_scenario(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["backtest", str(BUNDLED), "--days", "8", "--seeds", "2", "--processes", "2", "-q"]
    names = ["segment_priority", MYOPIC, LOOK_AHEAD]
    assert main([*asked, "--policies", ",".join(names), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    means = {
        row["policy"]: row["mean"]
        for row in told["policies"]
        if row["measure"] == "share" and not row["against"]
    }
    assert max(means.values()) <= 1 + 1e-9
    assert means[LOOK_AHEAD] > means[MYOPIC]
    assert means[LOOK_AHEAD] > means["segment_priority"]


@pytest.mark.long
def test_twenty_worlds_of_sixty_days_keep_what_the_page_says() -> None:
    share = bundled_result(60, 20, ["segment_priority", MYOPIC, LOOK_AHEAD])
    assert share[LOOK_AHEAD] >= 0.97
    assert share[LOOK_AHEAD] >= share["segment_priority"] + 0.1


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_real_orders_are_simulated_within_the_bound(name: str) -> None:
    """What looking ahead gains on them is in ``backtests/results.md``, whatever it is."""
    history = real_history(name, items=6, market="LATAM" if name == "dataco" else "")
    names = ["segment_priority", MYOPIC, LOOK_AHEAD]
    found = backtest(scenario_of(history), 20, 6, history=history, policies=names, processes=2)
    frame = found.to_frame()
    assert (frame["value"] <= frame["bound"] * (1 + 1e-9)).all()
