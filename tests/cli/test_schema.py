"""The JSON Schema of the header tells editors what may be written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.settings import Settings
from models.tables import TABLES
from optimizer.cli.json_schema import json_schema


def parts(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schema of the header and of each of its parts."""
    return [schema, *schema["$defs"].values()]


@pytest.mark.parametrize("overlay", [False, True])
def test_it_is_json_schema_of_every_key(overlay: bool) -> None:
    schema = json_schema(overlay=overlay)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema["properties"]) == {*Settings.model_fields, "extends", "tables"}
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Horizon"]["properties"]["days"]["maximum"] == 366


def test_an_overlay_requires_nothing_and_differs_in_nothing_else() -> None:
    assert json_schema()["required"] == ["format", "name", "horizon", "segments", "services"]
    assert json_schema()["$defs"]["Segment"]["required"] == ["tier", "services"]
    assert not any("required" in part for part in parts(json_schema(overlay=True)))
    for full, overlay in zip(parts(json_schema()), parts(json_schema(overlay=True)), strict=True):
        assert set(full) - {"required"} == set(overlay)
        assert full.get("properties") == overlay.get("properties")


def test_the_tables_are_described_with_their_columns() -> None:
    described = json_schema()["properties"]["tables"]["properties"]
    assert list(described) == list(TABLES)
    for name, table in TABLES.items():
        for column, spec in table.columns.items():
            mark = "*" if spec.required else ""
            assert f"{column}{mark} ({spec.kind})" in described[name]["description"]
            assert spec.doc in described[name]["description"]
