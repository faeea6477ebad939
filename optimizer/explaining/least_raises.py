"""Limits raised as little as possible: more supply, capacity or quota that fills a line.

Supply may come to any open site on any day: the problem is prepared with plenty everywhere, which
is taken back from the rows of stock and becomes further columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tolerances import UNIT, UNIT_DECIMALS
from optimizer.common.steps import step_by_item
from optimizer.common.words import listed, number
from optimizer.explaining.input_changes import PARTS, Change, Fill, Row, raise_limits
from optimizer.explaining.line_question import LineQuestion
from optimizer.explaining.residual_model import NO_COLUMNS, ResidualModel, line_row
from optimizer.preparing.stock_epochs import certainty_levels
from optimizer.scenario.free_supply import overdue_uncounted, still_owed, with_free_supply
from optimizer.scenario.stages import stages_today
from optimizer.scenario.table_edits import with_rows
from optimizer.solving.highs import SolverProcess

MOST_MORE = 1024.0
"""Supply is raised by no more where quotas take a part of it [unit]."""
MOST = 1e7
"""A limit is raised by no more [unit]."""


@dataclass(frozen=True, eq=False)
class ResidualModels:
    """What is left beside all others: as it is, and where further supply may come.

    Parameters
    ----------
    as_it_is
        As it is.
    wide
        The same where no limit depends on supply; with plenty of supply else.
    supply
        Further columns of ``wide``: supply by place and day.
    """

    as_it_is: ResidualModel
    wide: ResidualModel
    supply: pd.DataFrame


def residual_models(question: LineQuestion) -> ResidualModels:
    """Make the models of what is left beside all others."""
    wide = question.model(_plenty(question))
    supply = _supply(question, wide)
    return ResidualModels(
        question.model() if _limits_follow(question.scenario) else wide, wide, supply
    )


def _limits_follow(scenario: Scenario) -> bool:
    """Whether quotas or caps of stages are shares of supply, or what is left of it."""
    at = stages_today(scenario.settings, scenario.tables).unique()
    caps = (scenario.settings.stages[name].supply_share_cap for name in at)
    protects = bool((scenario["quotas"]["protected"] > 0).any())
    return protects or any(cap is not None for cap in caps)


def least_raises(
    question: LineQuestion, residual: ResidualModels, process: SolverProcess
) -> Iterator[Fill]:
    """Raise limits, or supply, or all of them together.

    Parameters
    ----------
    question
        The line and the plan.
    residual
        What is left beside all others.
    process
        Solves.
    """
    limits = _limits(question, residual.as_it_is)
    raised = [
        fill
        for _, rows in limits.groupby("resource")
        if (fill := _least(question, process, residual.as_it_is, rows)) is not None
    ]
    yield from raised
    candidates = [*_least_supply(question, residual, process)]
    if not candidates and not raised:
        both = pd.concat([residual.supply, _limits(question, residual.wide)], ignore_index=True)
        together = _least(question, process, residual.wide, both)
        candidates = [] if together is None else [together]
    enough = (_enough(question, process, fill) for fill in candidates)
    yield from islice((fill for fill in enough if fill is not None), 1)


def _least_supply(
    question: LineQuestion, residual: ResidualModels, process: SolverProcess
) -> Iterator[Fill]:
    """Find the least supply: at one site if that does, and by the latest day that does.

    Where limits follow supply there may be room for all in the limits of plenty, whatever is
    raised; then supply of each item is a candidate, the line's own first.
    """
    supply, demands = residual.supply, question.demands(residual.wide.problem)
    first = supply[supply["day"] == 0]
    every = residual.wide.solve(process, demands, first)
    if every is None:
        return
    least, near = every.further.sum(), _cheapest_first(question, residual.wide)
    if least <= UNIT:
        at_site = first[first["site"] == near[0]]
        for item in _own_first(question, at_site["item"]):
            yield _fill(question, at_site[at_site["item"] == item].assign(units=1.0))
        return
    for site in near:
        rows = first[first["site"] == site]
        alone = residual.wide.solve(process, demands, rows, most=least + UNIT)
        if alone is not None:
            first = rows
            break

    sites = first["site"].unique()
    supply = supply[supply["site"].isin(sites)]
    latest = _latest(question, process, residual, supply, least + UNIT)
    if latest is not None:
        yield latest


def _own_first(question: LineQuestion, items: pd.Series) -> list[str]:
    """Items of the order, the line's own before all others."""
    lines = question.scenario["lines"].set_index(["order", "line"])
    own = lines["item"][(question.order, question.line)]
    return sorted(items.unique(), key=lambda item: (item != own, item))


def _latest(
    question: LineQuestion,
    process: SolverProcess,
    residual: ResidualModels,
    supply: pd.DataFrame,
    most: float,
) -> Fill | None:
    """Find the last day by which supply does, and the least of it."""
    demands = question.demands(residual.wide.problem)
    low, high = 0, int(supply["day"].max())
    while low < high:
        middle = (low + high + 1) // 2
        rows = supply[supply["day"] == middle]
        fits = residual.wide.solve(process, demands, rows, most=most) is not None
        low, high = (middle, high) if fits else (low, middle - 1)
    return _least(question, process, residual.wide, supply[supply["day"] == low])


def _cheapest_first(question: LineQuestion, model: ResidualModel) -> list[str]:
    """Sites that can ship for the line, by the cost of a unit from there."""
    problem = model.problem
    mine = problem.options["line"] == line_row(problem, question.order, question.line)
    cost = problem.options[mine].groupby("site")["unit_cost"].min().sort_values(kind="stable")
    return list(problem.sites[cost.index])


def _enough(question: LineQuestion, process: SolverProcess, fill: Fill) -> Fill | None:
    """Raise supply further where quotas take a part of it: what they leave depends on it."""
    if not _limits_follow(question.scenario):
        return fill

    def fits(more: float) -> bool:
        model = question.model(fill.less(-more).change)
        return model.solve(process, question.demands(model.problem), NO_COLUMNS) is not None

    if fits(0.0):
        return fill
    if not fits(MOST_MORE):
        return None
    high = 1.0
    while not fits(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    enough = fill.less(-high)
    return replace(enough, words=_words(question, enough.parts))


def _least(
    question: LineQuestion, process: SolverProcess, model: ResidualModel, rows: pd.DataFrame
) -> Fill | None:
    """Raise some limits by as little as possible."""
    raised = model.solve(process, question.demands(model.problem), rows)
    return (
        None
        if raised is None
        else _fill(question, rows.assign(units=raised.further.round(UNIT_DECIMALS)))
    )


def _fill(question: LineQuestion, parts: pd.DataFrame) -> Fill:
    """Make the fill of what is raised."""
    parts = parts[parts["units"] > UNIT]
    parts = parts.drop(columns="row").rename(columns={"number": "row"})
    kinds = parts["resource"].unique()
    kind = str(kinds[0]) if len(kinds) == 1 else "combination"
    parts = _with_owed(question, parts[PARTS].reset_index(drop=True))
    words = _words(question, parts)
    units = round(float(parts["units"].sum()), UNIT_DECIMALS)
    return Fill(kind, words, units, parts, question.orders, raise_limits(parts))


def _with_owed(question: LineQuestion, parts: pd.DataFrame) -> pd.DataFrame:
    """Add to each supply what its site owes of the item until then: that is paid first."""
    segment = question.scenario.settings.segments[question.segment]
    owed = [
        still_owed(question.scenario, part, segment.min_confidence)
        if part["resource"] == "supply"
        else 0.0
        for part in parts.to_dict("records")
    ]
    return parts.assign(units=parts["units"] + owed)


def _words(question: LineQuestion, parts: pd.DataFrame) -> str:
    overdue = overdue_uncounted(question.scenario)
    return listed(_part_words(part, overdue) for part in parts.to_dict("records"))


def _part_words(part: Row, overdue: pd.DataFrame) -> str:
    units = number(part["units"])
    if part["resource"] == "quota":
        return f"{units} more in row {part['row']:.0f} of quotas"
    on = f"{part['date']:%Y-%m-%d}"
    if part["resource"] == "supply":
        more = f"{units} more of {part['item']} at {part['site']} by {on}"
        return more + _overdue_words(overdue, part)
    if part["resource"] == "site_capacity":
        return f"{units} more of capacity of {part['site']} on {on}"
    to = f" to {part['region']}" if part["region"] else ""
    return f"{units} more from {part['site']} by {part['service']}{to} on {on}"


def _overdue_words(overdue: pd.DataFrame, part: Row) -> str:
    """Say what should have come there already."""
    mine = overdue[(overdue["site"] == part["site"]) & (overdue["item"] == part["item"])]
    if mine.empty:
        return ""
    units, since = number(mine["quantity"].sum()), mine["date"].min()
    return f" ({units} are overdue there since {since:%Y-%m-%d} and not counted)"


def _limits(question: LineQuestion, model: ResidualModel) -> pd.DataFrame:
    """Limits of a day or a group that could be raised; those that promises exceed could not."""
    parts = [rows_of(question, model) for rows_of in RAISABLE.values()]
    both = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    limits = both[both["own"].astype(bool)].reindex(columns=[*_COLUMNS])
    start = pd.Timestamp(model.problem.settings.horizon.start)
    limits = limits.assign(
        upper=MOST, step=0.0, date=start + pd.to_timedelta(limits["day"], unit="D")
    )
    return limits.assign(
        **{name: limits[name].astype(object).fillna("") for name in ("site", "region", "service")}
    )


def _of_sites(_question: LineQuestion, model: ResidualModel) -> pd.DataFrame:
    """Capacity of sites by day."""
    problem, first = model.problem, model.matrix.rows["site_capacity"].start
    days = problem.site_days
    return pd.DataFrame(
        {
            "resource": "site_capacity",
            "row": first + np.arange(len(days)),
            "site": problem.sites[days["site"]],
            "day": days["day"],
            "own": days["most"] <= days["limit"],
        }
    )


def _of_lanes(_question: LineQuestion, model: ResidualModel) -> pd.DataFrame:
    """Capacity of lanes by day; without a region that of all regions together."""
    problem, first = model.problem, model.matrix.rows["lane_capacity"].start
    days, regions = problem.lane_days, np.append(problem.regions, "")
    return pd.DataFrame(
        {
            "resource": "lane_capacity",
            "row": first + np.arange(len(days)),
            "site": problem.sites[days["site"]],
            "region": regions[days["region"]],
            "service": problem.services[days["service"]],
            "day": days["day"],
            "own": days["most"] <= days["limit"],
        }
    )


def _of_quotas(question: LineQuestion, model: ResidualModel) -> pd.DataFrame:
    """Quotas that say how much at most, and protect nothing."""
    problem, first = model.problem, model.matrix.rows["quota"].start
    quotas, table = problem.quotas, question.scenario["quotas"]
    at_most = np.append(table["at_most"].notna() & ~(table["protected"] > 0), False)
    return pd.DataFrame(
        {
            "resource": "quota",
            "row": first + np.arange(len(quotas)),
            "number": quotas["row"] + 1,
            "own": (quotas["most"] <= quotas["limit"]) & at_most[quotas["row"]],
        }
    )


RAISABLE: Mapping[str, Callable[[LineQuestion, ResidualModel], pd.DataFrame]] = {
    "site_capacity": _of_sites,
    "lane_capacity": _of_lanes,
    "quotas": _of_quotas,
}
"""Limits that could be raised, by the table that says them; receipts are apart, as supply.

A rule of the model that names another table as ``raised_by`` needs an entry.
"""

_COLUMNS = ("resource", "row", "site", "item", "region", "service", "number", "day")


def _plenty(question: LineQuestion) -> Change:
    """Change that has plenty of what the order may get, everywhere and every day."""

    def change(scenario: Scenario) -> Scenario:
        return with_rows(with_free_supply(scenario), "receipts", _everywhere(question))

    return change


def _everywhere(question: LineQuestion) -> pd.DataFrame:
    """Receipts of all that the order may get at each open site on each day."""
    scenario = question.scenario
    horizon, sites = scenario.settings.horizon, scenario["sites"]
    mine = scenario["lines"][scenario["lines"]["order"] == question.order]
    swaps = scenario["substitutes"]
    swaps = swaps[swaps["item"].isin(mine["item"])]
    items = pd.Index(mine["item"]).append(pd.Index(swaps["substitute"])).unique()
    ratio = float(swaps["ratio"].max()) if len(swaps) else 1.0
    pack = scenario["items"].set_index("item")["pack"].reindex(items).max()
    step = max(step_by_item(scenario["items"], items).max(), np.nan_to_num(pack, nan=1.0))
    enough = np.ceil(float(mine["quantity"].sum()) * max(ratio, 1.0)) + step
    days = pd.Series(pd.date_range(horizon.start, periods=horizon.days), name="date")
    rows = pd.DataFrame({"site": sites["site"][sites["open"]]}).merge(
        pd.DataFrame({"item": items}), how="cross"
    )
    rows = rows.merge(days.to_frame(), how="cross")
    return rows.assign(quantity=enough, kind="what if", confidence=1.0)


def _supply(question: LineQuestion, model: ResidualModel) -> pd.DataFrame:
    """Take the plenty back, and let it come as needed: a further column for each place and day."""
    plenty, problem = _everywhere(question), model.problem
    start = pd.Timestamp(problem.settings.horizon.start)
    day = (plenty["date"] - start).dt.days
    pairs, epochs = problem.pairs, problem.epochs
    top = len(certainty_levels(problem.settings)) - 1
    own = pd.DataFrame(
        {
            "site": problem.sites[pairs["site"].to_numpy()[epochs["pair"]]],
            "item": problem.items[pairs["item"].to_numpy()[epochs["pair"]]],
            "level": pairs["level"].to_numpy()[epochs["pair"]],
            "day": epochs["day"],
            "row": model.matrix.rows["stock_balance"].start + np.arange(len(epochs)),
        }
    )
    rows = plenty.assign(day=day).merge(own[own["level"] == top], on=["site", "item", "day"])
    model.matrix.row_upper[rows["row"]] -= rows["quantity"].to_numpy()
    step = step_by_item(question.scenario["items"], rows["item"])
    limits = rows.assign(
        resource="supply", upper=rows["quantity"], step=step, region="", service=""
    )
    return limits.assign(number=np.nan).drop(columns=["level", "kind", "confidence", "quantity"])
