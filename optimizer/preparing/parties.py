"""Parties: segments, and customers whose service is promised apart from that of their segment.

Every line belongs to one party. A customer with a ledger row is one, with a promise period to date;
so are, segment by segment, the customers at a stage that shifts the tier or has a floor.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.problem import CONTRACTS
from models.relationship import StageName
from models.scenario import Scenario

PARTY = ["of", "tier", "stage", "customer"]
"""Key of a party: segment by its position in the header, tier, and stage and customer or ""."""


def tiers_of(scenario: Scenario, orders: pd.DataFrame) -> np.ndarray:
    """Tier in which each order counts, unless a planner moves its lines, shape (orders,).

    Forecast demand counts in the tier of its segment.
    """
    names, settings = list(scenario.settings.segments), scenario.settings
    tiers = {
        (of, stage): settings.tier_of(name, stage)
        for of, name in enumerate(names)
        for stage in settings.stages
    }
    pairs = zip(orders["of"], orders["stage"], strict=True)
    usual = np.array([tiers[pair] for pair in pairs], dtype="int64")
    own = np.array([segment.tier for segment in settings.segments.values()])
    return np.where(orders["virtual"], own[orders["of"]], usual)


def party_of(scenario: Scenario, orders: pd.DataFrame) -> pd.DataFrame:
    """Give each order the ``stage`` and ``customer`` for which service is promised apart, or "".

    Forecast demand belongs to its segment alone.
    """
    segments = np.array(list(scenario.settings.segments), dtype=object)
    apart = [name for name, stage in scenario.settings.stages.items() if stage.is_apart]
    single = segments_by_customer(scenario)
    return pd.DataFrame(
        {
            "stage": orders["stage"].where(orders["stage"].isin(apart) & ~orders["virtual"], ""),
            "customer": orders["customer"].where(
                np.isin(segments[orders["of"]], list(single)) & ~orders["virtual"], ""
            ),
        }
    )


def segments_by_customer(scenario: Scenario) -> set[str]:
    """Segments whose ledger is kept by customer."""
    ledger, who = scenario["ledger"], scenario["customers"].set_index("customer")["segment"]
    return set(who.reindex(ledger.loc[ledger["customer"] != "", "customer"]))


def with_parties(
    scenario: Scenario, lines: pd.DataFrame, orders: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """List the keys of the parties, and add to each line and order which one it belongs to.

    An order belongs to the party of the best tier of its lines that are due, if any is.

    Returns
    -------
    parties, lines, orders : pandas.DataFrame
        The first with the columns :data:`PARTY`: each segment in its own tier, then all others that
        lines belong to; the others with their rows of it in ``segment``.
    """
    party = party_of(scenario, orders)
    of_line = party.iloc[lines["order"]].set_axis(lines.index).join(lines[["of", "tier"]])
    best = lines.sort_values(["due", "tier"], ascending=[False, True]).groupby("order")["tier"]
    of_order = party.assign(of=orders["of"], tier=best.first().to_numpy())
    settings = list(scenario.settings.segments.values())
    own = [(of, segment.tier, "", "") for of, segment in enumerate(settings)]
    distinct = of_line[PARTY].drop_duplicates().itertuples(index=False, name=None)
    keys = pd.MultiIndex.from_tuples([*own, *sorted(set(distinct) - set(own))], names=PARTY)
    lines, orders = (
        rows.assign(segment=keys.get_indexer(pd.MultiIndex.from_frame(of[PARTY])))
        for rows, of in ((lines, of_line), (orders, of_order))
    )
    return keys.to_frame(index=False), lines, orders


def with_promises(
    scenario: Scenario, parties: pd.DataFrame, lines: pd.DataFrame, orders: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Complete the parties: what each ordered and is promised, in its segment's base.

    Returns
    -------
    segments, floors : pandas.DataFrame
        As the contracts of ``Problem.segments`` and ``Problem.floors``.
    """
    own = [list(scenario.settings.segments.items())[of] for of in parties["of"]]
    measures = [s.measure for _, s in own]
    ordered_now = _totals(lines, orders, len(parties))
    total, forecast = (
        np.array([sums[m.whole_of][row] for row, m in enumerate(measures)]) for sums in ordered_now
    )
    before = ledger_of(scenario, parties)
    target = np.array([s.target.level if s.target else np.nan for _, s in own])
    reserve = _reserves(parties["tier"].to_numpy(), target, total, forecast, before)
    before[total == 0] = 0.0  # nothing is decided for it today
    ordered, served = before.to_numpy().T
    floors = _floors(scenario, parties, ordered_now[0])
    return parties.assign(
        segment=[name for name, _ in own],
        base=[m.base for m in measures],
        on_time=[m.on_time for m in measures],
        backlog=[m.backlog for m in measures],
        target=target,
        total=total,
        ordered_before=ordered,
        served_before=served,
        target_need=np.maximum(target * (total + ordered) - served, 0.0),
        forecast=forecast,
        reserve_base=reserve[0],
        reserve_need=reserve[1],
    )[list(CONTRACTS["segments"])], floors


def _floors(scenario: Scenario, parties: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """List what each party is guaranteed: by its segment, and by its stage, which counts apart.

    A stage's floor is in its segment's measure, and counts what is overdue as served in time when
    it is delivered. Of two in one measure the larger holds, as the stage's.
    """
    segments, stages = list(scenario.settings.segments.values()), scenario.settings.stages
    found = []
    for row, (of, stage) in enumerate(zip(parties["of"], parties["stage"], strict=True)):
        own, lent = segments[of], stages[StageName(stage)].floor if stage else None
        level = own.floor_level
        if lent:
            alike = level is not None and own.floor_measure is own.measure
            both = max(lent, level) if alike and level is not None else lent
            found.append((row, own.measure, own.measure.on_time, both))
            level = None if alike else level
        if level is not None:
            found.append((row, own.floor_measure, False, level))
    rows = [
        (row, m.base, m.on_time, m.backlog, waived, share, float(totals[m.whole_of][row]))
        for row, m, waived, share in found
    ]
    names = ["segment", "base", "on_time", "backlog", "waived", "level", "total"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(need=table["level"] * table["total"])[list(CONTRACTS["floors"])]


def _totals(
    lines: pd.DataFrame, orders: pd.DataFrame, parties: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add up what each party ordered, and what is forecast of it: a row by party, by base."""
    worth = lines["quantity"] * lines["unit_value"]
    overdue = lines["quantity"].where(lines["requested"] < lines["first_arrival"], 0.0)
    sums = []
    for ahead in (False, True):
        mine = lines["due"] & (lines["virtual"] == ahead)
        segment = lines["segment"][mine]
        by_base = {
            "unit": lines["quantity"][mine].groupby(segment).sum(),
            "value": worth[mine].groupby(segment).sum(),
            "line": segment.groupby(segment).size(),
            "order": orders.iloc[lines["order"][mine].unique()].groupby("segment").size(),
            "backlog": overdue[mine & (not ahead)].groupby(segment).sum(),
        }
        sums.append(pd.DataFrame(by_base).reindex(range(parties)).fillna(0.0))
    return sums[0], sums[1]


def _reserves(
    tier: np.ndarray,
    target: np.ndarray,
    total: np.ndarray,
    forecast: np.ndarray,
    before: pd.DataFrame,
) -> tuple[np.ndarray, np.ndarray]:
    """Work out the base and the need of each party's target with the forecast, shape (parties,).

    The base is what is ordered and forecast in the review period. The need is what must be
    delivered or reserved; NaN in tiers where no target has a forecast.
    """
    is_active = total + forecast > 0
    ordered, served = (np.where(is_active, past, 0.0) for past in before.to_numpy().T)
    base = ordered + total + forecast
    has_forecast = np.isin(tier, tier[(forecast > 0) & ~np.isnan(target)])
    return base, np.where(has_forecast, np.maximum(target * base - served, 0.0), np.nan)


def ledger_of(scenario: Scenario, parties: pd.DataFrame) -> pd.DataFrame:
    """Look up the ledger: what each party ordered and got before today, in its target's measure.

    Lines that a planner moved to another tier have no history.

    Returns
    -------
    pandas.DataFrame
        Columns ``ordered`` and ``served``, a row for each party, 0 where there is none.
    """
    settings, ledger = scenario.settings, scenario["ledger"]
    names = np.array(list(settings.segments), dtype=object)[parties["of"]]
    figures = ["ordered", "served"]
    own = ledger[ledger["customer"] == ""].set_index("segment")[figures].reindex(names)
    of_one = ledger[ledger["customer"] != ""].set_index("customer")[figures]
    single = of_one.reindex(parties["customer"])
    alone = (parties["customer"] != "").to_numpy()[:, None]
    usual_stage = (parties["stage"] == "").to_numpy()[:, None]
    history = np.where(alone, single, np.where(usual_stage, own, np.nan))
    stages = [StageName(stage or StageName.COMMIT) for stage in parties["stage"]]
    usual = [settings.tier_of(name, stage) for name, stage in zip(names, stages, strict=True)]
    history[(parties["tier"] != usual).to_numpy()] = np.nan
    return pd.DataFrame(np.nan_to_num(history), columns=figures)
