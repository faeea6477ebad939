"""Every option that is possible and no other, found again day by day in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays
import numpy as np
import pandas as pd
import pytest

from models.problem import CONTRACTS, Problem
from models.scenario import Scenario
from optimizer.preparing import prepare
from optimizer.scenario.calendars import next_open, read_calendars
from tests.support.answers_as_text import TABLES, one_line, one_segment
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario

SEEDS = range(100)
FOREVER = 420
"""Days after which nobody accepts a parcel any more."""

Row = dict[str, Any]


def rows(scenario: Scenario, table: str) -> list[Row]:
    """Rows of a table, dates as dates."""
    frame = scenario[table]
    columns = [
        [None if pd.isna(value) else value.date() for value in frame[name]]
        if frame[name].dtype.kind == "M"
        else frame[name].tolist()
        for name in frame
    ]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


class Book:
    """One scenario, looked up row by row."""

    def __init__(self, scenario: Scenario) -> None:
        self.settings = scenario.settings
        self.start = scenario.settings.horizon.start
        self.tables = {name: rows(scenario, name) for name in scenario.tables}
        self.customers = {row["customer"]: row for row in self.tables["customers"]}
        self.orders = {row["order"]: row for row in self.tables["orders"]}
        self.items = {row["item"]: row for row in self.tables["items"]}
        self.is_open = cache(self._is_open)
        self.feasts = cache(lambda code: holidays.country_holidays(*code.split("-", 1)))

    def _is_open(self, of: str, name: str, day: date) -> bool:
        """Say whether every calendar row of an id is open on a day."""
        for row in self.tables["calendars"]:
            if (row["of"], row["id"]) != (of, name):
                continue
            weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
            if row["weekdays"] and weekday not in row["weekdays"].split():
                return False
            if row["holidays"] and day in self.feasts(row["holidays"]):
                return False
            if row["closed"] == day:
                return False
        return True

    def arrival(self, ship: date, lane: Row, customer: Row) -> date | None:
        """First day from the end of the transit on which everybody concerned is open."""
        for wait in range(FOREVER):
            day = ship + timedelta(days=lane["transit_days"] + wait)
            if (
                self.is_open("service", lane["service"], day)
                and self.is_open("region", lane["region"], day)
                and self.is_open("customer", customer["customer"], day)
            ):
                return day
        return None

    def supply(self, site: str, item: str, day: date) -> float:
        """Add up what a site has had of an item up to a day."""
        here = [r for r in self.tables["stock"] if (r["site"], r["item"]) == (site, item)]
        came = [
            r
            for r in self.tables["receipts"]
            if (r["site"], r["item"]) == (site, item) and r["date"] <= day
        ]
        return float(sum(r["on_hand"] for r in here) + sum(r["quantity"] for r in came))

    def capacity(self, table: str, day: date, **key: str) -> float:
        """Limit of a day: the dated row before the one without a date."""
        limit, dated = math.inf, False
        for row in self.tables[table]:
            if all(row[name] == value for name, value in key.items()):
                if row["date"] == day:
                    limit, dated = row["units"], True
                elif row["date"] is None and not dated:
                    limit = row["units"]
        return float(limit)


def overlap(window: str | None, receives: str) -> bool:
    """Say whether two windows share more than an end; a blank one is always open."""
    if not window or not receives:
        return True
    (opens, closes), (begins, ends) = window.split("-"), receives.split("-")
    return opens < ends and begins < closes


def options_of(book: Book) -> Iterator[Row]:
    """All possible shipments, by asking every question of the contract for each."""
    for line in book.tables["lines"]:
        order = book.orders[line["order"]]
        customer = book.customers[order["customer"]]
        segment = book.settings.segments[customer["segment"]]
        for lane in book.tables["lanes"]:
            service = book.settings.services[lane["service"]]
            cost = lane["cost_per_unit"] + service.surcharge_per_unit
            share = segment.max_cost_share
            pays = share is None or cost <= share * line["unit_value"] + 1e-9
            if is_way(book, order, customer, lane) and pays:
                yield from by_day(book, line, lane, cost)


def is_way(book: Book, order: Row, customer: Row, lane: Row) -> bool:
    """Say whether an order may come over a lane."""
    return (
        lane["site"] in {row["site"] for row in book.tables["sites"] if row["open"]}
        and lane["region"] == customer["region"]
        and lane["service"] in book.settings.segments[customer["segment"]].services
        and order["service"] in ("", lane["service"])
        and overlap(book.settings.services[lane["service"]].window, customer["receives"])
    )


def window(book: Book, order: Row, customer: Row) -> tuple[date, date]:
    """Find the first and last day on which an order can arrive, whatever is in stock."""
    days = [book.start + timedelta(days=day) for day in range(book.settings.horizon.days)]
    reached = [
        arrival
        for lane in book.tables["lanes"]
        if is_way(book, order, customer, lane)
        for ship in days
        if book.is_open("site", lane["site"], ship)
        and (arrival := book.arrival(ship, lane, customer))
        and arrival >= (order["earliest"] or book.start)
    ]
    return min(reached, default=days[0]), max(reached, default=days[-1])


def by_day(book: Book, line: Row, lane: Row, cost: float) -> Iterator[Row]:
    """Find the days on which a line can ship over a lane."""
    order = book.orders[line["order"]]
    customer = book.customers[order["customer"]]
    segment = book.settings.segments[customer["segment"]]
    item = book.items.get(line["item"], {"pick_effort": 1.0, "divisible": False})
    first, last = window(book, order, customer)
    if order["requested"] > last:
        return
    for day in range(book.settings.horizon.days):
        ship = book.start + timedelta(days=day)
        supply = book.supply(lane["site"], line["item"], ship)
        arrival = book.arrival(ship, lane, customer)
        if arrival is None or supply <= 0 or not book.is_open("site", lane["site"], ship):
            continue
        late = max(0, (arrival - order["requested"]).days)
        lost = max(0, (arrival - max(order["requested"], first)).days)
        if (
            (order["earliest"] and arrival < order["earliest"])
            or (order["cancel"] and arrival > order["cancel"])
            or (segment.max_days_late is not None and late > segment.max_days_late)
        ):
            continue
        at = {"site": lane["site"], "service": lane["service"]}
        limits = {
            "site_limit": book.capacity("site_capacity", ship, site=lane["site"]),
            "lane_limit": book.capacity("lane_capacity", ship, region=lane["region"], **at),
            "lane_total": book.capacity("lane_capacity", ship, region="", **at),
        }
        effort = item["pick_effort"]
        most = min(
            line["quantity"],
            supply,
            limits["site_limit"] / effort if effort else math.inf,
            limits["lane_limit"],
            limits["lane_total"],
        )
        yield {
            "order": line["order"],
            "line": line["line"],
            **at,
            "day": day,
            "transit": lane["transit_days"],
            "arrival": (arrival - book.start).days,
            "days_late": late,
            "on_time": late == 0,
            "unit_cost": cost,
            "unit_worth": line["unit_value"] * segment.value_kept_per_day_late**lost,
            "kg_co2": lane["kg_co2_per_unit"],
            "effort": effort,
            "upper": most if item["divisible"] else math.floor(most + 1e-9),
            "supplied": supply,
            **limits,
        }


def named(problem: Problem) -> pd.DataFrame:
    """Read the prepared options with names for codes and limits for positions."""
    options, lines = problem.options, problem.lines
    supplied = problem.epochs.groupby("pair")["arriving"].cumsum().to_numpy()
    by_site = np.append(problem.site_days["limit"].to_numpy(), np.inf)
    by_lane = np.append(problem.lane_days["limit"].to_numpy(), np.inf)
    line = options["line"].to_numpy()
    return pd.DataFrame(
        {
            "order": problem.orders["order"].to_numpy()[lines["order"].to_numpy()[line]],
            "line": lines["line"].to_numpy()[line],
            "site": problem.sites[options["site"]],
            "service": problem.services[options["service"]],
            **{name: options[name] for name in ("day", "transit", "arrival")},
            **{name: options[name] for name in ("days_late", "on_time")},
            **{name: options[name] for name in ("unit_cost", "unit_worth", "kg_co2", "effort")},
            "upper": options["upper"],
            "supplied": supplied[options["epoch"]],
            "site_limit": by_site[options["site_day"]],
            "lane_limit": by_lane[options["lane_day"]],
            "lane_total": by_lane[options["lane_total"]],
        }
    )


@pytest.mark.parametrize("seed", seeds(30, 100))
def test_options_are_those_that_the_contract_allows(seed: int) -> None:
    scenario = tiny_scenario(seed)
    options = named(prepared(scenario))
    key = ["order", "line", "site", "service", "day"]
    found = list(options_of(Book(scenario)))
    if not found:
        assert len(options) == 0
        return
    expected = pd.DataFrame(found).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(options, expected, check_dtype=False, rtol=1e-12)


def test_the_seeds_have_enough_options_to_compare() -> None:
    assert sum(len(prepared(tiny_scenario(seed)).options) > 5 for seed in SEEDS) > 60


@pytest.mark.parametrize("seed", [92, 156, 198, *range(0, 100, 8)])
def test_options_are_sorted_by_line_pair_service_day_and_promise(seed: int) -> None:
    problem = prepared(mixed_scenario(seed))
    options = problem.options.assign(
        pair=problem.epochs["pair"].to_numpy()[problem.options["epoch"]]
    )
    keys = ["line", "pair", "service", "day", "frozen"]
    pd.testing.assert_frame_equal(options, options.sort_values(keys, ignore_index=True))


def shuffled(scenario: Scenario, seed: int) -> Scenario:
    """Put the rows of every table in another order."""
    tables = {
        name: frame.sample(frac=1, random_state=seed, ignore_index=True)
        for name, frame in scenario.tables.items()
    }
    return replace(scenario, tables=tables)


@pytest.mark.parametrize("seed", range(0, 100, 8))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    before, after = prepared(tiny_scenario(seed)), prepare(shuffled(tiny_scenario(seed), seed))
    for name in CONTRACTS:
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))
    for name in ("sites", "services", "items", "regions"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


@pytest.mark.parametrize(("overdue", "units"), [("on_hand", 5), ("start", 5), ("ignore", 2)])
def test_supply_before_the_start_counts_as_the_header_says_and_after_the_end_not_at_all(
    overdue: str, units: int
) -> None:
    receipts = (
        "site,item,date,quantity\n"
        "LYON,pump,2026-11-20,3\nLYON,pump,2026-11-25,4\nLYON,pump,2026-11-25,1\n"
        "LYON,pump,2026-11-27,5\nLYON,pump,2026-11-28,9"
    )
    header, stock = {"receipts_overdue": overdue}, "site,item,on_hand\nLYON,pump,2"
    problem = prepare(one_line(header, receipts=receipts, stock=stock))
    assert problem.epochs["day"].tolist() == [0, 2, 4]
    assert problem.epochs["arriving"].tolist() == [units, 5, 5]
    assert problem.epochs["previous"].tolist() == [-1, 0, 1]
    assert problem.pairs["supply"].tolist() == [10 + units]


@pytest.mark.parametrize(
    ("measure", "total"),
    [("unit_fill", 5), ("value_otif", 16), ("line_fill", 3), ("order_otif", 2)],
)
def test_a_segment_counts_what_was_ordered_in_its_measure(measure: str, total: float) -> None:
    scenario = one_line(
        one_segment(target={"measure": measure, "level": 0.5}),
        orders="order,customer,requested\nA,ACME,2026-11-25\nB,ACME,2026-11-25\nC,ACME,2026-11-25",
        lines="order,line,item,quantity,unit_value\nA,1,pump,2,5\nA,2,pump,2,1\nB,1,pump,1,4",
    )
    problem = prepare(scenario)
    assert problem.segments["total"].tolist() == [total]
    assert problem.orders["order"].tolist() == ["A", "B"]  # an order without lines counts nowhere


@pytest.mark.parametrize(
    ("min_fill", "complete", "divisible", "least"),
    [
        ("", "", "", 0),
        ("0.3", "", "", 3),
        ("0.31", "", "", 4),  # the next whole unit
        ("0.31", "", "true", 3.1),
        ("0.05", "", "", 0),  # one whole unit is no restriction
        ("0.05", "", "true", 0.5),
        ("0.3", "true", "", 10),
    ],
)
def test_the_smallest_delivery_of_a_line(
    min_fill: str, complete: str, divisible: str, least: float
) -> None:
    header = "order,line,item,quantity,min_fill,complete"
    scenario = one_line(
        lines=f"{header}\nSO1,1,pump,10,{min_fill},{complete}",
        items=f"item,divisible\npump,{divisible}",
    )
    assert prepare(scenario).lines["least"].tolist() == pytest.approx([least])


MONDAY = pd.Timestamp("2026-11-23")


@pytest.mark.parametrize(
    ("calendar", "closed"),
    [
        ("site,LYON,mon tue wed thu fri,,", [5, 6]),
        ("site,LYON,,,2026-11-24", [1]),
        ("site,LYON,,US,", [3]),  # Thanksgiving
        ("site,LYON,,,2026-11-24\nsite,LYON,,,2026-11-26", [1, 3]),
        ("site,LYON,mon tue wed,,2026-11-23\nsite,LYON,,US,", [0, 3, 4, 5, 6]),
        ("site,ELSEWHERE,mon,,", []),
        ("service,LYON,mon,,", []),
    ],
)
def test_all_calendar_rows_of_one_id_hold_together(calendar: str, closed: list[int]) -> None:
    table = one_line(calendars=f"of,id,weekdays,holidays,closed\n{calendar}")["calendars"]
    (open_days,) = read_calendars(table, MONDAY, 7).of("site", np.array(["LYON"]))
    assert np.flatnonzero(~open_days).tolist() == closed


@pytest.mark.parametrize(("code", "open_there"), [("DE-BY", False), ("DE-SN", True), ("DE", True)])
def test_holidays_of_a_part_of_a_country_are_known(code: str, open_there: bool) -> None:
    """Epiphany is a holiday in Bavaria, not in Saxony."""
    calendar = f"of,id,weekdays,holidays,closed\nsite,LYON,,{code},"
    table = one_line(calendars=calendar)["calendars"]
    days = read_calendars(table, pd.Timestamp("2027-01-06"), 1)
    assert days.of("site", np.array(["LYON"])).tolist() == [[open_there]]


def test_holidays_are_known_in_every_year_of_the_run() -> None:
    table = one_line(calendars="of,id,weekdays,holidays,closed\nsite,LYON,,US,")["calendars"]
    start = pd.Timestamp("2026-12-30")
    (open_days,) = read_calendars(table, start, 400).of("site", np.array(["LYON"]))
    assert not open_days[2]  # New Year 2027
    assert not open_days[2 + 365]


def test_the_next_open_day() -> None:
    is_open = np.array([[True, False, False, True, False], [False] * 5])
    assert next_open(is_open).tolist() == [[0, 3, 3, 3, 5], [5] * 5]


@pytest.mark.parametrize(
    ("calendar", "arrivals"),
    [
        ("", {0: 1, 1: 2, 2: 3, 3: 4, 4: 5}),
        ("service,standard,mon tue wed fri,,", {0: 1, 1: 2, 2: 4, 3: 4, 4: 7}),
        ("region,north,,,2026-11-25", {0: 1, 1: 3, 2: 3, 3: 4, 4: 5}),
        ("customer,ACME,mon fri,,", {0: 4, 1: 4, 2: 4, 3: 4, 4: 7}),
        ("customer,BETA,mon fri,,", {0: 1, 1: 2, 2: 3, 3: 4, 4: 5}),
        ("site,LYON,mon wed,,", {0: 1, 2: 3}),  # ships on open days, arrives on any
        ("service,standard,mon,,\nregion,north,tue,,", {}),  # nobody ever accepts
    ],
)
def test_parcels_wait_until_everybody_is_open(calendar: str, arrivals: dict[int, int]) -> None:
    customers = TABLES["customers"] + "\nBETA,gold,north"
    scenario = one_line(
        customers=customers, calendars=f"of,id,weekdays,holidays,closed\n{calendar}"
    )
    options = prepare(scenario).options
    assert dict(zip(options["day"], options["arrival"], strict=True)) == arrivals
