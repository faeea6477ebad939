"""The second opinion by hand: what may be shipped instead, together, to whom, and from where.

Expected are the goals in order: commitments, target:1, target:2, value.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.independent.by_hand import (
    COMMITTED,
    HEADER,
    LINE,
    TWO_SITES,
    VALUE_ONLY,
    reached,
    segments,
    vector,
)
from tests.independent.rows import public_holidays


def test_without_any_feature_the_first_tier_gets_the_stock() -> None:
    expected = {"commitments": 0, "target:1": 0, "target:2": 3, "value": 30}
    assert vector() == pytest.approx(expected)


# Substitutes and packs


def test_units_of_a_substitute_count_by_their_ratio() -> None:
    found = reached(
        lines=LINE + "G,1,pump,3,10",
        stock="site,item,on_hand\nplant,pump,1\nplant,valve,3",
        substitutes="item,substitute,ratio,penalty_per_unit\npump,valve,2,1",
    )
    assert found == [0, 0.5, 0, 25 - 3]


def test_half_a_unit_of_a_substitute_is_one_of_the_item() -> None:
    found = reached(
        lines=LINE + "G,1,pump,4,10",
        stock="site,item,on_hand\nplant,valve,3",
        substitutes="item,substitute,ratio,penalty_per_unit\npump,valve,0.5,1",
    )
    assert found == [0, 0, 0, 40 - 2]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [("core", [0, 2, 1, 30]), ("", [0, 0, 3, 30]), ("core gold", [0, 0, 3, 30])],
)
def test_a_substitute_may_be_for_some_segments(segments: str, expected: list[float]) -> None:
    found = reached(
        stock="site,item,on_hand\nplant,pump,1\nplant,valve,2",
        substitutes=f"item,substitute,segments\npump,valve,{segments}",
    )
    assert found == expected


def test_substitutes_of_substitutes_do_not_count() -> None:
    found = reached(
        stock="site,item,on_hand\nplant,hose,9",
        substitutes="item,substitute\npump,valve\nvalve,hose",
    )
    assert found == [0, 3, 3, 0]


@pytest.mark.parametrize(("share", "expected"), [(0.39, [0, 3, 3, 0]), (0.4, [0, 0, 3, 18])])
def test_the_cost_share_is_of_an_ordered_unit(share: float, expected: list[float]) -> None:
    found = reached(
        segments(gold={"max_cost_share": share}, core={"max_cost_share": 0}),
        lanes="site,region,service,transit_days,cost_per_unit\nplant,north,standard,0,1",
        stock="site,item,on_hand\nplant,valve,6",
        substitutes="item,substitute,ratio,penalty_per_unit\npump,valve,2,1",
    )
    assert found == expected


def test_capacity_counts_the_effort_of_what_is_shipped() -> None:
    found = reached(
        stock="site,item,on_hand\nplant,valve,9",
        substitutes="item,substitute\npump,valve",
        items="item,pick_effort\npump,1\nvalve,2",
        site_capacity="site,units\nplant,2",
    )
    assert found == [0, 1, 3, 20]


def test_a_substitute_ships_in_its_own_packs() -> None:
    found = reached(
        stock="site,item,on_hand\nplant,valve,9",
        substitutes="item,substitute\npump,valve",
        items="item,pack\npump,1\nvalve,2",
    )
    assert found == [0, 1, 1, 40]


def test_what_is_left_of_a_pack_cannot_ship() -> None:
    tables = {"items": "item,pack\npump,2", "stock": "site,item,on_hand\nplant,pump,9"}
    assert reached(lines=LINE + "G,1,pump,5,10", **tables) == [0, 1, 0, 40]


def test_a_divisible_item_may_have_a_pack() -> None:
    found = reached(
        lines=LINE + "G,1,pump,3,10",
        items="item,pack,divisible\npump,0.5,true",
        stock="site,item,on_hand\nplant,pump,1.75",
    )
    assert found == [0, 1.5, 0, 15]


# Parcels


@pytest.mark.parametrize(("limit", "expected"), [("1", [0, 2, 0, 20]), ("2", [0, 0, 0, 40])])
def test_an_order_ships_in_a_number_of_parcels(limit: str, expected: list[float]) -> None:
    found = reached(
        orders=f"order,customer,requested,max_shipments\nG,g,2026-11-24,{limit}",
        lines=LINE + "G,1,pump,2,10\nG,2,valve,2,10",
        lanes=TWO_SITES,
        stock="site,item,on_hand\nplant,pump,2\ndepot,valve,2",
    )
    assert found == expected


def test_one_parcel_carries_all_lines_of_its_order_and_is_paid_once() -> None:
    found = reached(
        orders="order,customer,requested,max_shipments\nG,g,2026-11-24,1",
        lines=LINE + "G,1,pump,2,10\nG,2,valve,2,10",
        lanes="site,region,service,transit_days,cost_per_shipment\nplant,north,standard,0,15",
        stock="site,item,on_hand\nplant,pump,2\nplant,valve,2",
    )
    assert found == [0, 0, 0, 40 - 15]


def test_a_parcel_goes_only_where_it_pays() -> None:
    lanes = "site,region,service,transit_days,cost_per_shipment\nplant,north,standard,0,15"
    tables = {"lanes": lanes, "stock": "site,item,on_hand\nplant,pump,9"}
    found = reached(VALUE_ONLY, lines=LINE + "G,1,pump,1,10\nC,1,pump,2,10", **tables)
    assert found == [0, 20 - 15]


def test_frozen_parcels_cost_but_are_not_counted() -> None:
    found = reached(
        orders="order,customer,requested,max_shipments\nG,g,2026-11-24,1",
        lines=LINE + "G,1,pump,3,10",
        lanes="site,region,service,transit_days,cost_per_shipment\nplant,north,standard,0,5\n"
        "depot,north,standard,0,7",
        stock="site,item,on_hand\nplant,pump,1\ndepot,pump,2",
        commitments=COMMITTED + "G,1,,depot,standard,2026-11-23,2,true",
    )
    assert found == [0, 0, 0, 30 - 12]


# Quotas


def test_a_group_gets_at_most_its_quota() -> None:
    assert reached(quotas="segment,at_most\ngold,1") == [0, 2, 1, 30]


def test_a_quota_counts_what_is_shipped_and_when() -> None:
    tables = {
        "stock": "site,item,on_hand\nplant,valve,9",
        "substitutes": "item,substitute,ratio\npump,valve,2",
        "site_capacity": "site,date,units\nplant,2026-11-24,3",
    }
    quota = "item,from,to,at_most\nvalve,2026-11-23,2026-11-23,2\npump,,,0"
    assert reached(**tables, quotas=quota) == [0, 0.5, 3, 25]


def test_protected_supply_is_for_nobody_else_even_if_unused() -> None:
    lines = LINE + "G,1,pump,3,10\nC,1,pump,1,10"
    assert reached(lines=lines, quotas="segment,protected\ncore,2") == [0, 2, 0, 20]


def test_protected_units_of_several_groups_add_up() -> None:
    rest = {"rest": {"tier": 3, "services": ["standard"]}}
    found = reached(
        {"segments": HEADER["segments"] | rest},
        lines=LINE + "G,1,pump,3,10",
        quotas="segment,protected\ncore,1\nrest,1",
    )
    assert found == [0, 2, 0, 10]


def test_supply_is_protected_as_it_arrives_and_within_the_window() -> None:
    found = reached(
        lines=LINE + "G,1,pump,5,10",
        stock="site,item,on_hand\nplant,pump,1",
        receipts="site,item,date,quantity\nplant,pump,2026-11-24,3",
        site_capacity="site,date,units\nplant,2026-11-24,2",
        quotas="segment,from,to,protected\ncore,2026-11-24,2026-11-24,1",
    )
    assert found == [0, 2, 0, 30]


@pytest.mark.parametrize(
    ("protected", "expected"),
    [("core,plant,1", [0, 1, 0, 30]), ("core,plant,1\ncore,plant,1", [0, 2, 0, 20])],
)
def test_supply_of_one_site_is_protected_there(protected: str, expected: list[float]) -> None:
    found = reached(
        lanes=TWO_SITES,
        stock="site,item,on_hand\nplant,pump,2\ndepot,pump,2",
        lines=LINE + "G,1,pump,4,10",
        quotas=f"segment,site,protected\n{protected}",
    )
    assert found == expected


def test_frozen_units_of_others_may_be_protected_supply() -> None:
    found = reached(
        quotas="segment,protected\ncore,2",
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,2,true",
    )
    assert found == [0, 1, 2, 30]


# Confidence


RECEIPTS = "site,item,date,quantity,confidence\n"


def test_a_segment_uses_only_what_is_certain_enough() -> None:
    tables = {
        "stock": "site,item,on_hand\nplant,pump,1",
        "receipts": RECEIPTS + "plant,pump,2026-11-23,1,0.8\nplant,pump,2026-11-23,2,0.7",
    }
    assert reached(segments(gold={"min_confidence": 0.8}), **tables) == [0, 1, 1, 40]
    assert reached(segments(gold={"min_confidence": 1}), **tables) == [0, 2, 0, 40]


def test_certain_units_that_are_gone_stay_gone() -> None:
    """Day by day all limits would hold: one unit on the first day, two until the second."""
    found = reached(
        segments(gold={}, core={"min_confidence": 0.9}),
        orders="order,customer,requested\nG,g,2026-11-23\nC,c,2026-11-24",
        lines=LINE + "G,1,pump,1,10\nC,1,pump,1,10",
        stock="site,item,on_hand\nplant,pump,1",
        receipts=RECEIPTS + "plant,pump,2026-11-24,1,0.5",
    )
    assert found == [0, 0, 1, 10]


def test_frozen_units_may_be_uncertain() -> None:
    found = reached(
        segments(gold={"min_confidence": 0.8}),
        stock="site,item,on_hand\nplant,pump,1",
        receipts=RECEIPTS + "plant,pump,2026-11-23,2,0.7",
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,2,true",
    )
    assert found == [0, 0, 3, 30]


# Transfers


DEPOT = {
    "sites": "site,open\nplant,\ndepot,",
    "stock": "site,item,on_hand\ndepot,pump,3",
}
TRANSFERS = "from_site,to_site,item,transit_days,cost_per_unit,units_per_day\n"


@pytest.mark.parametrize(
    ("transfer", "expected"),
    [
        ("depot,plant,,1,2,", [0, 0, 3, 30 - 6]),
        ("depot,plant,pump,1,2,2", [0, 1, 3, 20 - 4]),
        ("depot,plant,pump,0,2,1", [0, 1, 3, 20 - 4]),
        ("depot,plant,,2,2,", [0, 3, 3, 0]),
        ("depot,plant,valve,0,2,", [0, 3, 3, 0]),
        ("plant,depot,,0,0,", [0, 3, 3, 0]),
        ("depot,plant,,0,0,\ndepot,plant,pump,1,2,1.5", [0, 2, 3, 10 - 2]),
    ],
)
def test_stock_moves_between_sites(transfer: str, expected: list[float]) -> None:
    assert reached(transfers=TRANSFERS + transfer, **DEPOT) == expected


def test_the_daily_limit_is_for_all_items_of_a_row() -> None:
    found = reached(
        lines=LINE + "G,1,pump,1,10\nG,2,valve,1,10",
        sites=DEPOT["sites"],
        stock="site,item,on_hand\ndepot,pump,1\ndepot,valve,1",
        transfers=TRANSFERS + "depot,plant,,1,0,1",
    )
    assert found == [0, 1, 0, 10]


def test_a_transfer_waits_for_its_site_to_open() -> None:
    found = reached(
        orders="order,customer,requested\nG,g,2026-11-23",
        lines=LINE + "G,1,pump,3,10",
        transfers=TRANSFERS + "depot,plant,,0,0,",
        calendars="of,id,weekdays\nsite,depot,tue",
        **DEPOT,
    )
    assert found == [0, 3, 0, 30 * 0.95]


def test_nothing_moves_from_a_site_that_is_not_open() -> None:
    tables = DEPOT | {"sites": "site,open\nplant,\ndepot,false"}
    assert reached(transfers=TRANSFERS + "depot,plant,,0,0,", **tables) == [0, 3, 3, 0]


def test_stock_moves_only_where_it_pays() -> None:
    tables = DEPOT | {"lines": LINE + "G,1,pump,2,10\nC,1,pump,1,15"}
    assert reached(VALUE_ONLY, transfers=TRANSFERS + "depot,plant,,0,12,", **tables) == [0, 3]


def test_a_circle_makes_no_stock() -> None:
    circle = "depot,plant,,0,0,\nplant,depot,,0,0,"
    tables = DEPOT | {"stock": "site,item,on_hand\ndepot,pump,1"}
    assert reached(transfers=TRANSFERS + circle, **tables) == [0, 2, 3, 10]


def test_moved_units_are_as_certain_as_before() -> None:
    found = reached(
        segments(gold={"min_confidence": 0.8}),
        sites=DEPOT["sites"],
        stock="site,item,on_hand\ndepot,pump,1",
        receipts=RECEIPTS + "depot,pump,2026-11-23,3,0.5",
        transfers=TRANSFERS + "depot,plant,,0,0,",
    )
    assert found == [0, 2, 0, 40]


def test_protected_supply_counts_where_it_is_shipped_from() -> None:
    found = reached(
        sites=DEPOT["sites"],
        stock="site,item,on_hand\nplant,pump,2\ndepot,pump,2",
        transfers=TRANSFERS + "depot,plant,,0,0,",
        quotas="segment,site,protected\ncore,plant,1",
    )
    assert found == [0, 2, 0, 40]


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    own = public_holidays("DE-BY", 2027) - public_holidays("DE-SN", 2027)
    assert date(2027, 1, 6) in own
