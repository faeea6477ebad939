"""Whatever bytes stand in a scenario folder, the answer is a scenario or a list of faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import ScenarioError
from optimizer.reading import read_scenario
from optimizer.scenario.scenario_writer import write_scenario
from tests.support.scenario_folders import every_table, write_folder

JUNK = [b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b" ", b"[", b"{", b"*a", b"&a "]
JUNK += [b": ", b"- ", b"#", b"!x ", b"%", b"|\n", b"\t", b"1e999", b"nan", b"---\n", b"<<: ", b"~"]
places = st.floats(0, 1)
changes = st.tuples(places, st.integers(0, 20), st.sampled_from(JUNK) | st.binary(max_size=20))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("fuzz")
    good = read_scenario(write_folder(folder / "csv", **every_table()))
    write_scenario(good, folder / "parquet", "parquet")
    write_scenario(good, folder / "xlsx", "xlsx")
    return {kind: folder / kind for kind in ("csv", "parquet", "xlsx")}


@pytest.mark.parametrize("kind", ["yaml", "csv", "parquet", "xlsx"])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pick=places, spoilt=st.lists(changes, min_size=1, max_size=3))
def test_nothing_but_scenario_errors_comes_out(
    kind: str, folders: dict[str, Path], pick: float, spoilt: list[tuple[float, int, bytes]]
) -> None:
    folder = folders["csv" if kind == "yaml" else kind]
    files = sorted(folder.glob(f"*.{kind}"))
    file = files[int(pick * (len(files) - 1))]
    good = data = file.read_bytes()
    for place, length, junk in spoilt:
        at = int(place * len(data))
        data = data[:at] + junk + data[at + length :]
    file.write_bytes(data)
    try:
        scenario = read_scenario(folder)
    except ScenarioError as error:
        faults = [(issue.problem, issue.remedy) for issue in error.issues]
        outcome = bool(faults) and all(problem and remedy for problem, remedy in faults)
    else:
        outcome = len(scenario["orders"]) > 0
    finally:
        file.write_bytes(good)
    assert outcome
