"""What limits the shipments of a tiny scenario, stock apart: capacity, quotas, caps by hand.

Frozen commitments may use more than any of these limits; nothing free is then left of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations

from tests.independent.case import Case, Option
from tests.independent.lots import lots_at
from tests.independent.rows import Expression, Row, day_of, exact, is_date, total


@dataclass(frozen=True)
class Limit:
    """All uses together are at most ``most``, or what exempt options use if that is more."""

    uses: Expression
    most: Fraction
    line: int = -1
    """Whose cap it is; then all frozen units are exempt, elsewhere those on their days."""

    def exempts(self, option: Option) -> bool:
        """Tell whether an option may use more."""
        return option.frozen if self.line >= 0 else option.kept


def limits(case: Case) -> list[Limit]:
    """Return every limit, in no particular order."""
    return [
        *_line_caps(case),
        *_site_capacity(case),
        *_lane_capacity(case),
        *_at_most(case),
        *_protected(case),
        *_stage_caps(case),
    ]


def _counted(case: Case, wanted: Callable[[Option], bool]) -> dict[int, Fraction]:
    return {j: Fraction(1) for j, o in enumerate(case.options) if wanted(o)}


def _line_caps(case: Case) -> Iterator[Limit]:
    for k, line in enumerate(case.lines):
        yield Limit({j: o.each for j, o in enumerate(case.options) if o.line == k}, line.most, k)


def _site_capacity(case: Case) -> Iterator[Limit]:
    for row, day in _in_force(case, "site_capacity", "site"):
        effort = {
            j: case.rows.item(o.item).effort
            for j, o in enumerate(case.options)
            if (o.site, o.ship) == (row["site"], day)
        }
        yield Limit(effort, exact(row["units"]))


def _lane_capacity(case: Case) -> Iterator[Limit]:
    for row, day in _in_force(case, "lane_capacity", "site", "region", "service"):
        carried = {
            j: Fraction(1)
            for j, o in enumerate(case.options)
            if (o.site, o.service, o.ship) == (row["site"], row["service"], day)
            and row["region"] in ("", case.lines[o.line].region)
        }
        yield Limit(carried, exact(row["units"]))


def _in_force(case: Case, table: str, *scope: str) -> Iterator[tuple[Row, date]]:
    """Each capacity row with each day on which it holds."""
    dated = {
        (*(row[c] for c in scope), row["date"].date())
        for row in case.rows[table]
        if is_date(row["date"])
    }
    for row in case.rows[table]:
        for day in case.days:
            replaced = (*(row[c] for c in scope), day) in dated
            if (row["date"].date() == day) if is_date(row["date"]) else not replaced:
                yield row, day


def _at_most(case: Case) -> Iterator[Limit]:
    for row in case.rows["quotas"]:
        if row["at_most"] == row["at_most"]:  # not blank
            first, last = _window(case, row)
            went = {
                j: Fraction(1)
                for j, o in enumerate(case.options)
                if _belongs(case, row, o)
                and row["item"] in ("", o.item)
                and row["site"] in ("", o.site)
                and first <= o.ship <= last
            }
            yield Limit(went, exact(row["at_most"]))


def _protected(case: Case) -> Iterator[Limit]:
    """Yield a limit for each item, each day and each set of rows that protect it on that day."""
    rows = [row for row in case.rows["quotas"] if row["protected"] == row["protected"]]
    for item in sorted({o.item for o in case.options}):
        for day in case.days:
            due = [row for row in rows if row["item"] in ("", item) and _holds(case, row, day)]
            for size in range(1, len(due) + 1):
                for together in combinations(due, size):
                    yield _kept_from_others(case, item, day, together)


def _kept_from_others(case: Case, item: str, day: date, together: Sequence[Row]) -> Limit:
    sites = {row["site"] for row in together}
    taken = _counted(
        case,
        lambda o: (
            o.item == item
            and ("" in sites or o.site in sites)
            and o.ship <= day
            and not any(_belongs(case, row, o) for row in together)
        ),
    )
    supply = total(
        units
        for site in (case.rows.open_sites if "" in sites else sites & case.rows.open_sites)
        for units in _supply(case, site, item, day)
    )
    kept = total(exact(row["protected"]) for row in together)
    return Limit(taken, max(Fraction(0), supply - kept))


def _stage_caps(case: Case) -> Iterator[Limit]:
    """Yield what all customers at a stage may take of each item together."""
    for name, stage in case.header.stages.items():
        if stage.supply_share_cap is None:
            continue
        for item in sorted({o.item for o in case.options}):
            there = total(
                units
                for site in case.rows.open_sites
                for units in _supply(case, site, item, case.days[-1])
            )
            least = case.rows.item(item).step if there else Fraction(0)
            taken = _counted(
                case,
                lambda o, item=item, name=name: (  # type: ignore[misc]
                    o.item == item and case.lines[o.line].stage == name
                ),
            )
            yield Limit(taken, max(exact(stage.supply_share_cap) * there, least))


def _supply(case: Case, site: str, item: str, day: date) -> Iterator[Fraction]:
    for lot in lots_at(case, site, item):
        if lot.day <= (day - case.start).days:
            yield lot.quantity


def _window(case: Case, row: Row) -> tuple[date, date]:
    return day_of(row["from"], case.start), day_of(row["to"], case.days[-1])


def _holds(case: Case, row: Row, day: date) -> bool:
    first, last = _window(case, row)
    return first <= day <= last


def _belongs(case: Case, row: Row, option: Option) -> bool:
    """Tell whether an option's customer is in the group of a quota."""
    line = case.lines[option.line]
    return (
        row["segment"] in ("", line.segment)
        and row["customer"] in ("", line.customer)
        and row["region"] in ("", line.region)
    )
