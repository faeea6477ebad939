"""Accept or decline an order now: against this morning's plan, and what it holds at what price.

Nothing is planned anew. A unit that neither the plan nor its reserve needs is free; one out of the
reserve costs its bid price; where there was stock to spare, and so no bid price, what it is worth
itself once the spare is gone. Each unit of a line goes the way that leaves most.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from models.errors import Issue, ScenarioError, UsageError
from models.fields import Day, Identifier, Money
from models.problem import Problem
from models.scenario import Scenario
from models.solution import Solution
from models.tables import TABLES
from optimizer.changing import typed
from optimizer.preparing import prepare
from optimizer.run_reading import read_run

NAME = "asked now"
"""Id of the order while it is looked at."""
NOTHING = 1e-6
"""Less is nothing [unit, currency]."""
PLACE = ["site", "item"]


class AskedLine(BaseModel):
    """One line of an order that is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: Identifier
    quantity: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
    unit_value: Money


class Asked(BaseModel):
    """An order that is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer: Identifier
    requested: Day
    lines: Annotated[tuple[AskedLine, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Displaced:
    """Units that were held for forecast demand."""

    segment: str
    region: str
    item: str
    requested: date
    site: str
    units: float
    price: float
    """Bid price, or where there is none what a unit is worth [currency/unit]."""


@dataclass(frozen=True, slots=True)
class Way:
    """Units of a line that go the same way."""

    site: str
    service: str
    ship_date: date
    arrival_date: date
    units: float
    margin: float
    """Worth after lateness, less cost, less bid prices of what is taken from the reserve."""


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """The answer to one line."""

    line: int
    item: str
    quantity: float
    accept: bool
    """All of it can go by ways that bring more than they displace."""
    available: float
    """Units that can."""
    arrival: date | None
    """Of the last of them."""
    margin: float
    ways: tuple[Way, ...]
    displaces: tuple[Displaced, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """The answer to an order."""

    customer: str
    requested: date
    lines: tuple[QuotedLine, ...]

    @property
    def accept(self) -> bool:
        """Whether every line is accepted."""
        return all(line.accept for line in self.lines)

    def as_record(self) -> dict[str, Any]:
        """As plain data."""
        record: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return {"accept": self.accept, **record}

    def __repr__(self) -> str:
        """Say it in sentences."""
        return "\n".join(text for line in self.lines for text in _told(line))


def read_order(path: str | Path) -> Asked:
    """Read an order from a YAML or JSON file.

    Raises
    ------
    ScenarioError
        With everything that is wrong with it.
    """
    path = Path(path)
    try:
        content = YAML(typ="safe").load(StringIO(path.read_text(encoding="utf-8")))
        return Asked.model_validate(content)
    except OSError as error:
        issues = [Issue(path.name, f"the file cannot be read: {error.strerror}", "name another")]
    except (YAMLError, UnicodeDecodeError) as error:
        text = " ".join(str(error).split())[:200]
        issues = [Issue(path.name, f"this is not YAML: {text}", "write it as the README shows")]
    except ValidationError as error:
        issues = [
            Issue(path.name, f"{'.'.join(map(str, e['loc'])) or 'order'}: {e['msg']}", _REMEDY)
            for e in error.errors()
        ]
    raise ScenarioError(issues)


_REMEDY = "give customer, requested and lines, each with item, quantity and unit_value"


@dataclass(frozen=True, eq=False)
class Quoter:
    """A run that orders are held against; it stays as it is, whatever is accepted.

    Parameters
    ----------
    scenario, solution
        Of the run.
    """

    scenario: Scenario
    solution: Solution

    @classmethod
    def of_run(cls, folder: str | Path) -> Quoter:
        """Read a run folder.

        Raises
        ------
        UsageError
            When it is none, or has quotas, which a single order cannot be held against.
        """
        scenario, solution = read_run(folder)
        if len(scenario["quotas"]):
            msg = f"{folder} has quotas: add the order to the scenario and plan it instead"
            raise UsageError(msg)
        return cls(scenario, solution)

    def quote(self, asked: Asked) -> Quoted:
        """Answer an order line by line; earlier lines take before later ones.

        Raises
        ------
        ScenarioError
            For a customer or an item that the run does not know.
        """
        self._check(asked)
        problem = prepare(self._alone(asked))
        left = _Left.of(self.scenario, self.solution, problem)
        lines = [_quoted(problem, left, nth, line) for nth, line in enumerate(asked.lines)]
        return Quoted(asked.customer, asked.requested, tuple(lines))

    def _check(self, asked: Asked) -> None:
        issues = []
        if asked.customer not in set(self.scenario["customers"]["customer"]):
            remedy = "use a customer of the run"
            issues.append(Issue("order", f"customer {asked.customer!r} is unknown", remedy))
        known = {*self.scenario["stock"]["item"], *self.scenario["receipts"]["item"]}
        issues += [
            Issue("order", f"item {line.item!r} has neither stock nor receipts", "use another item")
            for line in asked.lines
            if line.item not in known
        ]
        if issues:
            raise ScenarioError(issues)

    def _alone(self, asked: Asked) -> Scenario:
        """Give the scenario with this order alone, and nothing promised to others."""
        start = pd.Timestamp(self.scenario.settings.horizon.start)
        order = {
            "order": NAME,
            "customer": asked.customer,
            "requested": pd.Timestamp(asked.requested),
            "ordered": start,
        }
        lines = [
            {"order": NAME, "line": f"{nth:06d}", **line.model_dump()}
            for nth, line in enumerate(asked.lines)
        ]
        empty = ("forecast", "commitments", "overrides", "ledger")
        tables = {
            **self.scenario.tables,
            **{name: TABLES[name].empty() for name in empty},
            "orders": _filled("orders", [order]),
            "lines": _filled("lines", lines),
        }
        return replace(self.scenario, tables=tables)


def _filled(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    blanks = {name: spec.blank for name, spec in TABLES[table].columns.items()}
    return typed(table, pd.DataFrame([blanks | row for row in rows]))


@dataclass(eq=False)
class _Left:
    """What the plan leaves, with its reserve and without.

    Parameters
    ----------
    supply
        By site and item: units by day, shape (days,).
    used
        Likewise, what ships, or is held, by ship day.
    site_day, lane_day
        Units of each limit that are left.
    reserve
        Rows of the reserve, with ``day`` and ``left``, the cheapest first.
    """

    supply: Mapping[tuple[str, str], np.ndarray]
    used: dict[tuple[str, str], np.ndarray]
    site_day: np.ndarray
    lane_day: np.ndarray
    reserve: list[dict[str, Any]]

    @classmethod
    def of(cls, scenario: Scenario, solution: Solution, problem: Problem) -> _Left:
        """Take what the plan ships and holds from what there is."""
        start, days = pd.Timestamp(scenario.settings.horizon.start), scenario.settings.horizon.days
        columns = ["item", "site", "service", "ship_date", "quantity"]
        held = solution.reserve.assign(held=True)
        taken = pd.concat(
            [solution.shipments[columns].assign(held=False), held[[*columns, "held"]]],
            ignore_index=True,
        )
        taken["region"] = [*_regions(scenario, solution.shipments), *held["region"]]
        taken["day"] = (taken["ship_date"] - start).dt.days
        used: dict[tuple[str, str], np.ndarray] = {}
        units: Any = taken.groupby([*PLACE, "day"])["quantity"].sum().items()
        for (site, item, day), quantity in units:
            used.setdefault((site, item), np.zeros(days))[day] += quantity
        moves: Any = solution.transfers.itertuples()
        for row in moves:
            leaves, comes = ((d - start).days for d in (row.ship_date, row.arrival_date))
            used.setdefault((row.from_site, row.item), np.zeros(days))[leaves] += row.quantity
            if comes < days:
                used.setdefault((row.to_site, row.item), np.zeros(days))[comes] -= row.quantity
        reserve = held.assign(day=(held["ship_date"] - start).dt.days, left=held["quantity"])
        price = held["bid_price"].where(held["bid_price"] > NOTHING, held["unit_value"])
        reserve = reserve.assign(price=price).sort_values(["price", "unit_value"], kind="stable")
        site_day, lane_day = _capacity(scenario, problem, taken)
        rows: Any = reserve.to_dict("records")
        return cls(_supply(problem, days), used, site_day, lane_day, rows)

    def atp(self, place: tuple[str, str], day: int) -> float:
        """Units of an item at a site that nobody needs from a day on."""
        supply, used = self.supply[place], self.used.get(place)
        left = np.cumsum(supply if used is None else supply - used)
        return float(max(0.0, left[day:].min()))

    def take(self, place: tuple[str, str], day: int, units: float) -> None:
        """Ship units."""
        self.used.setdefault(place, np.zeros(len(self.supply[place])))[day] += units


def _supply(problem: Problem, days: int) -> dict[tuple[str, str], np.ndarray]:
    """Supply by site, item and day, as certain as the customer's segment asks for, or more."""
    certain = problem.options.merge(problem.epochs[["pair"]], left_on="epoch", right_index=True)[
        "pair"
    ].unique()
    found: dict[tuple[str, str], np.ndarray] = {}
    pairs: Any = problem.pairs.loc[np.sort(certain)].itertuples()
    for pair in pairs:
        place = str(problem.sites[pair.site]), str(problem.items[pair.item])
        own = problem.epochs[problem.epochs["pair"] == pair.Index]
        day, arriving = own["day"].to_numpy(), own["arriving"].to_numpy()
        np.add.at(found.setdefault(place, np.zeros(days)), day, arriving)
    return found


def _regions(scenario: Scenario, shipments: pd.DataFrame) -> list[str]:
    customer = scenario["orders"].set_index("order")["customer"].loc[shipments["order"]]
    regions: list[str] = (
        scenario["customers"].set_index("customer")["region"].loc[customer].tolist()
    )
    return regions


def _capacity(
    scenario: Scenario, problem: Problem, taken: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Say what is left of the capacity that the order's options use."""
    effort = scenario["items"].set_index("item")["pick_effort"]
    effort = taken["item"].map(effort).fillna(1.0) * taken["quantity"]
    site = effort.groupby([taken["site"], taken["day"]]).sum()
    rows = problem.site_days
    keys = zip(problem.sites[rows["site"]], rows["day"], strict=True)
    site_left = rows["limit"].to_numpy() - [site.get(key, 0.0) for key in keys]
    rows, units = problem.lane_days, taken["quantity"]
    lane = units.groupby([taken[c] for c in ("site", "region", "service", "day")]).sum()
    total = units.groupby([taken[c] for c in ("site", "service", "day")]).sum()
    used = [
        total.get((site_, service, day), 0.0)
        if region < 0
        else lane.get((site_, problem.regions[region], service, day), 0.0)
        for site_, region, service, day in zip(
            problem.sites[rows["site"]],
            rows["region"],
            problem.services[rows["service"]],
            rows["day"],
            strict=True,
        )
    ]
    return site_left, rows["limit"].to_numpy() - np.array(used)


def _quoted(problem: Problem, left: _Left, nth: int, asked: AskedLine) -> QuotedLine:
    """Send a line the ways that leave most, as long as they leave anything."""
    options = problem.options[problem.options["line"] == nth]
    options = options[options["upper"] > 0]
    leaves = options["unit_worth"] - options["unit_cost"]
    options = options.assign(margin=leaves).sort_values(
        ["margin", "arrival", "day"], ascending=[False, True, True], kind="stable"
    )
    missing, ways, displaced = asked.quantity, [], []
    rows: Any = [*options.itertuples()]
    candidates: list[tuple[float, Any, dict[str, Any] | None]]
    candidates = [(float(row.margin), row, None) for row in rows]
    for row in rows:
        place = problem.sites[row.site], problem.items[row.item]
        mine = [held for held in left.reserve if (held["site"], held["item"]) == place]
        candidates += [(float(row.margin) - held["price"], row, held) for held in mine]
    candidates.sort(key=lambda candidate: (-candidate[0], candidate[2] is not None))
    for margin, row, held in candidates:
        if missing <= NOTHING or margin <= NOTHING:
            break
        units = _sent(problem, left, row, held, missing)
        if units <= NOTHING:
            continue
        missing -= units * row.gives
        ways.append(_way(problem, row, units, units * margin))
        if held is not None:
            displaced.append(_displaced(held, units))
    arrivals = [way.arrival_date for way in ways]
    return QuotedLine(
        line=nth + 1,
        item=asked.item,
        quantity=asked.quantity,
        accept=missing <= NOTHING,
        available=round(asked.quantity - max(missing, 0.0), 9),
        arrival=max(arrivals) if arrivals else None,
        margin=round(sum(way.margin for way in ways), 6),
        ways=tuple(ways),
        displaces=tuple(displaced),
    )


def _sent(
    problem: Problem,
    left: _Left,
    row: Any,  # noqa: ANN401  a named tuple of pandas
    held: dict[str, Any] | None,
    missing: float,
) -> float:
    """Ship what can go by an option, free or out of one row of the reserve; return the units."""
    place = str(problem.sites[row.site]), str(problem.items[row.item])
    most = missing / row.gives
    if row.site_day >= 0:
        most = min(most, left.site_day[row.site_day] / row.effort) if row.effort else most
    for limit in (row.lane_day, row.lane_total):
        most = min(most, left.lane_day[limit]) if limit >= 0 else most
    if held is not None:
        most = min(most, held["left"])
        left.take(place, int(held["day"]), -most)
    units = max(0.0, min(most, left.atp(place, int(row.day))))
    units = np.floor(units / row.step + 1e-9) * row.step if row.step else units
    if held is not None:
        left.take(place, int(held["day"]), most - units)
        held["left"] -= units
    left.take(place, int(row.day), units)
    if row.site_day >= 0:
        left.site_day[row.site_day] -= units * row.effort
    for limit in (row.lane_day, row.lane_total):
        if limit >= 0:
            left.lane_day[limit] -= units
    return float(units)


def _way(problem: Problem, row: Any, units: float, margin: float) -> Way:  # noqa: ANN401
    ship, arrival = problem.dates(pd.Series([row.day, row.arrival]))
    site, service = str(problem.sites[row.site]), str(problem.services[row.service])
    return Way(site, service, ship.date(), arrival.date(), round(units, 9), round(margin, 6))


def _displaced(held: dict[str, Any], units: float) -> Displaced:
    return Displaced(
        held["segment"],
        held["region"],
        held["item"],
        held["requested"].date(),
        held["site"],
        round(units, 9),
        float(held["price"]),
    )


def _told(line: QuotedLine) -> list[str]:
    """Say the answer to a line in sentences."""
    verdict = "accept" if line.accept else "decline"
    head = f"line {line.line}: {verdict} {line.quantity:,.12g} {line.item}"
    if not line.accept:
        head += f"; {line.available:,.12g} could go"
    if line.arrival:
        head += f", there on {line.arrival}, margin {line.margin:,.2f}"
    said = [head]
    said += [
        f"  {way.units:,.12g} from {way.site} by {way.service} on {way.ship_date}, "
        f"there on {way.arrival_date}"
        for way in line.ways
    ]
    said += [
        f"  takes {d.units:,.12g} held for {d.segment} in {d.region}, {d.requested}, "
        f"at {d.site}: worth {d.price:,.2f} each"
        for d in line.displaces
    ]
    return said
