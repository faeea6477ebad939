"""Templates of what customers are told: those that come with the package, and how one is filled.

A template is text with facts in it (Jinja), one for each language. It is filled in a sandbox: it
sees the facts that it is given, changes nothing and reads nothing else.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.reasons import SCARCITY
from models.relationship import Remedy

DEFAULT = "en"
"""Language of customers who have none, or one that has no template."""
_LINE: dict[str, Any] = {
    "line": "10",
    "item": "PUMP",
    "text": "Pump",
    "unit": "pcs",
    "ordered": 2000.0,
    "missing": 1234.5,
    "deliveries": [{"date": date(2026, 12, 2), "quantity": 1234.5}],
}
_BARE = _LINE | {"text": "", "unit": "", "deliveries": []}
_EXAMPLE: dict[str, Any] = {
    "customer": "C-1",
    "name": "Customer",
    "order": "SO-1",
    "reference": "4711",
    "today": date(2026, 11, 23),
    "requested": date(2026, 11, 24),
    "promised": None,
    "new_date": date(2026, 12, 2),
    "know_by": None,
    "reason": SCARCITY,
    "recovery": "",
    "lines": [_LINE],
}
_NO_DATE = {"new_date": None, "know_by": date(2026, 12, 4), "recovery": str(Remedy.CREDIT)}
_OVERDUE = {"requested": date(2026, 11, 20), "name": "", "reference": "", "lines": [_BARE, _LINE]}
EXAMPLES: tuple[Mapping[str, Any], ...] = (
    _EXAMPLE,
    _EXAMPLE | {"promised": date(2026, 11, 26)},
    _EXAMPLE | {"promised": date(2026, 11, 20)} | _NO_DATE,
    _EXAMPLE | _OVERDUE | _NO_DATE,
)
"""Facts with which each template is tried before anything is planned."""


class TemplateFaultError(ValueError):
    """Why a template cannot be filled; ``row`` is where in it, where that is known."""

    def __init__(self, problem: str, row: int | None) -> None:
        super().__init__(problem)
        self.row = row


@cache
def bundled_templates() -> Mapping[str, str]:
    """Give the templates that come with the package, by language."""
    folder = files("optimizer.scenario").joinpath("notices")
    return {
        path.name.removesuffix(".jinja"): path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
    }


def fill(text: str, facts: Mapping[str, Any]) -> str:
    """Fill a template: the text to send, without blanks around it.

    Raises
    ------
    TemplateFaultError
        When it cannot be filled with these facts.
    """
    try:
        return _template(text).render(facts).strip()
    except TemplateSyntaxError as error:
        raise TemplateFaultError(str(error.message), error.lineno) from error
    except Exception as error:  # a template may fail in any way that Python knows
        steps = traceback.extract_tb(error.__traceback__)
        rows = [step.lineno for step in steps if step.filename == "<template>"]
        raise TemplateFaultError(str(error), rows[-1] if rows else None) from error


@cache
def _template(text: str) -> Template:
    sandbox = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    return sandbox.from_string(text)
