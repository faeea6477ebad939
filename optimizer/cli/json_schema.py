"""The JSON Schema of ``scenario.yaml``, for editors that complete and check while one writes."""

from __future__ import annotations

from typing import Any

from models.columns import Column, Table
from models.settings import Settings
from models.tables import TABLES

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(*, overlay: bool = False) -> dict[str, Any]:
    """Describe the header of a scenario.

    Parameters
    ----------
    overlay
        Describe a file that ``extends`` another: nothing is required in it.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12.
    """
    schema = Settings.model_json_schema()
    schema["properties"] |= {
        "extends": {
            "type": "string",
            "title": "Extends",
            "description": "Folder or YAML file whose values hold where this file gives none.",
        },
        "tables": {
            "type": "object",
            "title": "Tables",
            "description": "Where tables are that are not called after their table: a file, or "
            "sql: and a table, view or query of a database.",
            "additionalProperties": False,
            "properties": {
                name: {"type": "string", "description": _described(table)}
                for name, table in TABLES.items()
            },
        },
    }
    title = "Allocore scenario" + (" that extends another" if overlay else "")
    schema = {"$schema": DIALECT, **schema, "title": title}
    return _without_required(schema) if overlay else schema


def job_schema() -> dict[str, Any]:
    """Describe the YAML file of a scheduled job; JSON Schema, draft 2020-12."""
    from optimizer.jobs.settings import JobSettings

    schema = JobSettings.model_json_schema()
    sources = schema["properties"]["sources"]
    sources["propertyNames"] = {"enum": list(TABLES)}
    return {"$schema": DIALECT, **schema, "title": "Allocore job"}


def _described(table: Table) -> str:
    columns = "; ".join(_column(name, spec) for name, spec in table.columns.items())
    return f"{table.doc} Columns: {columns}."


def _column(name: str, spec: Column) -> str:
    unit = f" [{spec.unit}]" if spec.unit else ""
    return f"{name}{'*' if spec.required else ''} ({spec.kind}){unit}: {spec.doc}"


def _without_required(part: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    if isinstance(part, dict):
        return {key: _without_required(value) for key, value in part.items() if key != "required"}
    return [_without_required(value) for value in part] if isinstance(part, list) else part
