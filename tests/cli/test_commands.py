"""The command: what it prints where, what it writes, how it exits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from models.errors import NoPlanError, RuleViolationError
from models.scenario import Scenario
from models.settings import Policy
from optimizer import Plan
from optimizer.cli import main
from optimizer.scenario.scenario_writer import write_scenario
from optimizer.solving.lexicographic import Progress, Report
from tests.cli.test_plan_text import SEGMENTS, TABLES
from tests.support.folders import ROOT
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule

Planner = Callable[..., Plan]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a scenario; the working directory is beside it."""
    monkeypatch.chdir(tmp_path)
    write_scenario(make_scenario({"segments": SEGMENTS}, **TABLES), "question", "csv")
    return Path("question")


def by_rule(scenario: Scenario, *, progress: Report, cancel: threading.Event | None = None) -> Plan:
    """Plan without a solver."""
    progress(Progress("value", 1, 1, 5.0, 5.0, 0.0, 1.0))
    policy = scenario.settings.policy
    made = plan_by_rule(scenario, Policy.FCFS if policy is Policy.OPTIMAL else policy)
    return replace(made, cancelled=bool(cancel and cancel.is_set()))


@pytest.fixture
def planner(monkeypatch: pytest.MonkeyPatch) -> Callable[[Planner], None]:
    return lambda made: monkeypatch.setattr("optimizer.api.plan", made)


@pytest.fixture
def quick(planner: Callable[[Planner], None]) -> None:
    planner(by_rule)


def test_help_is_instant() -> None:
    heavy = "{'pandas', 'numpy', 'pyomo', 'pydantic', 'pyarrow', 'highspy', 'scipy'}"
    script = (
        "import sys; from optimizer.cli import main; code = main(['--help']);"
        f"print('heavy:', sorted({heavy} & set(sys.modules)), code)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "heavy: [] 0" in done.stdout
    assert all(name in done.stdout for name in ("run", "check", "verify", "schema", "init"))


@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        ("verify", {"pyomo", "scipy.stats", "highspy", "altair", "sqlalchemy"}),
        ("explain", {"highspy", "altair", "sqlalchemy"}),
    ],
)
def test_a_command_waits_for_nothing_that_it_does_not_use(
    command: str, heavy: set[str], planned_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(planned_run, tmp_path / "run")
    order = pd.read_csv(run / "lines.csv", dtype=str)["order"][0]
    arguments = [command, str(run), *([order] if command == "explain" else [])]
    script = (
        f"import sys; from optimizer.cli import main; code = main({arguments!r});"
        f"print('heavy:', sorted({heavy!r} & set(sys.modules)), code)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "heavy: [] 0" in done.stdout


def test_help_names_every_policy(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    out = capfd.readouterr().out
    assert all(policy in out for policy in Policy)


def test_the_version_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.startswith("allocore ")


@pytest.mark.usefixtures("quick")
def test_run_writes_a_folder_and_prints_a_summary(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(folder), "--out", "made"]) == 0
    out, err = capfd.readouterr()
    assert "Plan for test" in out
    assert out.splitlines()[-1] == "made"
    assert err.splitlines()[-1] == "goal 1 of 1: value, value 5.00, bound 5.00, gap 0.00%, 1 s"
    assert "\x1b" not in out + err
    assert Path("made/shipments.csv").is_file()


@pytest.mark.usefixtures("quick")
def test_run_as_json_prints_json_alone(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(folder), "--json", "-q", "--format", "parquet"]) == 0
    out, err = capfd.readouterr()
    answer = json.loads(out)
    assert err == ""
    assert (answer["scenario"], answer["status"]) == ("test", "feasible")
    assert Path(answer["folder"]).parent == Path("runs")
    assert (Path(answer["folder"]) / "lines.parquet").is_file()
    assert len(answer["service"]) == 9 * len(SEGMENTS)
    assert answer["service"][0]["target"] is None
    assert {row["policy"] for row in answer["policies"]} == {"fcfs", "edd"}


@pytest.mark.usefixtures("quick")
def test_policy_and_set_change_the_scenario_of_the_run(folder: Path) -> None:
    changes = ["--policy", "revenue", "--set", "horizon.days=3", "--set", "title=What if"]
    assert main(["run", str(folder), "--out", "made", *changes]) == 0
    header = Path("made/scenario/scenario.yaml").read_text()
    assert all(part in header for part in ("policy: revenue", "days: 3", "title: What if"))


@pytest.mark.usefixtures("quick")
def test_missed_targets_fail_only_when_asked(folder: Path) -> None:
    strict = ["run", str(folder), "--out", "made", "--require-targets"]
    assert main(strict) == 6
    assert Path("made/result.json").is_file()
    assert main([*strict, "--set", "segments.gold.target.level=0.4"]) == 0


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("level", "code"), [(0.4, 0), (0.99, 6)])
@pytest.mark.usefixtures("quick")
def test_a_test_of_the_plan_that_fails_is_told_and_the_folder_written(
    folder: Path, capfd: pytest.CaptureFixture[str], level: float, code: int, as_json: bool
) -> None:
    header = folder / "scenario.yaml"
    test = f"[{{segment: gold, measure: unit_otif, at_least: {level}}}]"
    header.write_text(header.read_text().replace("expect: []", f"expect: {test}"))
    arguments = ["run", str(folder), "--out", "made", *(["--json"] if as_json else [])]
    assert main(arguments) == code
    out = capfd.readouterr().out
    if as_json:
        (told,) = json.loads(out)["expectations"]
        assert told["kept"] is (code == 0)
        assert told["text"].startswith("gold: unit_otif of at least")
    else:
        said = "1 of 1 failed; do not publish it." if code else "all 1 kept."
        assert f"Tests of the plan: {said}" in out
    assert Path("made/result.json").is_file()
    assert main(["verify", "made"]) == 0


@pytest.mark.usefixtures("quick")
def test_warnings_go_to_standard_error_unless_quiet(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (folder / "orders.csv").open("a") as orders:
        orders.write("O9,G,2026-11-24,2026-11-20,,,false,,,\n")
    for quiet, warned in (([], True), (["-q"], False)):
        assert main([*quiet, "run", str(folder), "--out", "made"]) == 0
        out, err = capfd.readouterr()
        assert ("warning:" in err) is warned
        assert "warning:" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "question", "--policy", "magic"],
        ["run", "question", "--out", "question"],
        ["run", "question", "--format", "xml"],
        ["run"],
        ["dance"],
        ["verify", "question"],
        ["init", "question"],
        ["init", "new", "--template", "nothing"],
        ["init", "question", "--workbook"],
    ],
)
def test_wrong_usage_exits_2_and_says_why(
    folder: Path, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert folder.is_dir()
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err
    assert "Traceback" not in err


def test_a_folder_in_the_way_is_refused_before_planning(
    folder: Path, planner: Callable[[Planner], None]
) -> None:
    planner(lambda *_, **__: pytest.fail("planned"))
    assert main(["run", str(folder), "--out", str(folder)]) == 2


def test_invalid_input_exits_3_with_every_fault(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "lines.csv").read_text()
    (folder / "lines.csv").write_text(text.replace(",6,", ",six,"))
    assert main(["run", str(folder)]) == 3
    out, err = capfd.readouterr()
    assert out == ""
    assert "lines.csv:2:quantity" in err
    assert "lines.csv:3:quantity" in err
    assert main(["check", str(folder)]) == 3
    assert "lines.csv:2:quantity" in capfd.readouterr().out
    assert main(["check", str(folder), "--json"]) == 3
    answer = json.loads(capfd.readouterr().out)
    assert answer["valid"] is False
    first = answer["issues"][0]
    assert (first["file"], first["row"], first["column"]) == ("lines.csv", 2, "quantity")


def test_check_accepts_a_good_scenario(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "3 lines of 2 orders" in capfd.readouterr().out
    assert main(["check", str(folder), "--json", "--set", "horizon.days=2"]) == 0
    assert json.loads(capfd.readouterr().out)["valid"] is True


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (NoPlanError("nothing came out"), 4, "nothing came out"),
        (RuleViolationError(["stock is short"]), 5, "no plan is written"),
        (ZeroDivisionError("by zero"), 1, "please report"),
    ],
)
def test_a_planner_that_fails_is_one_clear_message(
    folder: Path,
    planner: Callable[[Planner], None],
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    words: str,
) -> None:
    def fail(*_: object, **__: object) -> Plan:
        raise error

    planner(fail)
    assert main(["run", str(folder), "--out", "made"]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert words in err
    assert str(error) in err
    assert "Traceback" not in err
    assert not Path("made").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_the_best_answer_so_far(
    folder: Path,
    planner: Callable[[Planner], None],
    capfd: pytest.CaptureFixture[str],
    number: signal.Signals,
    code: int,
) -> None:
    def interrupted(scenario: Scenario, *, progress: Report, cancel: threading.Event) -> Plan:
        os.kill(os.getpid(), number)
        assert cancel.wait(5)
        return by_rule(scenario, progress=progress, cancel=cancel)

    before = signal.getsignal(number)
    planner(interrupted)
    assert main(["run", str(folder), "--out", "made"]) == code
    assert json.loads(Path("made/run.json").read_text())["cancelled"] is True
    assert "best answer so far" in capfd.readouterr().err
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_ends_at_once(
    folder: Path, planner: Callable[[Planner], None], number: signal.Signals, code: int
) -> None:
    def stubborn(*_: object, cancel: threading.Event, **__: object) -> Plan:
        os.kill(os.getpid(), number)
        assert cancel.wait(5)
        os.kill(os.getpid(), number)
        return pytest.fail("went on")

    planner(stubborn)
    assert main(["run", str(folder), "--out", "made"]) == code
    assert not Path("made").exists()


@pytest.mark.usefixtures("quick")
def test_verify_judges_the_files(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    main(["run", str(folder), "--out", "made"])
    capfd.readouterr()
    assert main(["verify", "made"]) == 0
    assert "obeys every rule" in capfd.readouterr().out
    rows = Path("made/shipments.csv").read_text()
    Path("made/shipments.csv").write_text(rows.replace(",6,true", ",7,true"))
    assert main(["verify", "made"]) == 5
    assert " * " in capfd.readouterr().out
    assert main(["verify", "made", "--json"]) == 5
    answer = json.loads(capfd.readouterr().out)
    assert answer["valid"] is False
    assert answer["findings"]


@pytest.mark.parametrize("overlay", [[], ["--overlay"]])
def test_schema_is_json(capfd: pytest.CaptureFixture[str], overlay: list[str]) -> None:
    assert main(["schema", *overlay]) == 0
    schema = json.loads(capfd.readouterr().out)
    assert ("required" in schema) is not bool(overlay)


@pytest.mark.parametrize("options", [[], ["--workbook"], ["--template", "quickstart"]])
def test_init_writes_a_scenario_that_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "mine", *options]) == 0
    assert Path("mine/scenario.yaml").is_file()
    assert Path("mine/scenario.xlsx").is_file() is ("--workbook" in options)
    assert main(["check", "mine", "-q"]) == 0


def test_the_template_is_planned_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "mine"]) == 0
    assert main(["run", "mine", "--out", "made"]) == 0
    assert main(["verify", "made"]) == 0
    assert "every goal is proved optimal" in capfd.readouterr().out


def test_a_traceback_is_there_for_whoever_asks(folder: Path) -> None:
    script = (
        "import optimizer.api as p; p.plan = lambda *a, **k: 1 / 0;"
        "from optimizer.cli import main; raise SystemExit(main())"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script, "--log-level", "debug", "run", str(folder.resolve())],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
