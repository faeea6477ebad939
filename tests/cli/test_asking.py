"""Every command can be asked for JSON and for silence; explain by what a planner knows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from optimizer import plan, read_scenario
from optimizer.cli import app, main
from tests.support.folders import ROOT

QUICKSTART = ROOT / "scenarios" / "quickstart"


def commands() -> Iterator[tuple[str, set[str]]]:
    """Name each command, with the options that it takes."""
    groups: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    for name, group in groups:
        for word, command in getattr(group, "commands", {}).items():
            if hasattr(command, "commands"):
                groups.append((f"{name}{word} ", command))
            else:
                options = (parameter.opts for parameter in command.params)
                yield name + word, {opt for opts in options for opt in opts}


@pytest.mark.parametrize(("name", "options"), list(commands()))
def test_every_command_can_be_quiet_and_answers_as_json(name: str, options: set[str]) -> None:
    assert "-q" in options
    assert "--json" in options or name == "schema"  # that is JSON anyway


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan(read_scenario(QUICKSTART)).write(tmp_path_factory.mktemp("runs") / "run")


def told(run: Path, *options: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["explain", str(run), *options]) == 0
    return capsys.readouterr().out


def missed(run: Path) -> pd.DataFrame:
    lines = pd.read_csv(run / "lines.csv", dtype={"line": "str"})
    return lines[~lines["status"].isin(["on_time", "not_due"])]


def test_a_customer_s_lines_are_told_worst_first_with_the_story_of_the_worst(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for customer, lines in missed(run).groupby("customer"):
        answer = json.loads(told(run, "--customer", str(customer), "--json", capsys=capsys))
        names = [(row["order"], row["line"]) for row in answer["lines"]]
        expected = lines[["order", "line"]].itertuples(index=False, name=None)
        assert sorted(names) == sorted(expected)
        assert [row["tier"] for row in answer["lines"]] == sorted(lines["tier"])
        missing = (lines["ordered"] - lines["delivered_on_time"]).sum()
        assert sum(row["missing"] for row in answer["lines"]) == pytest.approx(missing)
        (story,) = answer["explanations"]
        assert (story["line"]["order"], story["line"]["line"]) == names[0]


def test_lines_of_an_item_at_a_site_are_those_that_miss_units_of_it_there(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shortages = pd.read_csv(run / "shortages.csv", dtype={"line": "str"})
    there = shortages[shortages["site"].notna()].iloc[0]
    item = missed(run).set_index(["order", "line"])["item"][(there["order"], there["line"])]
    words = told(run, "--item", item, "--site", there["site"], capsys=capsys)
    assert "worst first" in words
    assert f"{there['order']}/{there['line']}: " in words


def test_what_is_on_time_says_so(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = set(pd.read_csv(run / "lines.csv")["customer"])
    served = sorted(every - set(missed(run)["customer"]))[0]
    assert told(run, "--customer", served, capsys=capsys) == "All of that is on time.\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--customer", "isar-fods"], "no customer isar-fods; did you mean 'isar-foods'?"),
        (["--site", "MUK"], "no site MUK; "),
        ([], "name an order or line, or ask by --customer"),
        (["SO-1001", "--item", "MOTOR-075"], "name an order or line, or ask by --customer"),
    ],
)
def test_what_cannot_be_asked_is_told(
    run: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(run), *options]) == 2
    assert words in capsys.readouterr().err


def test_quiet_silences_before_the_command_and_after_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scenario has a warning: nobody wrote a template for the language of its customers."""
    shutil.copytree(QUICKSTART, tmp_path / "question")
    customers = pd.read_csv(tmp_path / "question" / "customers.csv").assign(language="xx")
    customers.to_csv(tmp_path / "question" / "customers.csv", index=False)
    check = ["check", str(tmp_path / "question")]
    assert main(check) == 0
    assert "warning: " in capsys.readouterr().err
    for arguments in (["-q", *check], [*check, "-q"]):
        assert main(arguments) == 0
        assert capsys.readouterr().err == ""
