"""Every figure of an answer, recomputed: lines, service by segment, goals, totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.judge.figures.contracts import contracts, penalty
from models.judge.figures.fairness import customer_shares
from models.judge.figures.goal_values import GoalFigures, goal_parts
from models.judge.figures.metrics import metrics
from models.judge.figures.promises import PartyService, service_by_party, service_by_segment
from models.judge.figures.reserve import reserve_figures
from models.judge.figures.signals import signals
from models.judge.findings import DECIMALS, TOLERANCE
from models.judge.lookup import Lookup, open_lookup, with_reserve
from models.judge.lookup.commitments import with_last_promise
from models.judge.lookup.lines import PARCEL
from models.judge.lookup.stages import moves_between_stages
from models.scenario import Scenario
from models.settings import Measure
from models.solution import LINES, NOT_DUE, REACHABLE_LEVELS, RESERVE, SERVICE


@dataclass(frozen=True, eq=False)
class Figures:
    """What shipments achieve.

    Parameters
    ----------
    lines
        The columns of :data:`models.solution.LINES` but ``reason``, sorted by order and line.
    service
        The columns of :data:`models.solution.SERVICE` but :data:`models.solution.REACHABLE_LEVELS`;
        ``to_date``: the share achieved, of missed targets that of the review period so far;
        ``uncut``: that of all parties together, whoever has more.
    fairness
        The columns of :data:`models.solution.FAIRNESS`; ``reachable`` as it was claimed.
    metrics, contracts, stages, signals
        The columns of :data:`models.solution.FRAMES`, of contracts all but ``attainable``.
    goals
        Value of each goal by name, in order of importance [base units; ``value`` in money].
    bases
        What a gap of each goal is a share of, by the same names: the base total of the promises
        that the goal counts; frozen units and lines with other commitments for ``commitments``,
        frozen units for ``commitments_delay``, those lines for ``stability``; what all participants
        of a segment could get for proportional fairness, 1 for ``max_min``; delivered value
        for ``value``; 1 where that is nothing.
    totals
        The keys of :data:`models.solution.TOTALS`.
    """

    lines: pd.DataFrame
    service: pd.DataFrame
    fairness: pd.DataFrame
    metrics: pd.DataFrame
    contracts: pd.DataFrame
    stages: pd.DataFrame
    signals: pd.DataFrame
    goals: Mapping[str, float]
    bases: Mapping[str, float]
    totals: Mapping[str, float]


def recompute(
    scenario: Scenario,
    shipments: pd.DataFrame,
    transfers: pd.DataFrame | None = None,
    fairness: pd.DataFrame | None = None,
    reserve: pd.DataFrame | None = None,
) -> Figures:
    """Recompute every figure from the scenario and the shipments alone.

    Parameters
    ----------
    scenario
        The question.
    shipments
        At least the columns ``order``, ``line``, ``item``, ``site``, ``service``, ``ship_date``
        and ``quantity`` [unit]. Rows without a known line, lane or arrival count nowhere.
    transfers
        At least the columns ``from_site``, ``to_site``, ``item``, ``ship_date`` and ``quantity``
        [unit]; none by default.
    fairness
        What customers are claimed to get alone: the columns ``segment``, ``customer`` and
        ``reachable`` [unit]. By default nobody takes part in fairness.
    reserve
        What is held for forecast demand: the columns of :data:`models.solution.RESERVE`; nothing by
        default.
    """
    reserve = pd.DataFrame(columns=list(RESERVE)).astype(RESERVE) if reserve is None else reserve
    lookup = open_lookup(scenario, shipments, transfers)
    return figures_of(lookup, with_reserve(lookup, shipments, reserve, transfers), fairness)


def figures_of(lookup: Lookup, whole: Lookup, fairness: pd.DataFrame | None = None) -> Figures:
    """Recompute every figure of what is looked up.

    Parameters
    ----------
    lookup
        Shipments and transfers.
    whole
        The same with what is held for forecast demand.
    fairness
        What customers are claimed to get alone.
    """
    settings = lookup.scenario.settings
    promises, shares = service_by_party(lookup), customer_shares(lookup, fairness)
    totals = _totals(lookup, promises)
    values: dict[str, float] = {}
    bases: dict[str, float] = {}
    by_goal = GoalFigures(lookup, promises, totals, shares, reserve_figures(whole))
    for goal, value, base in goal_parts(by_goal):
        values[goal] = values.get(goal, 0.0) + value
        bases[goal] = bases.get(goal, 0.0) + base
    return Figures(
        lines=_line_table(with_last_promise(lookup.lines, lookup.commitments)),
        service=_service_table(service_by_segment(settings, promises)),
        fairness=shares.round(DECIMALS),
        metrics=metrics(lookup).round(DECIMALS),
        contracts=contracts(settings, promises),
        stages=moves_between_stages(lookup.scenario),
        signals=signals(lookup),
        goals={goal: round(value, DECIMALS) for goal, value in values.items()},
        bases={goal: base if base > 0 else 1.0 for goal, base in bases.items()},
        totals={name: round(value, DECIMALS) for name, value in totals.items()},
    )


def _line_table(lines: pd.DataFrame) -> pd.DataFrame:
    status = np.select(
        [
            ~lines["due"],
            lines["full_on_time"],
            lines["full"],
            lines["delivered"] > TOLERANCE,
            lines["held"],
        ],
        [NOT_DUE, "on_time", "late", "partial", "held"],
        "short",
    )
    short = (lines["ordered"] - lines["delivered"]).mask(lines["full"] | ~lines["due"], 0.0)
    new = lines["last_arrival"].where(lines["full"])
    table = lines.assign(short=short, status=status, new_date=new)
    contract = {name: dtype for name, dtype in LINES.items() if name != "reason"}
    amounts = ["delivered", "delivered_on_time", "short"]
    table[amounts] = table[amounts].round(DECIMALS)
    return table[list(contract)].astype(contract)


def _service_table(served: list[tuple[PartyService, float]]) -> pd.DataFrame:
    rows = []
    for own, missed in served:
        target = own.segment.target
        for measure in Measure:
            row: dict[str, str | float | None] = {"segment": own.name, "measure": str(measure)}
            if whole := own.ordered[measure.whole_of]:
                row["achieved"] = row["to_date"] = own.achieved[measure] / whole
            for floor in own.floors:
                if floor.measure == measure:
                    row |= {"floor": floor.level, "shortfall": own.below_floor(floor)}
            if target and target.measure == measure:
                row |= {"target": target.level, "shortfall": missed}
                if own.to_date:
                    row["to_date"] = target.level - missed / own.to_date
                    row["uncut"] = (own.before[1] + own.achieved[measure]) / own.to_date
            rows.append(row)
    contract = {name: dtype for name, dtype in SERVICE.items() if name not in REACHABLE_LEVELS}
    contract |= {"to_date": "float64", "uncut": "float64"}
    return pd.DataFrame(rows, columns=list(contract)).astype(contract).round(DECIMALS)


def _totals(lookup: Lookup, promises: list[PartyService]) -> dict[str, float]:
    placed = lookup.placed
    due, later = (lookup.lines[lookup.lines["due"] == due] for due in (True, False))
    cost = placed["cost"].sum() + lookup.moved["cost"].sum() + _parcel_cost(placed)
    return {
        "lines": float(len(due)),
        "ordered_units": float(due["ordered"].sum()),
        "delivered_units": float(due["delivered"].sum()),
        "on_time_units": float(due["delivered_on_time"].sum()),
        "delivered_value": float(placed["value"].sum()),
        "cost": float(cost) + sum(penalty(own) for own in promises),
        "kg_co2": float(placed["kg"].sum()),
        "not_due_lines": float(len(later)),
        "not_due_units": float((later["ordered"] - later["delivered"]).sum()),
    }


def _parcel_cost(placed: pd.DataFrame) -> float:
    """Add up what the lanes charge for parcels, frozen ones too [currency]."""
    charged = placed[placed["cost_per_shipment"] > 0]
    return float(charged.drop_duplicates(PARCEL)["cost_per_shipment"].sum())
