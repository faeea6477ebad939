"""One agreed view of customers, held against how each function of the company sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from models.goals import GoalKind, gain
from models.judge import recompute
from models.scenario import Scenario
from models.tolerances import UNIT, UNIT_DECIMALS
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.planning.planner import plan_scenario
from optimizer.reading.segment_rules import NO_RULE, matching_rules

AGREED = "agreed"
"""The view that is planned by: rules, or the table of customers."""


@dataclass(frozen=True, eq=False)
class SegmentAudit:
    """What the views of customers have in common, and what follows where they differ.

    Parameters
    ----------
    coverage
        By view: ``customers`` that it knows, and those that it does not (``missing``).
    rules
        By rule of the header, and for none: ``rule``, ``segment``, ``customers``.
    contradictions
        A row for each customer whom two views see in different segments, or with a different
        value (``about``), a column for each view; blank where it has none.
    fates
        A row for each order and view under which it gets other units, or others on time, than
        under the agreed one: ``order``, ``view``, ``delivered``, ``delivered_agreed``, ``on_time``,
        ``on_time_agreed`` [unit].
    regret
        A row for each two views, the plan of one valued by the goals of the other: ``plan_of``,
        ``goals_of``, the first ``goal`` that it misses by more than that view's own plan, by how
        much (``missed``) [base unit, currency], and net ``value`` lost [currency].
    """

    coverage: pd.DataFrame
    rules: pd.DataFrame
    contradictions: pd.DataFrame
    fates: pd.DataFrame
    regret: pd.DataFrame


def audit_segments(scenario: Scenario) -> SegmentAudit:
    """Compare all views of the customers, and plan by each of them.

    Parameters
    ----------
    scenario
        Its table ``segment_views`` says how functions see customers.
    """
    views = views_of(scenario)
    scenarios = {name: _as_seen(scenario, rows) for name, rows in views.items()}
    plans = {name: plan_scenario(each) for name, each in scenarios.items()}
    return SegmentAudit(
        coverage=_coverage(scenario, views),
        rules=_rules(scenario),
        contradictions=contradictions(scenario, views),
        fates=_fates(plans),
        regret=_regret(scenarios, plans),
    )


def views_of(scenario: Scenario) -> dict[str, pd.DataFrame]:
    """List each view: ``segment`` and ``value`` by customer, the agreed view first."""
    customers, table = scenario["customers"], scenario["segment_views"]
    columns = ["segment", "value"]
    views = {AGREED: customers.set_index("customer")[columns]}
    for function, rows in table.groupby("function"):
        views[str(function)] = rows.set_index("customer")[columns]
    return views


def _as_seen(scenario: Scenario, view: pd.DataFrame) -> Scenario:
    """Let customers be as a view sees them; whom it does not know stays as agreed."""
    customers = scenario["customers"].set_index("customer")
    value = view["value"].reindex(customers.index).fillna(customers["value"])
    segment = view["segment"].reindex(customers.index).fillna(customers["segment"])
    rows = customers.assign(segment=segment, value=value).reset_index()
    frame = rows[list(scenario["customers"].columns)]
    return replace(scenario, tables={**scenario.tables, "customers": frame})


def _coverage(scenario: Scenario, views: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    count = len(scenario["customers"])
    rows = [(name, len(view), count - len(view)) for name, view in views.items()]
    return pd.DataFrame(rows, columns=["view", "customers", "missing"])


def _rules(scenario: Scenario) -> pd.DataFrame:
    """Count the customers that each rule decides, and those that none does."""
    rule = pd.Series(matching_rules(scenario.settings, scenario.tables))
    named = [(nth + 1, each.segment) for nth, each in enumerate(scenario.settings.segment_rules)]
    rows = [(nth, segment, int((rule == nth - 1).sum())) for nth, segment in named]
    rows.append((0, "", int((rule == NO_RULE).sum())))
    return pd.DataFrame(rows, columns=["rule", "segment", "customers"])


def contradictions(scenario: Scenario, views: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """List the customers whom two views see differently, as :class:`SegmentAudit` says.

    Parameters
    ----------
    scenario
        Whose customers.
    views
        From :func:`views_of`.
    """
    customers = scenario["customers"]["customer"].sort_values()
    parts = []
    for about in ("segment", "value"):
        table = pd.DataFrame({name: view[about] for name, view in views.items()})
        table = table.reindex(customers)
        one = table.bfill(axis=1).iloc[:, 0]
        differs = (table.ne(one, axis=0) & table.notna()).any(axis=1)
        rows = table[differs].reset_index(names="customer")
        rows.insert(1, "about", about)
        parts.append(rows.astype(object).where(rows.notna(), ""))
    return pd.concat(parts, ignore_index=True)


def _fates(plans: Mapping[str, JudgedPlan]) -> pd.DataFrame:
    """List the orders that get something else under the view of a function."""
    names = {"delivered": "delivered", "delivered_on_time": "on_time"}
    sums = {
        name: made.lines.groupby("order")[list(names)].sum().rename(columns=names)
        for name, made in plans.items()
    }
    agreed, parts = sums[AGREED], []
    for name, theirs in sums.items():
        differs = ((theirs - agreed).abs() > UNIT).any(axis=1)
        both = theirs.join(agreed.add_suffix("_agreed"))[differs].reset_index()
        both.insert(1, "view", name)
        parts.append(both)
    columns = ["order", "view", "delivered", "delivered_agreed", "on_time", "on_time_agreed"]
    return pd.concat(parts, ignore_index=True)[columns]


def _regret(scenarios: Mapping[str, Scenario], plans: Mapping[str, JudgedPlan]) -> pd.DataFrame:
    rows = []
    for goals_of, scenario in scenarios.items():
        best = {goal.name: goal.value for goal in plans[goals_of].solution.goals}
        for plan_of, made in plans.items():
            solution = made.solution
            own = plans[goals_of].solution.fairness
            theirs = recompute(scenario, solution.shipments, solution.transfers, own).goals
            missed = {name: _missed(name, theirs[name], value) for name, value in best.items()}
            first = next((name for name, loss in missed.items() if loss > UNIT), "")
            lost = missed.get(GoalKind.VALUE, 0.0)
            rows.append((plan_of, goals_of, first, missed.get(first, 0.0), lost))
    columns = ["plan_of", "goals_of", "goal", "missed", "value"]
    return pd.DataFrame(rows, columns=columns).round(UNIT_DECIMALS)


def _missed(goal: str, reached: float, best: float) -> float:
    """Say by how much a goal is worse than the best; negative where it is better."""
    return gain(goal, best, reached)
