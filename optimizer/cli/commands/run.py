"""``allocore run``: plan a scenario and write a run folder, or one for every policy."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import UsageError
from models.tolerances import UNIT
from optimizer.cli.after_option import After, after_run
from optimizer.cli.registry import command
from optimizer.cli.shared import (
    TEST_FAILED,
    AsJson,
    FrameFormat,
    Overrides,
    ScenarioPath,
    complain,
    console,
    is_quiet,
    read,
    records,
    say,
    say_json,
)
from optimizer.cli.store_access import StoreAddress

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from models.scenario import Scenario
    from optimizer.api import Plan
    from optimizer.common.stopping import Stop
    from optimizer.planning.business_rules import BusinessRule
    from optimizer.reporting.workbook_decisions import DecidedScenario

ALL = "all"
"""Instead of a policy: every one of them."""


@command(10)
def run(
    scenario: ScenarioPath,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Run folder; default runs/<scenario>-<run id>."),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="optimal, or a rule: fcfs, edd, segment_priority, fair_share, revenue, bop, "
            "quota; all: a run folder for each, side by side."
        ),
    ] = None,
    apply: Annotated[
        Path | None,
        typer.Option(metavar="PLAN.XLSX", help="Overrides that a planner wrote into a run's file."),
    ] = None,
    after: After = None,
    address: StoreAddress = None,
    set_: Overrides = None,
    file_format: Annotated[
        FrameFormat, typer.Option("--format", help="Of the frames in the run folder.")
    ] = FrameFormat.CSV,
    require_targets: Annotated[bool, typer.Option(help="Exit 6 when a target is missed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plan a scenario and write a run folder."""
    request = _Request(
        scenario, tuple(set_ or ()), out, file_format, after, address, as_json=as_json
    )
    if policy != ALL:
        made, stop = _run_one(request, policy, apply)
    elif apply:
        msg = "--apply goes with one policy, not with all"
        raise UsageError(msg)
    else:
        made, stop = _run_all(request)
    _exit(made, stop, require_targets=require_targets)


@dataclass(frozen=True)
class _Request:
    """What is planned, and where it goes."""

    scenario: Path
    overrides: tuple[str, ...]
    out: Path | None
    file_format: FrameFormat
    after: str | None
    store: str | None
    as_json: bool

    def near(self, question: Scenario) -> Scenario:
        """Let the plan stay near the run that it is made after, if there is one."""
        return after_run(question, self.after, self.store)


def _run_one(
    request: _Request, policy: str | None, workbook: Path | None
) -> tuple[Plan | None, Stop]:
    """Plan by one policy, with what a planner wrote into a workbook."""
    from models.settings import Policy
    from optimizer.common.stopping import catch_signals
    from optimizer.runs.destination import check_destination, default_folder
    from optimizer.store import guard_here

    with catch_signals(complain) as stop:
        if request.out:
            check_destination(request.out, guard_here)
        overrides = [*request.overrides, *_policy_override(policy)]
        question = read(request.scenario, overrides, quiet=is_quiet())
        decided = _apply(question, workbook) if workbook else None
        question = request.near(decided.scenario if decided else question)
        target = request.out or default_folder(question, question.settings.policy)
        made = _plan(question, target, request, stop.cancel)
    prices = None
    if decided and made.solution.policy == Policy.OPTIMAL:
        prices = _price_overrides(made, decided.rules, target)
    if request.as_json:
        costs = {} if prices is None else {"overrides": records(prices)}
        say_json(_as_data(made, target) | costs)
    else:
        _print_one(made, target, prices)
        if decided and prices is None:
            say("What overrides cost is told of policy optimal only.")
    return made, stop


def _print_one(made: Plan, target: Path, prices: pd.DataFrame | None) -> None:
    """Print the summary, and what overrides cost."""
    from optimizer.cli.plan_text import print_summary
    from optimizer.cli.rule_price_text import rule_price_lines

    print_summary(console(sys.stdout), made, target)
    if prices is not None:
        say("\n".join(rule_price_lines(made.scenario.settings, prices, every=True)))


def _run_all(request: _Request) -> tuple[Plan | None, Stop]:
    """Plan by every policy; return the plan of the scenario's own, if it was made."""
    from optimizer.common.stopping import catch_signals

    with catch_signals(complain) as stop:
        question = request.near(read(request.scenario, request.overrides, quiet=is_quiet()))
        every = _plan_all(question, request, stop.cancel)
    _print_all(every, as_json=request.as_json)
    own = every.get(question.settings.policy.value)
    return own and own[0], stop


def _exit(made: Plan | None, stop: Stop, *, require_targets: bool) -> None:
    """End with the exit code of a run that was stopped, or whose plan fails its tests."""
    if stop.cancel.is_set():
        raise typer.Exit(stop.exit_code)
    failed = made is not None and (
        not all(test.kept for test in made.expectations)
        or (require_targets and _targets_missed(made))
    )
    if failed:
        raise typer.Exit(TEST_FAILED)


def _plan(question: Scenario, target: Path, request: _Request, cancel: threading.Event) -> Plan:
    """Plan, and write the run folder."""
    from optimizer.api import plan
    from optimizer.cli.progress import progress_display
    from optimizer.runs.destination import check_destination
    from optimizer.runs.run_writer import write_run
    from optimizer.store import guard_here

    check_destination(target, guard_here)
    with progress_display(console(sys.stderr), quiet=is_quiet()) as report:
        made = plan(question, progress=report, cancel=cancel)
    made = made.with_changes() if request.after else made
    write_run(made, target, request.file_format.value, guard=guard_here)
    return made


def _plan_all(
    question: Scenario, request: _Request, cancel: threading.Event
) -> dict[str, tuple[Plan, Path]]:
    """Plan by every policy, the scenario's own first: a run folder for each."""
    from dataclasses import replace

    from models.settings import Policy
    from optimizer.runs.destination import check_destination, default_folder
    from optimizer.store import guard_here

    own, out = question.settings.policy, request.out
    policies = [own, *(policy for policy in Policy if policy is not own)]
    if question["commitments"].empty and own is not Policy.BOP:
        policies.remove(Policy.BOP)
    targets = {p: out / p.value if out else default_folder(question, p) for p in policies}
    for target in targets.values():
        check_destination(target, guard_here)
    made: dict[str, tuple[Plan, Path]] = {}
    for policy, target in targets.items():
        if cancel.is_set():
            missing = [each.value for each in policies[len(made) :]]
            complain(f"not planned any more: {', '.join(missing)}")
            break
        settings = question.settings.model_copy(update={"policy": policy})
        with_policy = replace(question, settings=settings)
        made[policy.value] = _plan(with_policy, target, request, cancel), target
    return made


def _print_all(made: Mapping[str, tuple[Plan, Path]], *, as_json: bool) -> None:
    """Say what each policy reaches, in one table."""
    from optimizer.api import compare
    from optimizer.cli.comparison_text import print_comparison
    from optimizer.reporting.headline import plan_test_sentences

    if as_json:
        say_json({name: _as_data(plan, target) for name, (plan, target) in made.items()})
        return
    runs = [(plan.scenario, plan.solution) for plan, _ in made.values()]
    print_comparison(console(sys.stdout), compare(*runs, names=list(made)), brief=True)
    for name, (plan, target) in made.items():
        for text in plan_test_sentences(plan.scenario, plan.solution):
            say(f"{name}: {text}")
        say(str(target))


def _apply(question: Scenario, workbook: Path) -> DecidedScenario:
    """Add what a planner wrote into a workbook of these inputs."""
    from optimizer.reporting.workbook_decisions import apply_workbook
    from optimizer.runs.run_id import run_id

    return apply_workbook(question, workbook, run_id(question, question.settings.policy))


def _price_overrides(made: Plan, rules: Sequence[BusinessRule], target: Path) -> pd.DataFrame:
    """Price what was applied, into the run folder."""
    from optimizer.planning.rule_prices import rule_prices
    from optimizer.runs.file_formats import write_frame
    from optimizer.runs.run_files import RULE_PRICES

    prices = rule_prices(made.scenario, made.solution, rules)
    write_frame(prices, RULE_PRICES.path(target))
    return prices


def _policy_override(policy: str | None) -> list[str]:
    """Turn ``--policy`` into an override, so that the run folder says it."""
    from models.settings import policy_named

    return [] if policy is None else [f"policy={policy_named(policy).value}"]


def _targets_missed(plan: Plan) -> bool:
    service = plan.service
    return bool((service["target"].notna() & (service["shortfall"] > UNIT)).any())


def _as_data(plan: Plan, folder: Path) -> dict[str, Any]:
    from dataclasses import asdict

    from optimizer.runs.result_json import result_of

    return {
        "folder": str(folder),
        **result_of(plan.solution),
        "service": records(plan.service),
        "policies": records(plan.policies),
        "expectations": [asdict(test) for test in plan.expectations],
        "conflict": plan.conflict and asdict(plan.conflict),
        "notes": list(plan.notes),
        "warnings": list(plan.scenario.warnings),
        "seconds": round(plan.seconds, 3),
        "cancelled": plan.cancelled,
    }
