"""The YAML file of a job: every fault with its place, secrets from the environment."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from models.errors import Issue, ScenarioError
from models.fields import LAST_YEAR
from optimizer.cli import main
from optimizer.cli.json_schema import job_schema
from optimizer.jobs import read_job
from optimizer.jobs.settings import JobSettings
from tests.support.job_folders import CONFIG, write_job


@pytest.fixture(autouse=True)
def no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOCORE_STORE", raising=False)


def faults(folder: Path, config: str) -> tuple[Issue, ...]:
    with pytest.raises(ScenarioError) as caught:
        read_job(write_job(folder / "job", config))
    assert "in the job:" in str(caught.value)
    return caught.value.issues


def test_paths_start_at_the_file_and_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    job = read_job(write_job(tmp_path / "job"))
    assert (job.scenario, job.runs) == (tmp_path / "job" / "shop", tmp_path / "job" / "runs")
    assert job.store == f"sqlite:///{tmp_path}/job/allocore.db"
    assert job.metrics == tmp_path / "job" / "job.prom"
    assert job.settings.time_zone == "UTC"
    assert not job.settings.quarantine.allow
    assert job.settings.carry_over
    day = date(2026, 11, 23)
    assert job.overrides(day) == ["policy=segment_priority", "horizon.start=2026-11-23"]


def test_the_store_of_the_environment_counts_where_the_file_names_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOCORE_STORE", "postgresql+psycopg://u@h/d")
    path = write_job(tmp_path / "job")
    assert read_job(path).store == "postgresql+psycopg://u@h/d"
    path.write_text(CONFIG + "store: elsewhere/s.db\n", encoding="utf-8")
    assert read_job(path).store == f"sqlite:///{tmp_path}/job/elsewhere/s.db"


def test_environment_variables_fill_in_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hush hush")
    monkeypatch.delenv("DB_HOST", raising=False)
    text = "database: postgresql+psycopg://u:${DB_PASSWORD}@${DB_HOST:-db.local}/d\n"
    job = read_job(write_job(tmp_path / "job", CONFIG + text))
    assert job.feed.database == "postgresql+psycopg://u:hush hush@db.local/d"


def test_a_variable_that_is_not_set_is_a_fault_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DB_PASSWORD", raising=False)
    (issue,) = faults(tmp_path, CONFIG + "database: ${DB_PASSWORD}\n")
    assert (issue.file, issue.row, issue.column) == ("job.yaml", 7, "11")
    assert "DB_PASSWORD is not set" in issue.problem


def test_a_secret_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "topsecret")
    for line in (
        "deadline_seconds: ${SECRET}",
        "time_zone: ${SECRET}",
        "quarantine: {allow: '${SECRET}'}",
        "name: -${SECRET}",
    ):
        config = CONFIG.replace("name: morning\n", "") if line.startswith("name") else CONFIG
        issues = faults(tmp_path / line.split(":")[0], f"{config}{line}\n")
        assert "topsecret" not in " ".join(map(str, issues))
        assert any("its variable does not belong here" in issue.problem for issue in issues)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("deadline_secconds: 3", "1", "did you mean 'deadline_seconds'?"),
        ("deadline_seconds: soon", "19", "'soon' is not a number"),
        ("deadline_seconds: 0", "19", "more than 0"),
        ("time_zone: Mars/Olympus", "12", "no time zone"),
        ("quarantine: {allowed: true}", "14", "did you mean 'allow'?"),
        ("quarantine: {at_most_share: 2}", "29", "at most 1"),
        ("lock_seconds: -1", "15", "at least 0"),
        ("carry_over: perhaps", "13", "not what belongs here"),
        ("runs:", "1", "blank"),
    ],
)
def test_faults_have_their_line_and_column(
    tmp_path: Path, line: str, column: str, words: str
) -> None:
    (issue,) = faults(tmp_path, CONFIG + line + "\n")
    assert (issue.row, issue.column) == (7, column)
    assert words in str(issue)


def test_the_day_is_no_setting(tmp_path: Path) -> None:
    config = CONFIG.replace("policy: segment_priority", "horizon.start: 2026-01-01")
    (issue,) = faults(tmp_path, config)
    assert "--as-of" in str(issue)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ScenarioError):
            read_job(path)


def test_the_schema_describes_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    schema = job_schema()
    assert main(["schema", "--job"]) == 0
    assert json.loads(capsys.readouterr().out) == schema
    assert set(schema["properties"]) == set(JobSettings.model_fields)
    assert schema["required"] == ["format", "name", "scenario"]
    for part in (schema, *schema["$defs"].values()):
        assert all("description" in value for value in part["properties"].values())


@pytest.mark.parametrize("text", ["2026-02-29", "26-11-23", "tomorrow", "", "2026-11-23T00:00"])
def test_a_day_that_is_none_is_wrong_usage(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_job(tmp_path / "job")
    assert main(["propose", str(path), "--as-of", text]) == 2
    assert "write a day as 2026-11-23" in capsys.readouterr().err
    assert not (tmp_path / "job" / "runs").exists()


def test_days_end_with_the_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_job(tmp_path / "job")
    assert main(["propose", str(path), "--as-of", f"{LAST_YEAR + 1}-01-01"]) == 2
    assert "write a day" in capsys.readouterr().err
