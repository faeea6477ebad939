"""Certainty of supply: who may use which receipts, followed from day to day and site to site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

from models.judge import broken_rules
from models.judge.lookup.scenario_lookup import Lookup, open_lookup
from models.judge.shipments.confidence import lacking
from models.judge.shipments.stock import stock_suffices
from tests.support.answers_as_text import Case, assert_limit, one_line, shipments_of, transfers_of

HEADER: dict[str, Any] = {
    "segments": {
        "gold": {"tier": 1, "services": ["standard"], "min_confidence": 0.9},
        "core": {"tier": 2, "services": ["standard"], "min_confidence": 0.5},
        "web": {"tier": 3, "services": ["standard"]},
    }
}
TABLES = {
    "customers": "customer,segment,region\nACME,gold,north\nBOLT,core,north\nCITY,web,north",
    "orders": "order,customer,requested\nG,ACME,2026-11-25\nC,BOLT,2026-11-25\nW,CITY,2026-11-25",
    "lines": "order,line,item,quantity\nG,1,pump,30\nC,1,pump,30\nW,1,pump,30",
    "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nOSLO,north,standard,1",
    "stock": "site,item,on_hand\nLYON,pump,4",
    "receipts": "site,item,date,quantity,confidence\nLYON,pump,2026-11-24,3,0.5\n"
    "LYON,pump,2026-11-24,2,0.1\nLYON,pump,2026-11-25,1,0.9",
    "transfers": "from_site,to_site,transit_days\nLYON,OSLO,1\nOSLO,LYON,1",
}
CASES = {
    "on hand is certain": Case(
        TABLES,
        "G/1 4 pump LYON standard 24",
        "G/1 5 pump LYON standard 24",
        "site LYON item pump: shipments up to 2026-11-24 lack 1 units of confidence 0.9 or better",
        HEADER,
    ),
    "a receipt at the level": Case(
        TABLES,
        "G/1 5 pump LYON standard 25",
        "G/1 6 pump LYON standard 25",
        "lack 1 units of confidence 0.9",
        HEADER,
    ),
    "the level between": Case(
        TABLES,
        "C/1 7 pump LYON standard 24, G/1 1 pump LYON standard 25",
        "C/1 8 pump LYON standard 24, G/1 1 pump LYON standard 25",
        "up to 2026-11-24 lack 1 units of confidence 0.5",
        HEADER,
    ),
    "who asks for nothing takes the least certain": Case(
        TABLES,
        "W/1 5 pump LYON standard 24, G/1 4 pump LYON standard 24",
        "W/1 4 pump LYON standard 24, G/1 5 pump LYON standard 24",
        "lack 1 units of confidence 0.9",
        HEADER,
    ),
    "what was certain is gone": Case(
        TABLES,
        "W/1 3 pump LYON standard 23, G/1 1 pump LYON standard 24",
        "W/1 3 pump LYON standard 23, G/1 2 pump LYON standard 24",
        "up to 2026-11-24 lack 1 units of confidence 0.9",
        HEADER,
    ),
    "frozen units may be uncertain": Case(
        TABLES
        | {
            "commitments": "order,line,site,service,ship_date,quantity\n"
            "G,1,LYON,standard,2026-11-24,3"
        },
        "G/1 7 pump LYON standard 24",
        "G/1 8 pump LYON standard 24",
        "lack 1 units of confidence 0.9",
        HEADER,
    ),
    "certain units that were moved": Case(
        TABLES,
        "G/1 3 pump OSLO standard 25, G/1 1 pump LYON standard 25",
        "G/1 3 pump OSLO standard 25, G/1 3 pump LYON standard 25",
        "site LYON item pump: shipments up to 2026-11-25 lack 1 units of confidence 0.9",
        HEADER,
        moves="3 pump LYON OSLO 24",
    ),
    "uncertain units that were moved": Case(
        TABLES,
        "W/1 5 pump OSLO standard 25, G/1 5 pump LYON standard 25",
        "W/1 4 pump OSLO standard 25, G/1 5 pump LYON standard 25, C/1 1 pump OSLO standard 25",
        "lack 1 units of confidence",
        HEADER,
        moves="5 pump LYON OSLO 24",
    )._replace(
        refused="W/1 4 pump OSLO standard 25, G/1 5 pump LYON standard 25,"
        "G/1 1 pump OSLO standard 25"
    ),
    "moved before anything uncertain came": Case(
        TABLES,
        "W/1 3 pump OSLO standard 25, G/1 2 pump LYON standard 25",
        "W/1 3 pump OSLO standard 25, G/1 3 pump LYON standard 25",
        "lack 1 units of confidence 0.9",
        HEADER,
        moves="3 pump LYON OSLO 23",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_segment_uses_supply_that_is_certain_enough(case: Case) -> None:
    assert_limit(case)


def test_a_receipt_before_the_start_keeps_its_confidence() -> None:
    receipts = "site,item,date,quantity,confidence\nLYON,pump,2026-11-01,3,0.8"
    header = HEADER | {"receipts_overdue": "start"}
    scenario = one_line(header, **(TABLES | {"receipts": receipts}))
    assert broken_rules(scenario, shipments_of("C/1 7 pump LYON standard 23")) == []
    (finding,) = broken_rules(scenario, shipments_of("G/1 7 pump LYON standard 23"))
    assert "lack 3 units of confidence 0.9" in finding


@dataclass
class Chance:
    """A few units of one item that come, go and move between LYON and OSLO, at random.

    Transfers from LYON take no time, those from OSLO a day. Levels: 0, 1, 2.
    """

    comes: list[tuple[int, str, int, int]] = field(default_factory=list)
    """Day, site, level, units."""
    goes: list[tuple[int, str, int, int]] = field(default_factory=list)
    moves: list[tuple[int, str, int]] = field(default_factory=list)
    """Day, from, units."""

    @classmethod
    def of(cls, rng: np.random.Generator, *, moving: bool) -> Chance:
        """Draw one; every unit that leaves was there."""
        one, left = cls(), {"LYON": 0, "OSLO": 0}
        on_the_way = 0
        for day in range(4):
            left["LYON"] += on_the_way
            on_the_way = 0
            for site, other in (("LYON", "OSLO"), ("OSLO", "LYON")):
                for level in rng.choice(3, size=rng.integers(0, 3), replace=False).tolist():
                    one.comes.append((day, site, level, units := int(rng.integers(1, 3))))
                    left[site] += units
                for level in rng.choice(3, size=rng.integers(0, 3), replace=False).tolist():
                    if units := int(rng.integers(0, min(left[site], 2) + 1)):
                        one.goes.append((day, site, level, units))
                        left[site] -= units
                if moving and (units := int(rng.integers(0, min(left[site], 2) + 1))):
                    one.moves.append((day, site, units))
                    left[site] -= units
                    if site == "LYON":
                        left[other] += units
                    else:
                        on_the_way += units
        return one


def possible(chance: Chance) -> bool:
    """Try every choice of units for every shipment and transfer."""
    events: list[tuple[str, str, int, int]] = []
    for day in range(4):
        events.append(("arrive", "", 0, 0))
        for site in ("LYON", "OSLO"):
            for kind, rows in (("come", chance.comes), ("go", chance.goes)):
                events += [(kind, at, n, q) for when, at, n, q in rows if (when, at) == (day, site)]
            events += [
                ("move", at, 0, q) for when, at, q in chance.moves if (when, at) == (day, site)
            ]

    @cache
    def works(place: int, pools: tuple[tuple[int, ...], ...]) -> bool:
        if place == len(events):
            return True
        kind, site, level, units = events[place]
        lyon, oslo, coming = pools
        if kind == "arrive":
            return works(place + 1, (added(lyon, coming), oslo, (0, 0, 0)))
        own = lyon if site == "LYON" else oslo
        if kind == "come":
            more = tuple(units * (n == level) for n in range(3))
            return works(place + 1, replaced(pools, site, added(own, more)))
        for taken in choices(own, level, units):
            rest = replaced(pools, site, tuple(a - b for a, b in zip(own, taken, strict=True)))
            if kind == "move" and site == "LYON":
                rest = (rest[0], added(rest[1], taken), rest[2])
            elif kind == "move":
                rest = (rest[0], rest[1], added(rest[2], taken))
            if works(place + 1, rest):
                return True
        return False

    return works(0, ((0, 0, 0),) * 3)


Pool = tuple[int, ...]


def added(first: Pool, second: Pool) -> Pool:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def replaced(pools: tuple[Pool, ...], site: str, own: Pool) -> tuple[Pool, ...]:
    return (own, *pools[1:]) if site == "LYON" else (pools[0], own, pools[2])


def choices(pool: Pool, level: int, units: int) -> Iterator[Pool]:
    """Yield all ways to take units of a level or better out of a pool."""
    for high in range(min(pool[2], units) + 1):
        for middle in range(min(pool[1], units - high) + 1):
            low = units - high - middle
            taken = (low, middle, high)
            if low <= pool[0] and not any(taken[:level]):
                yield taken


def read(chances: list[Chance]) -> Lookup:
    """Make one scenario and plan of all chances, each with an item of its own."""
    days = [f"2026-11-{23 + day}" for day in range(4)]
    lines, receipts, shipments, moves = "", "", [], []
    for number, chance in enumerate(chances):
        item = f"item{number}"
        lines += "".join(f"{order},{number},{item},99\n" for order in "WCG")
        for day, site, level, units in chance.comes:
            receipts += f"{site},{item},{days[day]},{units},{(0.1, 0.5, 0.9)[level]}\n"
        for day, site, level, units in chance.goes:
            name = f"{'WCG'[level]}/{number}"
            shipments.append(f"{name} {units} {item} {site} standard {23 + day}")
        for day, site, units in chance.moves:
            other = "OSLO" if site == "LYON" else "LYON"
            moves.append(f"{units} {item} {site} {other} {23 + day}")
    scenario = one_line(
        HEADER,
        **TABLES
        | {
            "lines": f"order,line,item,quantity\n{lines}",
            "stock": "site,item,on_hand",
            "receipts": f"site,item,date,quantity,confidence\n{receipts}",
            "transfers": "from_site,to_site,transit_days\nLYON,OSLO,0\nOSLO,LYON,1",
        },
    )
    return open_lookup(scenario, shipments_of(",".join(shipments)), transfers_of(",".join(moves)))


@pytest.mark.parametrize("moving", [True, False])
def test_certainty_is_judged_as_by_trying_everything(*, moving: bool) -> None:
    rng = np.random.default_rng(20261123)
    chances = [Chance.of(rng, moving=moving) for _ in range(400)]
    book = read(chances)
    assert stock_suffices(book) == []
    refused = set(lacking(book)["item"])
    expected = {f"item{n}" for n, chance in enumerate(chances) if not possible(chance)}
    assert 40 < len(expected) < 360
    assert refused == expected
