"""What an answer says could have been reached: taken as claimed, within what can be said of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from models.goals import GoalKind, kind_of
from models.judge.findings import TOLERANCE, differs, exceeds, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.supply import supply_by_item
from models.judge.statements.judged_answer import JudgedAnswer
from models.settings import Policy
from models.solution import REACHABLE_LEVELS, Status

KEYS = ["segment", "customer"]


def service_is_reachable(answer: JudgedAnswer) -> list[str]:
    """Ask for what could be reached of missed targets only, each level within the others.

    What is achieved, what the tiers before leave, what the segment reaches alone, its bound: none
    is below the one before. An optimal answer gives them for every missed target; without a proof
    they may be missing. Run folders from before ``reachable`` tell ``best_reachable`` alone.
    """
    solution, expected = answer.solution, answer.figures.service
    claimed = solution.service[list(REACHABLE_LEVELS)].reset_index(drop=True)
    if len(claimed) != len(expected):
        return []
    asked = expected["target"].notna() & (solution.policy == Policy.OPTIMAL)
    missed = asked & (expected["shortfall"] > TOLERANCE)
    pursued = any(kind_of(goal.name) is GoalKind.TARGET for goal in solution.goals)
    given = missed & (solution.status == Status.OPTIMAL) & pursued
    named = pd.concat([expected, claimed], axis=1)
    told = list(REACHABLE_LEVELS) if named["reachable"].notna().any() else ["best_reachable"]
    return [
        *(text for column in told for text in _blanks(named, column, missed, given)),
        *_in_order(named, missed),
    ]


def _blanks(named: pd.DataFrame, column: str, missed: pd.Series, given: pd.Series) -> list[str]:
    """Refuse a level where no target is missed, and a blank where one must be given."""
    who = "service: segment {segment}, {measure}: " + column
    return [
        *refuse(
            named,
            named[column].notna() & ~missed,
            who + " is {level}, must be blank where no target is missed",
            level=named[column],
        ),
        *refuse(named, given & named[column].isna(), who + " is blank, its target is missed"),
    ]


def _in_order(named: pd.DataFrame, missed: pd.Series) -> list[str]:
    """Refuse levels that are below what must be within them, or above what they cannot exceed."""
    who = "service: segment {segment}, {measure}: "
    known, best = missed & named["reachable"].notna(), named["best_reachable"]
    outside = (best < named["to_date"] - TOLERANCE) | (best > named["target"] + TOLERANCE)
    cut = named[["reachable", "target"]].min(axis=1, skipna=False)
    rising = ["uncut", "reachable_together", "reachable", "reachable_bound", "all"]
    named = named.assign(all=1.0)
    return [
        *refuse(
            named,
            missed & outside,
            who + "best_reachable {best_reachable} must lie between {to_date} achieved and the"
            " target {target}",
        ),
        *refuse(
            named,
            known & differs(best, cut),
            who + "best_reachable {best_reachable} is not reachable {reachable}, cut at the target",
        ),
        *(
            text
            for low, high in pairwise(rising)
            for text in refuse(
                named,
                missed & (named[low] > named[high] + TOLERANCE),
                f"{who}{low} {{{low}}} is more than {high} {{{high}}}",
            )
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
