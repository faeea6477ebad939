"""Explanations as data, and as files beside the run: what was said can be found again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from optimizer.explaining.explanation import Explanation
from optimizer.explaining.payers import Payment


def as_record(explanation: Explanation) -> dict[str, Any]:
    """Give an explanation as plain data."""
    payment = explanation.payment
    return {
        "line": _plain(explanation.line.to_dict()),
        "promises": list(explanation.promises),
        "ledger": _rows(explanation.ledger),
        "binding": _rows(explanation.binding),
        "dates": explanation.dates and _plain(asdict(explanation.dates)),
        "on_time_is_out_of_reach": bool(explanation.dates and explanation.dates.out_of_reach),
        "held": explanation.held,
        "known_supply_could_fill_it": explanation.known,
        "fills": [
            {
                "kind": fill.kind,
                "words": fill.words,
                "units": fill.units,
                "parts": _rows(fill.parts),
            }
            for fill in explanation.fills
        ],
        "others_could_pay": explanation.payable,
        "payment": payment and _paid(payment),
        "simplest_swap": payment and payment.swap and _paid(payment.swap),
        "words": explanation.sentences(),
    }


def write_record(folder: Path, record: Mapping[str, Any]) -> Path:
    """Write an explanation as a file.

    Parameters
    ----------
    folder
        Of the run's explanations; made where it is missing.
    record
        Of :func:`as_record`.
    """
    line = record["line"]
    name = f"{quote(line['order'], safe='')}_{quote(line['line'], safe='')}.json"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _paid(payment: Payment) -> dict[str, Any]:
    return {
        "losers": _rows(payment.losers),
        "goals": _rows(payment.goals),
        "proved": payment.proved,
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for row in frame.to_dict("records")]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Write dates as text and blanks as null."""
    return {str(name): _cell(value) for name, value in row.items()}


def _cell(value: Any) -> Any:  # noqa: ANN401  any cell
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return value.item() if hasattr(value, "item") else value
