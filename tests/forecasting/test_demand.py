"""Expected demand: what is learnt, that nothing later is seen, and how far off it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.errors import ScenarioError, UsageError
from models.history import HISTORY
from models.tables import TABLES
from optimizer import read_scenario
from optimizer.backtesting.example import START, look_ahead
from optimizer.cli import main
from optimizer.forecasting import forecast_errors, history_of, learn, read_history
from optimizer.forecasting.accuracy import LEVELS
from optimizer.forecasting.demand import KEYS
from optimizer.forecasting.history import name_blanks
from optimizer.scenario.table_edits import cast_rows
from tests.support.folders import ROOT
from tests.support.real_histories import NAMES, real_history
from tests.support.small_worlds import MONDAY, small, small_history

BUNDLED = ROOT / "scenarios" / "look-ahead"
ABSOLUTE = ("wape", "mase")
SUNDAY = MONDAY - pd.Timedelta(days=1)


def steady(weeks: int = 8) -> pd.DataFrame:
    """Ten units a weekday but none on Sundays: six ordered two days ahead, four on the day."""
    rows = []
    for day in range(-7 * weeks, 10):
        requested = MONDAY + pd.Timedelta(days=day)
        if requested.day_of_week != 6:
            rows += [(requested - pd.Timedelta(days=k), requested, q) for k, q in ((2, 6), (0, 4))]
    frame = pd.DataFrame(rows, columns=["ordered", "requested", "quantity"])
    frame = frame.assign(segment="gold", region="north", item="pump")
    columns = HISTORY.columns
    blanks = {c: np.full(len(frame), s.blank) for c, s in columns.items() if c not in frame}
    dtypes = {name: spec.kind.dtype for name, spec in HISTORY.columns.items()}
    return name_blanks(frame.assign(**blanks)[[*dtypes]].astype(dtypes))


def test_level_weekdays_and_lead_times_are_learnt() -> None:
    demand = learn(steady(), SUNDAY)
    assert demand.weekdays[0, 6] == 0
    assert np.allclose(demand.weekdays[0, :6], 7 / 6, rtol=0.02)
    assert np.allclose(demand.known[0, :4], [1, 0.6, 0.6, 0])
    assert demand.cells["level"][0] == pytest.approx(60 / 7, rel=0.02)


def test_what_is_ordered_already_is_not_expected_again() -> None:
    rows = learn(steady(), SUNDAY).table(8).set_index("requested")["quantity"]
    assert SUNDAY not in rows.index
    assert rows[MONDAY] == pytest.approx(4, rel=0.02)  # six of ten are ordered
    assert rows[MONDAY + pd.Timedelta(days=1)] == pytest.approx(4, rel=0.02)
    assert rows[MONDAY + pd.Timedelta(days=2)] == pytest.approx(10, rel=0.02)
    assert MONDAY + pd.Timedelta(days=6) not in rows.index


def test_nothing_that_is_ordered_later_is_seen() -> None:
    history = steady()
    later = history["ordered"] > SUNDAY
    other = history.assign(quantity=history["quantity"].mask(later, 99.0))
    found, again = (learn(rows, SUNDAY).table(8) for rows in (history, other))
    pd.testing.assert_frame_equal(found, again)


def test_a_seldom_ordered_cell_is_drawn_to_what_its_segment_lets_expect() -> None:
    """Seals are ordered as often as pumps, in the south only once: it will happen again."""
    pumps = steady()
    south = pumps.assign(region="south")
    seals = pumps.assign(item="seal")
    rows = pd.concat([pumps, south, seals, seals.iloc[[20]].assign(region="south")])
    demand = learn(rows.reset_index(drop=True), SUNDAY)
    level = demand.cells.set_index(["item", "region"])["level"]
    assert level["seal", "south"] > 2 * seals["quantity"].iloc[20] / 56
    assert level["seal", "south"] < 0.5 * level["pump", "south"]
    assert level.sum() == pytest.approx(3 * 60 / 7, rel=0.03)


def test_the_table_is_the_scenarios() -> None:
    scenario, history = look_ahead()
    table = learn(history, START).table(8)
    assert not table.duplicated([*KEYS, "requested"]).any()
    assert (table["quantity"] >= TABLES["forecast"].columns["quantity"].least).all()
    cast_rows("forecast", table)
    assert set(table["segment"]) == set(scenario.settings.segments)


def better(errors: pd.DataFrame) -> dict[tuple[str, str], bool]:
    """Whether the forecast's error is smaller than the naive one's, by level and error."""
    rows = errors.set_index(["level", "method"])
    return {
        (level, error): float(rows[error].loc[level, "forecast"])
        < float(rows[error].loc[level, "naive"])
        for level in LEVELS
        for error in (*ABSOLUTE, "rmsse")
    }


def test_forecasts_beat_the_naive_one_on_generated_days_held_out() -> None:
    won = better(forecast_errors(look_ahead()[1], 13, 4))
    assert all(won[level, error] for level in LEVELS for error in ("wape", "mase", "rmsse"))


@pytest.mark.parametrize("name", NAMES)
def test_forecasts_beat_the_naive_one_on_real_days_held_out(name: str) -> None:
    """By absolute errors from items up, by squared ones everywhere.

    A cell of ``dataco`` is ordered so seldom that saying nothing at all has the least absolute
    error; a mean, which a plan needs, cannot have it.
    """
    won = better(forecast_errors(real_history(name), 13))
    assert all(won[level, "rmsse"] for level in LEVELS)
    assert all(won[level, error] for level in ("item", "segment", "all") for error in ABSOLUTE)


def test_a_history_too_short_to_hold_days_out_is_said() -> None:
    with pytest.raises(UsageError, match="held out need"):
        forecast_errors(small_history(), 14)


def test_a_scenarios_own_book_is_a_history() -> None:
    rows = history_of(small())
    assert rows["order"].tolist() == ["x"]
    assert rows["segment"].tolist() == ["gold"]
    assert rows["unit_value"].tolist() == [9.0]


def test_faults_of_a_history_come_all_at_once_with_their_places(tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    head = "ordered,requested,segment,region,item,quantity,colour\n"
    path.write_text(
        head
        + "2026-01-02,2026-01-01,gold,north,pump,3,red\n"
        + "2026-01-02,2026-01-03,gold,north,,-1,red\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        read_history(path)
    told = str(caught.value)
    assert "unknown column 'colour'" in told
    path.write_text(path.read_text(encoding="utf-8").replace(",colour", "").replace(",red", ""))
    with pytest.raises(ScenarioError) as caught:
        read_history(path)
    told = str(caught.value)
    assert "past.csv:2:requested: requested before it was ordered" in told
    assert "past.csv:3:quantity" in told
    assert "past.csv:3:item" in told
    with pytest.raises(ScenarioError, match="no such file"):
        read_history(tmp_path / "none.csv")


def test_the_command_writes_a_table_that_a_scenario_can_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "forecast.csv"
    history = str(BUNDLED / "_history.csv")
    asked = ["forecast", history, "--scenario", str(BUNDLED), "--days", "8", "--out", str(out)]
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["as_of"] == "2026-03-02"
    assert len(told["forecast"]) == len(pd.read_csv(out))
    assert {row["method"] for row in told["errors"]} == {"forecast", "naive"}
    assert main(["forecast", history, "--as-of", "tomorrow"]) == 2
    folder = tmp_path / "scenario"
    folder.mkdir()
    for file in BUNDLED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "forecast.csv").write_bytes(out.read_bytes())
    assert len(read_scenario(folder)["forecast"]) == len(told["forecast"])
