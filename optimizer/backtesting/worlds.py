"""Simulated days that all policies share: orders drawn from history, receipts late and short."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.errors import Issue, ScenarioError
from models.scenario import Scenario
from models.simulation import Backtest
from optimizer.scenario.table_edits import complete_rows

PLACE = ["site", "item"]
NOT_CARRIED = ("commitments", "overrides", "quotas", "ledger", "signals", "transfers")
"""Tables whose content does not carry over from day to day in a simulation."""


@dataclass(frozen=True, eq=False)
class World:
    """Everything that happens in the simulated days, whatever is decided.

    Parameters
    ----------
    scenario
        Network, segments, calendars, and all customers; start and days are those of the world.
    orders, lines
        As the tables of a scenario have them, in the order of being known; ``lines`` has
        ``known``, the day on which its order comes in, and ``last``, the day after which nothing
        of it can arrive any more (int64, days from the start).
    stock
        On hand at the start: ``site``, ``item``, ``on_hand``.
    receipts
        ``site``, ``item``, ``kind``; ``announced`` and ``expected`` say what is known beforehand
        [day, unit], ``day`` and ``quantity`` what comes.
    demand, history
        What is ordered, and what was ordered before the start: see
        :data:`models.history.HISTORY`; ``demand`` has ``known``, too.
    days
        So many; nothing is requested, or shipped, after them.
    horizon
        Days that a plan looks ahead.
    """

    scenario: Scenario
    orders: pd.DataFrame
    lines: pd.DataFrame
    stock: pd.DataFrame
    receipts: pd.DataFrame
    demand: pd.DataFrame
    history: pd.DataFrame
    days: int
    horizon: int

    @property
    def start(self) -> pd.Timestamp:
        """The first day."""
        return pd.Timestamp(self.scenario.settings.horizon.start)


def check_world(scenario: Scenario, history: pd.DataFrame, days: int) -> None:
    """Refuse what cannot be simulated.

    Raises
    ------
    ScenarioError
        With everything that is in the way.
    """
    issues = [
        Issue(name, f"{len(scenario[name])} rows do not carry over from day to day", "remove them")
        for name in NOT_CARRIED
        if len(scenario[name])
    ]
    penalties = [n for n, s in scenario.settings.segments.items() if s.penalty]
    remedy = "remove it: a backtest counts value less cost, and contracts by themselves"
    issues += [Issue("scenario.yaml", f"segments.{n}.penalty is given", remedy) for n in penalties]
    stages = sorted(set(scenario["customers"]["stage"]) & {"crisis", "recovery"})
    issues += [Issue("customers", f"customers at the stage {s}", "set commit") for s in stages]
    issues += _unfit(scenario, history, days)
    if issues:
        raise ScenarioError(issues)


def _unfit(scenario: Scenario, history: pd.DataFrame, days: int) -> list[Issue]:
    """Name what of the history does not fit the scenario."""
    known = {
        "segment": ({*scenario.settings.segments}, "is not in the header", "add it"),
        "region": ({*scenario["lanes"]["region"]}, "has no lane", "add one"),
        "item": ({*scenario["stock"]["item"]}, "is not in the table stock", "add where it is held"),
    }
    issues = [
        Issue("history", f"{column} {name!r} {problem}", f"{remedy}, or drop the rows")
        for column, (names, problem, remedy) in known.items()
        for name in sorted({*history[column]} - names)[:20]
    ]
    divisible = scenario["items"].loc[scenario["items"]["divisible"], "item"]
    parts = (history["quantity"] % 1 > 0) & ~history["item"].isin(divisible)
    issues += [
        Issue("history", f"{name!r} is ordered in fractions", "make the item divisible")
        for name in sorted({*history.loc[parts, "item"]})[:20]
    ]
    span = (history["ordered"].max() - history["ordered"].min()).days + 1
    if span < 7:
        problem = f"orders of {span} days are too few to draw {days} days from"
        issues.append(Issue("history", problem, "give at least a week; several are better"))
    return issues


def world_of(scenario: Scenario, history: pd.DataFrame, days: int, seed: int) -> World:
    """Draw a world.

    Each simulated day is a day of the history on the same weekday, as it was: all its orders, with
    their lead times. Receipts come at even distances.

    Parameters
    ----------
    scenario
        For everything but orders, stock and receipts; its stock and receipts say which site holds
        how much of an item relative to others.
    history
        As :func:`optimizer.forecasting.read_history` gives it.
    days
        Simulated days from the scenario's start on.
    seed
        Of all randomness.
    """
    rng = np.random.default_rng([seed, days])
    start = pd.Timestamp(scenario.settings.horizon.start)
    drawn = _orders(rng, history, start, days)
    rules = scenario.settings.backtest or Backtest()
    stock, receipts = _supply(rng, scenario, history, rules, days)
    orders, lines = _book(scenario, drawn, start)
    horizon = scenario.settings.horizon.model_copy(update={"days": days})
    settings = scenario.settings.model_copy(update={"horizon": horizon})
    tables = {**scenario.tables, "customers": _customers(scenario, history)}
    ahead = scenario.settings.horizon.days
    whole = Scenario(settings, tables)
    before = _before(history, start)
    return World(whole, orders, lines, stock, receipts, drawn, before, days, ahead)


def _before(history: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """Move history by whole weeks so that it ends on the day before the start."""
    last = history["ordered"].max()
    end = last - pd.Timedelta(days=(last.day_of_week - start.day_of_week + 1) % 7)
    shift = start - pd.Timedelta(days=1) - end
    kept = history[history["ordered"] <= end]
    dates = {c: kept[c] + shift for c in ("ordered", "requested", "earliest", "cancel")}
    return kept.assign(**dates).reset_index(drop=True)


def _orders(
    rng: np.random.Generator, history: pd.DataFrame, start: pd.Timestamp, days: int
) -> pd.DataFrame:
    """Draw a day of the history for each simulated day, and for the days before the first.

    What is requested before the start, or after the last day, is not part of the world.
    """
    past = history["ordered"].dt.normalize()
    all_days = pd.date_range(past.min(), past.max(), unit="s")
    longest = int((history["requested"] - history["ordered"]).dt.days.max())
    rows_of = history.groupby(past).indices
    parts, none = [], np.empty(0, dtype=np.int64)
    for day in range(-longest, days):
        today = start + pd.Timedelta(days=day)
        alike = all_days[all_days.day_of_week == today.day_of_week]
        drawn = alike[int(rng.integers(len(alike)))]
        rows = history.iloc[rows_of.get(drawn, none)]
        shift = today - drawn
        dates = {c: rows[c] + shift for c in ("ordered", "requested", "earliest", "cancel")}
        number = f"{day + longest:04d}-"
        parts.append(rows.assign(**dates, order=number + rows["order"], known=max(day, 0)))
    rows = pd.concat(parts, ignore_index=True)
    last = start + pd.Timedelta(days=days - 1)
    return rows[(rows["requested"] >= start) & (rows["requested"] <= last)].reset_index(drop=True)


def _book(
    scenario: Scenario, drawn: pd.DataFrame, start: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split what was drawn into orders and lines."""
    drawn = drawn.assign(line=(drawn.groupby("order").cumcount() + 1).astype("str"))
    orders = complete_rows("orders", drawn.drop_duplicates("order"))
    lines = complete_rows("lines", drawn)
    late = {name: s.max_days_late for name, s in scenario.settings.segments.items()}
    days = drawn["segment"].map(late).astype("float64")
    latest = drawn["requested"] + pd.to_timedelta(days.fillna(3660.0), unit="D")
    latest = latest.where(~(drawn["cancel"] < latest), drawn["cancel"])
    lines["known"] = drawn["known"].to_numpy()
    lines["last"] = (latest - start).dt.days.to_numpy()
    return orders, lines


def _customers(scenario: Scenario, history: pd.DataFrame) -> pd.DataFrame:
    """List the customers of the scenario, and those of the history that it does not know."""
    own = scenario["customers"]
    new = history.drop_duplicates("customer")
    new = new[~new["customer"].isin(own["customer"])][["customer", "segment", "region"]]
    return pd.concat([own, complete_rows("customers", new)], ignore_index=True)


def _supply(
    rng: np.random.Generator, scenario: Scenario, history: pd.DataFrame, rules: Backtest, days: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stock at the start, and receipts, as they are announced and as they come."""
    places = _places(scenario, history)
    every = rules.receipt_every
    offset = np.arange(len(places)) % every
    daily = places["daily"].to_numpy() * rules.supply
    stock = places[PLACE].assign(on_hand=np.round(daily * offset))
    nth = np.arange(days // every + 1)
    announced = (offset[:, None] + every * nth).ravel()
    luck = np.maximum(0.0, rng.normal(1.0, rules.spread, len(announced)))
    expected = np.round(np.repeat(daily * every, len(nth)) * luck)
    late = (rng.random(len(announced)) < rules.late) * rng.integers(
        1, rules.days_late + 1, len(announced)
    )
    less = (rng.random(len(announced)) < rules.short) * rng.random(len(announced)) * rules.short_by
    rows = places[PLACE].loc[places.index.repeat(len(nth))].reset_index(drop=True)
    receipts = rows.assign(
        kind="purchase",
        announced=announced,
        expected=expected,
        day=announced + late,
        quantity=np.round(expected * (1 - less)),
    )
    kept = (receipts["announced"] < days) & (receipts["expected"] > 0)
    return stock, receipts[kept].reset_index(drop=True)


def _places(scenario: Scenario, history: pd.DataFrame) -> pd.DataFrame:
    """Expect demand by site and item [unit/day]: an item's, by what its sites hold."""
    supply = pd.concat(
        [
            scenario["stock"].rename(columns={"on_hand": "units"})[[*PLACE, "units"]],
            scenario["receipts"].rename(columns={"quantity": "units"})[[*PLACE, "units"]],
        ]
    )
    supply = supply.groupby(PLACE)["units"].sum().clip(lower=0.0).reset_index()
    total = supply.groupby("item")["units"].transform("sum")
    even = 1.0 / supply.groupby("item")["site"].transform("size")
    share = (supply["units"] / total.where(total > 0)).fillna(even)
    span = (history["ordered"].max() - history["ordered"].min()).days + 1
    daily = history.groupby("item")["quantity"].sum() / span
    return supply[PLACE].assign(daily=share * supply["item"].map(daily).fillna(0.0))
