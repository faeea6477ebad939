"""What an answer says could have been reached: taken as claimed, within what can be said of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.goals import GoalKind, kind_of
from models.judge.findings import TOLERANCE, exceeds, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.supply import supply_by_item
from models.judge.statements.judged_answer import JudgedAnswer
from models.settings import Policy
from models.solution import Status

KEYS = ["segment", "customer"]


def service_is_reachable(answer: JudgedAnswer) -> list[str]:
    """Ask for the best reachable level of missed targets only, from achieved to target.

    An optimal answer gives it for every missed target; without a proof it may be missing.
    """
    solution, expected = answer.solution, answer.figures.service
    best = solution.service["best_reachable"].reset_index(drop=True)
    if len(best) != len(expected):
        return []
    asked = expected["target"].notna() & (solution.policy == Policy.OPTIMAL)
    missed = asked & (expected["shortfall"] > TOLERANCE)
    outside = (best < expected["to_date"] - TOLERANCE) | (best > expected["target"] + TOLERANCE)
    named = expected.assign(best=best)
    pursued = any(kind_of(goal.name) is GoalKind.TARGET for goal in solution.goals)
    return [
        *refuse(
            named,
            best.notna() & ~missed,
            "service: segment {segment}, {measure}: best_reachable is {best}, must be blank"
            " where no target is missed",
        ),
        *refuse(
            named,
            missed & best.isna() & (solution.status == Status.OPTIMAL) & pursued,
            "service: segment {segment}, {measure}: best_reachable is blank, its target is missed",
        ),
        *refuse(
            named,
            missed & outside,
            "service: segment {segment}, {measure}: best_reachable {best} must lie between"
            " {to_date} achieved and the target {target}",
        ),
    ]


def contracts_are_attainable(answer: JudgedAnswer) -> list[str]:
    """Ask for an attainable level of contracts, where one is given, from 0 to the target."""
    rows = answer.solution.contracts.reset_index(drop=True)
    possible = rows["attainable"].isna() | rows["attainable"].between(0, rows["target"] + TOLERANCE)
    return refuse(
        rows,
        ~possible,
        "contracts: tier {tier}, segment {segment}, stage {stage}, customer {customer}: attainable"
        " {attainable} must lie between 0 and {target}",
    )


def shares_are_possible(answer: JudgedAnswer) -> list[str]:
    """Ask for what customers could get alone within what they got, ordered and stock allows."""
    shares = answer.figures.fairness
    if shares.empty:
        return []
    who = "fairness: segment {segment}, customer {customer}: reachable is {reachable}, "
    most = shares[KEYS].merge(_supplied(answer.lookup), on=KEYS, how="left")["most"]
    reachable, ordered = shares["reachable"], shares["ordered"]
    return [
        *refuse(shares, reachable.isna(), who + "must be a number"),
        *refuse(shares, exceeds(-reachable, 0.0 * reachable), who + "must not be negative"),
        *refuse(shares, exceeds(shares["delivered"], reachable), who + "got {delivered}"),
        *refuse(shares, exceeds(reachable, ordered), who + "ordered {ordered}"),
        *refuse(
            shares,
            exceeds(reachable, most) & ~exceeds(reachable, ordered),
            who + "supply allows {most}",
            most=most,
        ),
    ]


def _supplied(lookup: Lookup) -> pd.DataFrame:
    """Add up by customer what its lines ordered, or all supply of what they may ship if less."""
    scenario, lines = lookup.scenario, lookup.lines[lookup.lines["due"]]
    units = supply_by_item(scenario)
    own = units.reindex(lines["item"], fill_value=0.0).to_numpy()
    swaps = scenario["substitutes"]
    each = units.reindex(swaps["substitute"], fill_value=0.0).to_numpy() / swaps["ratio"]
    swaps = swaps.assign(each=each, named=swaps["segments"].str.split())
    asked = lines[["place", "item", "segment", "frozen_units"]].merge(swaps, on="item")
    named = [
        not names or segment in names
        for names, segment in zip(asked["named"], asked["segment"], strict=True)
    ]
    allowed = asked[np.array(named, dtype=bool) | (asked["frozen_units"] > 0)]
    other = allowed.groupby("place")["each"].sum().reindex(lines["place"], fill_value=0.0)
    most = np.minimum(lines["ordered"], own + other.to_numpy())
    return most.groupby([lines[key] for key in KEYS]).sum().rename("most").reset_index()
