"""What a planner should know about a scenario, and what stops nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.goals import GoalName
from models.relationship import Delivery
from models.settings import Settings
from models.tables import TABLES
from models.tolerances import INTEGRALITY
from optimizer.common.membership import is_among, positions, values_at
from optimizer.common.steps import off_steps
from optimizer.reading.commitment_checks import journeys_of
from optimizer.reading.decision_advice import idle_decisions
from optimizer.reading.override_checks import is_locked
from optimizer.reading.supply_advice import about_overdue, about_owed
from optimizer.reading.table_checks import TypedTables, join_keys, steps_of

Tables = Mapping[str, pd.DataFrame]
LONG = 2
"""Days on the way from which it matters much how they are counted [day]."""


def advice(settings: Settings, tables: Tables) -> tuple[str, ...]:
    """Write one sentence for each likely oversight, counted, with an example."""
    start = pd.Timestamp(settings.horizon.start)
    end = start + pd.Timedelta(days=settings.horizon.days - 1)
    sentences = (
        *_about_orders(tables, start),
        *_about_supply(tables, end),
        about_overdue(settings, tables["receipts"]),
        about_owed(tables["stock"]),
        *_about_certainty(settings, tables),
        *_about_packs(tables),
        *_about_steps(tables),
        *_about_capacity(tables, start, end),
        *_about_commitments(tables, start, end),
        *(_counted(*idle) for idle in idle_decisions(settings, tables)),
        *_about_stages(settings, tables, start),
        *_about_forecast(settings, tables, start),
    )
    return tuple(sentence for sentence in sentences if sentence)


def about_prices(tables: TypedTables, settings: Settings) -> tuple[str, ...]:
    """Write that a value goal has no values to go by, where no line has one."""
    goals = settings.goals
    if GoalName.VALUE not in goals or not tables.is_blank("lines", "unit_value").all():
        return ()
    same = f"No line has a unit_value: every line counts 1 {settings.currency} per unit"
    if GoalName.FILL in goals and goals.index(GoalName.FILL) < goals.index(GoalName.VALUE):
        return (f"{same} in the goal value. Give unit_value.",)
    return (
        f"{same} in the goal value, and what costs more to ship may be left unshipped. "
        "Give unit_value, or name fill before value.",
    )


def about_transit(tables: TypedTables) -> tuple[str, ...]:
    """Write of services with days off whose days on the way are not said to be of either sort."""
    lanes, calendars = tables.frames["lanes"], tables.frames["calendars"]
    pausing = calendars[(calendars["of"] == "service") & (calendars["weekdays"] != "")]
    unsaid = tables.is_blank("lanes", "transit") & (lanes["transit_days"] >= LONG).to_numpy()
    services = lanes.loc[unsaid & is_among(lanes["service"], pausing["id"]), "service"]
    remedy = "say transit: working, or calendar, in lanes"
    return (
        _counted(
            services,
            f"service runs on some weekdays only, but its days on the way count all: {remedy}",
            f"services run on some weekdays only, but their days on the way count all: {remedy}",
        ),
    )


def about_idle_steps(tables: TypedTables) -> tuple[str, ...]:
    """Write that the step of an item that is not divisible does nothing."""
    if "items" not in tables.raws:
        return ()
    items = tables.frames["items"]
    own = (items["step"] != TABLES["items"].columns["step"].blank).to_numpy()
    idle = own & ~items["divisible"].to_numpy()
    sentence = _counted(
        items.loc[idle, "item"],
        "item has a step but is not divisible: it ships in whole units",
        "items have a step but are not divisible: they ship in whole units",
    )
    return (sentence,) if sentence else ()


def _counted(names: pd.Series, one: str, many: str) -> str:
    """``one`` or ``many`` things, with the first of them; blank where there is none."""
    distinct = names.drop_duplicates()
    if distinct.empty:
        return ""
    first = repr(distinct.iloc[0])
    return (
        f"1 {one}: {first}." if len(distinct) == 1 else f"{len(distinct):,} {many}, {first} first."
    )


def _about_orders(tables: Tables, start: pd.Timestamp) -> tuple[str, ...]:
    orders, lines, customers = tables["orders"], tables["lines"], tables["customers"]
    real = orders[is_among(orders["order"], lines["order"])]
    buyers = customers[is_among(customers["customer"], real["customer"])]
    return (
        _counted(
            orders.loc[~is_among(orders["order"], lines["order"]), "order"],
            "order has no lines and counts nowhere",
            "orders have no lines and count nowhere",
        ),
        _counted(
            real.loc[real["cancel"] < start, "order"],
            "order was to be cancelled before the horizon starts and gets nothing",
            "orders were to be cancelled before the horizon starts and get nothing",
        ),
        _counted(
            buyers.loc[~is_among(buyers["region"], tables["lanes"]["region"]), "region"],
            "region with orders has no lane and gets nothing",
            "regions with orders have no lane and get nothing",
        ),
        _counted(
            lines.loc[_without_supply(tables), "item"],
            "item that is ordered has neither stock nor receipts",
            "items that are ordered have neither stock nor receipts",
        ),
    )


def _without_supply(tables: Tables) -> np.ndarray:
    """Tell which lines have no supply of their item, nor of a substitute that they may get."""
    orders, lines, customers = tables["orders"], tables["lines"], tables["customers"]
    supplied, swaps = _supplied(tables), tables["substitutes"]
    swaps = swaps[is_among(swaps["substitute"], supplied)]
    for_all = swaps["segments"] == ""
    swaps = swaps.assign(segment=swaps["segments"].str.split(" ")).explode("segment")
    customer = values_at(orders["customer"], positions(lines["order"], orders["order"]))
    segment = values_at(customers["segment"], positions(customer, customers["customer"]))
    return ~(
        is_among(lines["item"], pd.concat([supplied, swaps.loc[for_all, "item"]]))
        | is_among(
            join_keys(lines.assign(segment=segment), "item", "segment"),
            join_keys(swaps, "item", "segment"),
        )
    )


def _supplied(tables: Tables) -> pd.Series:
    """List the items of which there is stock or a receipt."""
    stock = tables["stock"]
    return pd.concat([stock.loc[stock["on_hand"] > 0, "item"], tables["receipts"]["item"]])


def _about_supply(tables: Tables, end: pd.Timestamp) -> tuple[str, ...]:
    stock, receipts, sites = tables["stock"], tables["receipts"], tables["sites"]
    transfers = tables["transfers"]
    closed = sites.loc[~sites["open"], "site"]
    holding = pd.concat([stock.loc[stock["on_hand"] > 0, "site"], receipts["site"]])
    moving = pd.concat([transfers["from_site"], transfers["to_site"]])
    late = receipts.loc[receipts["date"] > end, "item"]
    return (
        _counted(
            holding[is_among(holding, closed)],
            "site is closed, and its stock and receipts are not used",
            "sites are closed, and their stock and receipts are not used",
        ),
        _counted(
            moving[is_among(moving, closed)],
            "site is closed, and its transfers are not used",
            "sites are closed, and their transfers are not used",
        ),
        _counted(
            late,
            f"item has receipts after the last ship day {end:%Y-%m-%d}, which are not used",
            f"items have receipts after the last ship day {end:%Y-%m-%d}, which are not used",
        ),
    )


def _about_certainty(settings: Settings, tables: Tables) -> tuple[str, ...]:
    receipts = tables["receipts"]
    enough = min(segment.min_confidence for segment in settings.segments.values())
    return (
        _counted(
            receipts.loc[receipts["confidence"] < enough, "item"],
            "item has receipts that are too uncertain for every segment",
            "items have receipts that are too uncertain for every segment",
        ),
    )


def _about_packs(tables: Tables) -> tuple[str, ...]:
    """Lines that leave a remainder; packs of 1 leave none, since units are whole."""
    items, lines = tables["items"], tables["lines"]
    packed = items[items["pack"] != 1]
    if packed.empty:
        return ()
    packs = lines["quantity"] / values_at(packed["pack"], positions(lines["item"], packed["item"]))
    broken = lines[(packs - np.round(packs)).abs() > INTEGRALITY]
    return (
        _counted(
            broken["order"] + "/" + broken["line"],
            "line is no multiple of its item's pack, and a remainder cannot ship",
            "lines are no multiples of their items' packs, and a remainder cannot ship",
        ),
    )


def _about_steps(tables: Tables) -> tuple[str, ...]:
    """Write of supply as a scale shows it, of which less than a step is left."""
    found = []
    for name, units in (("stock", "on_hand"), ("receipts", "quantity")):
        frame = tables[name]
        step = steps_of(frame["item"], tables["items"]).fillna(0.0)
        found.append(frame.loc[off_steps(frame[units].to_numpy(), step.to_numpy()), "item"])
    return (
        _counted(
            pd.concat(found),
            "item has supply that is no multiple of its step, and less than a step does not ship",
            "items have supply that is no multiple of their step, and less than a step does not "
            "ship",
        ),
    )


def _about_capacity(tables: Tables, start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, ...]:
    sentences = []
    for name in ("site_capacity", "lane_capacity"):
        table = tables[name]
        outside = table.loc[(table["date"] < start) | (table["date"] > end), "site"]
        sentences.append(
            _counted(
                outside,
                f"site has rows of {name} outside the horizon, which are not used",
                f"sites have rows of {name} outside the horizon, which are not used",
            )
        )
    quotas = tables["quotas"]
    unused = quotas[(quotas["to"] < start) | (quotas["from"] > end)]
    scopes = unused[["segment", "customer", "region", "item", "site"]].itertuples(index=False)
    sentences.append(
        _counted(
            pd.Series([" ".join(filter(None, scope)) or "all" for scope in scopes], dtype="str"),
            "group has quotas for days outside the horizon, which are not used",
            "groups have quotas for days outside the horizon, which are not used",
        )
    )
    return tuple(sentences)


def _about_commitments(tables: Tables, start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, ...]:
    commitments, overrides, sites = (tables[n] for n in ("commitments", "overrides", "sites"))
    locks = overrides[overrides["action"] == "lock"]
    if commitments.empty and locks.empty:
        return ()
    lane = journeys_of(commitments, tables).lane
    frozen = commitments["frozen"] | is_locked(commitments, overrides)
    names = commitments["order"] + "/" + commitments["line"]
    days, free = commitments["ship_date"], ~frozen
    closed = is_among(commitments["site"], sites.loc[~sites["open"], "site"])
    idle = ~is_among(join_keys(locks, "order", "line"), join_keys(commitments, "order", "line"))
    idle &= (locks["line"] != "") | ~is_among(locks["order"], commitments["order"])
    return (
        _counted(
            names[free & (lane < 0)],
            "line has a commitment without a lane, which cannot be kept",
            "lines have commitments without a lane, which cannot be kept",
        ),
        _counted(
            names[free & ((days < start) | (days > end))],
            "line has a commitment outside the horizon, which cannot be kept",
            "lines have commitments outside the horizon, which cannot be kept",
        ),
        _counted(
            names[frozen & closed],
            "line has a frozen commitment at a closed site, which is moved",
            "lines have frozen commitments at a closed site, which are moved",
        ),
        _counted(
            locks.loc[idle, "order"],
            "order is locked where it has no commitments, which keeps nothing",
            "orders are locked where they have no commitments, which keeps nothing",
        ),
    )


def _about_stages(settings: Settings, tables: Tables, start: pd.Timestamp) -> tuple[str, ...]:
    """Write of stages that have ended, or never will, and of signals that nothing follows from."""
    customers, signals = tables["customers"], tables["signals"]
    asked = {kind for rule in settings.stage_rules for kind in rule.kinds} - set(Delivery)
    unheard = pd.Series(sorted(asked - set(signals["kind"])), dtype="str")
    lasts = customers["stage"].map(
        {str(name): stage.expires_after_days for name, stage in settings.stages.items()}
    )
    ends = lasts.notna()
    over = ends & (not settings.stage_rules) & ((start - customers["stage_since"]).dt.days >= lasts)
    return (
        _counted(
            customers.loc[over, "customer"],
            "customer is at a stage that has expired and has no effect",
            "customers are at a stage that has expired and has no effect",
        ),
        _counted(
            customers.loc[ends & customers["stage_since"].isna(), "customer"],
            "customer is at a stage that expires, but not said since when: it counts from today",
            "customers are at a stage that expires, but not said since when: it counts from today",
        ),
        _counted(
            unheard,
            "kind of signal is asked for by stage_rules, but no signal is of it",
            "kinds of signals are asked for by stage_rules, but no signal is of them",
        ),
        _counted(
            signals.loc[signals["date"] > start, "customer"],
            "customer has signals dated after the start, which do not count yet",
            "customers have signals dated after the start, which do not count yet",
        ),
    )


def _about_forecast(settings: Settings, tables: Tables, start: pd.Timestamp) -> tuple[str, ...]:
    """Write of forecast demand that nothing can be held for, or that no promise is made to."""
    forecast, lanes = tables["forecast"], tables["lanes"]
    promised = [name for name, segment in settings.segments.items() if segment.target]
    return (
        _counted(
            forecast.loc[~is_among(forecast["region"], lanes["region"]), "region"],
            "region with a forecast has no lane, and nothing is held for it",
            "regions with a forecast have no lane, and nothing is held for them",
        ),
        _counted(
            forecast.loc[~is_among(forecast["item"], _supplied(tables)), "item"],
            "item of the forecast has neither stock nor receipts",
            "items of the forecast have neither stock nor receipts",
        ),
        _counted(
            forecast.loc[~is_among(forecast["segment"], promised), "segment"],
            "segment with a forecast has no target, and stock is held for it only by value",
            "segments with a forecast have no target, and stock is held for them only by value",
        ),
        _counted(
            forecast.loc[forecast["requested"] < start, "segment"],
            "segment has forecasts for days before the start, which are late whatever happens",
            "segments have forecasts for days before the start, which are late whatever happens",
        ),
    )
