"""A request for an order, read from a file."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from models.errors import Issue, ScenarioError
from models.fields import Day, Identifier, Money

_REMEDY = "give customer, requested and lines, each with item, quantity and unit_value"


class RequestedLine(BaseModel):
    """One line of a requested order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: Identifier
    quantity: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
    unit_value: Money


class OrderRequest(BaseModel):
    """An order that somebody would like to place now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer: Identifier
    requested: Day
    lines: Annotated[tuple[RequestedLine, ...], Field(min_length=1)]


def read_order(path: str | Path) -> OrderRequest:
    """Read an order from a YAML or JSON file.

    Raises
    ------
    ScenarioError
        With everything that is wrong with it.
    """
    path = Path(path)
    try:
        content = YAML(typ="safe").load(StringIO(path.read_text(encoding="utf-8")))
        return OrderRequest.model_validate(content)
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
