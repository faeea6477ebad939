"""Texts of notices: the facts of each order in the template of its customer's language."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from models.errors import Issue, ScenarioError
from models.scenario import Scenario
from models.tolerances import UNIT_DECIMALS
from optimizer.scenario.notice_templates import (
    DEFAULT,
    TemplateFaultError,
    bundled_templates,
    fill,
)


def texts_of(scenario: Scenario, notices: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """Write what to send for each order.

    Parameters
    ----------
    scenario
        Who the customers are, and the company's own templates.
    notices
        A row for each order: ``customer``, ``order``, ``broken``, ``promised``, ``new_date``,
        ``know_by``, ``reason``, ``recovery`` and ``reference``.
    rows
        Lines concerned: ``order``, ``line``, ``item``, ``ordered`` and ``missing`` [unit], and
        ``deliveries``.

    Raises
    ------
    ScenarioError
        When a template of the company cannot be filled with the facts of an order.
    """
    templates = {**bundled_templates(), **scenario.templates}
    customers = scenario["customers"].set_index("customer").to_dict("index")
    orders = scenario["orders"].set_index("order").to_dict("index")
    items = scenario["items"].set_index("item").to_dict("index")
    lines: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        lines.setdefault(row["order"], []).append(_line(row, items.get(row["item"], {})))
    today = scenario.settings.horizon.start
    texts = []
    for row in notices.to_dict("records"):
        customer, order = customers[row["customer"]], orders[row["order"]]
        facts = _facts(row, order) | {"today": today, "lines": lines[row["order"]]}
        language = customer["language"].lower()
        language = language if language in templates else DEFAULT
        try:
            texts.append(fill(templates[language], facts | {"name": customer.get("name", "")}))
        except TemplateFaultError as fault:
            raise ScenarioError([_issue(language, row["order"], fault)]) from fault
    return texts


def _issue(language: str, order: str, fault: TemplateFaultError) -> Issue:
    """Locate what is wrong with a template that other facts could fill."""
    problem = f"the template cannot be filled for order {order}: {fault}"
    remedy = "correct it; the facts that a template has are listed in the format's page"
    return Issue(f"notices/{language}.jinja", problem, remedy, fault.row, "")


def _facts(row: Mapping[Hashable, Any], order: Mapping[Hashable, Any]) -> dict[str, Any]:
    """List the facts of an order; dates that it does not have are none."""
    promised, new_date, know_by = (_day(row[name]) for name in ("promised", "new_date", "know_by"))
    return {
        **{name: row[name] for name in ("customer", "order", "reference", "reason", "recovery")},
        "requested": _day(order["requested"]),
        "promised": promised if row["broken"] else None,
        "new_date": new_date,
        "know_by": know_by,
    }


def _line(row: Mapping[Hashable, Any], item: Mapping[Hashable, Any]) -> dict[str, Any]:
    """List the facts of a line of an item."""
    return {
        **{name: row[name] for name in ("line", "item", "ordered")},
        **{name: item.get(name, "") for name in ("text", "unit")},
        "missing": round(row["missing"], UNIT_DECIMALS),
        "deliveries": [
            {"date": day.date(), "quantity": round(units, UNIT_DECIMALS)}
            for day, units in row["deliveries"]
        ],
    }


def _day(value: Any) -> date | None:  # noqa: ANN401  a date or a blank one
    return None if pd.isna(value) else value.date()
