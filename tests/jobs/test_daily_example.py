"""The daily example runs, its page tells all, and its schedules are what they should be."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from optimizer.cli.shared import EXIT_CODES
from optimizer.jobs import read_job
from optimizer.jobs.day_changes import KINDS
from optimizer.jobs.ladder import Rung
from optimizer.jobs.settings import JobSettings, Quarantine
from optimizer.scenario.bundled import copy_bundled
from tests.support.folders import ROOT
from tests.support.job_folders import MONDAY, TUESDAY, approve, propose_job

DAILY = ROOT / "scenarios" / "daily"
DEPLOY = DAILY / "deploy"
PAGE = (DAILY / "README.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALLOCORE_DATABASE", "ALLOCORE_STORE"):
        monkeypatch.delenv(name, raising=False)


def test_the_example_runs_day_after_day(tmp_path: Path) -> None:
    job = copy_bundled("daily", tmp_path / "daily") / "job.yaml"
    config = job.read_text(encoding="utf-8")
    job.write_text(
        config.replace("solver.seconds: 120", "policy: segment_priority"), encoding="utf-8"
    )
    monday = propose_job(job, MONDAY)
    assert monday.missed == []
    approve(read_job(job), monday.run)
    tuesday = propose_job(job, TUESDAY)
    assert tuesday.base == monday.run
    assert len(tuesday.scenario["commitments"])
    assert propose_job(job, MONDAY.replace(year=2031)).missed == []


def test_the_page_names_every_key_rung_change_and_exit_code() -> None:
    keys = {name for name in JobSettings.model_fields if name != "quarantine"}
    keys |= {f"quarantine.{name}" for name in Quarantine.model_fields}
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.MULTILINE)) >= keys | set(Rung)
    assert all(f"`{kind}`" in PAGE for kind in KINDS)
    codes = set(re.findall(r"^\| ([0-9, ]+) \|", PAGE, re.MULTILINE))
    assert codes >= {str(code) for code in (0, 1, 6, *EXIT_CODES.values())} | {"130, 143"}


def test_the_page_names_every_event() -> None:
    sources = (DAILY.parent.parent / "optimizer").rglob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    events = set(re.findall(r"journal\.tell\(\s*\"(\w+)\"", text))
    assert len(events) > 12
    assert [event for event in events if f"`{event}`" not in PAGE] == []


def test_the_crontab_has_five_fields_and_the_command() -> None:
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    (entry,) = (line for line in lines if line[:1].isdigit())
    fields = entry.split(maxsplit=5)
    assert fields[:5] == ["30", "5", "*", "*", "1-5"]
    assert "allocore propose /srv/allocore/daily/job.yaml" in fields[5]
    assert "%" not in fields[5]
    assert "CRON_TZ=Europe/Berlin" in lines


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_accepts_service_and_timer(tmp_path: Path) -> None:
    for name in ("allocore-daily.service", "allocore-daily.timer"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        here = text.replace("/opt/allocore/.venv/bin/allocore", sys.executable)
        (tmp_path / name).write_text(here.replace("User=allocore\n", ""), encoding="utf-8")
    done = subprocess.run(  # noqa: S603
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "allocore-daily" in line]
    assert (done.returncode, said) == (0, [])


def test_the_cron_job_of_kubernetes_has_the_fields_that_it_needs() -> None:
    read = YAML(typ="safe").load((DEPLOY / "cronjob.yaml").read_text(encoding="utf-8"))
    assert (read["apiVersion"], read["kind"]) == ("batch/v1", "CronJob")
    spec = read["spec"]
    assert len(spec["schedule"].split()) == 5
    assert (spec["concurrencyPolicy"], spec["timeZone"]) == ("Forbid", "Europe/Berlin")
    job = spec["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # a failure policy asks for it
    (container,) = pod["containers"]
    assert container["command"][:2] == ["allocore", "propose"]
    (rule,) = job["podFailurePolicy"]["rules"]
    assert rule["onExitCodes"]["containerName"] == container["name"]
    assert {7, 75}.isdisjoint(rule["onExitCodes"]["values"])
    assert set(EXIT_CODES.values()) - {7, 75} <= set(rule["onExitCodes"]["values"])
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_the_dag_compiles_and_tries_again_what_passes() -> None:
    text = (DEPLOY / "airflow_dag.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    compile(tree, "airflow_dag.py", "exec")
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {"airflow.decorators", "airflow.exceptions"} <= imported
    assert "TRY_AGAIN = (7, 75)" in text
    assert "--as-of" in text
