"""The name of a run: by its content, so that the same question is never asked twice."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.common.versions import version_of


def run_id(scenario: Scenario, policy: str) -> str:
    """Name a run by its content: the same inputs, policy and version give the same id."""
    parts = [*input_hashes(scenario).values(), policy, version_of("allocore")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def input_hashes(scenario: Scenario) -> dict[str, str]:
    """Hash the header, each table that has rows, in whatever order these are, and templates."""
    header = scenario.settings.model_dump_json().encode()
    rows = {
        name: np.sort(pd.util.hash_pandas_object(frame, index=False).to_numpy()).tobytes()
        for name, frame in sorted(scenario.tables.items())
        if len(frame)
    }
    texts = {f"notices/{name}": text.encode() for name, text in sorted(scenario.templates.items())}
    contents = {"scenario": header} | rows | texts
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
