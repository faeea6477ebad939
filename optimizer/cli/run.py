"""Commands that plan, check and verify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import ScenarioError, UsageError
from models.tolerances import UNIT
from optimizer.cli.common import (
    EXIT_CODES,
    RULE_BROKEN,
    TEST_FAILED,
    AsJson,
    FrameFormat,
    Overrides,
    Quiet,
    ScenarioPath,
    complain,
    console,
    read,
    records,
    say,
    say_json,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from models.scenario import Scenario
    from optimizer.api import Plan
    from optimizer.common.stopping import Stop
    from optimizer.planning.business_rules import BusinessRule
    from optimizer.reporting.workbook_decisions import Applied

ALL = "all"
"""Instead of a policy: every one of them."""


def run(
    context: typer.Context,
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
    set_: Overrides = None,
    file_format: Annotated[
        FrameFormat, typer.Option("--format", help="Of the frames in the run folder.")
    ] = FrameFormat.CSV,
    require_targets: Annotated[bool, typer.Option(help="Exit 6 when a target is missed.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Plan a scenario and write a run folder."""
    from optimizer.common.stopping import catch_signals

    quiet = quiet or bool(context.obj)
    if policy == ALL:
        if apply:
            msg = "--apply goes with one policy, not with all"
            raise UsageError(msg)
        with catch_signals(complain) as stop:
            question = read(scenario, set_ or (), quiet=quiet)
            every = _made_all(question, out, file_format, stop.cancel, quiet=quiet)
        _say_all(every, as_json=as_json)
        own = every.get(question.settings.policy.value)
        _end(own and own[0], stop, require_targets=require_targets)
        return
    with catch_signals(complain) as stop:
        from models.settings import Policy
        from optimizer.runs.destination import check_destination, default_folder
        from optimizer.store import guard_here

        if out:
            check_destination(out, guard_here)
        question = read(scenario, [*(set_ or ()), *_chosen(policy)], quiet=quiet)
        applied = _applied(question, apply) if apply else None
        question = applied.scenario if applied else question
        target = out or default_folder(question, question.settings.policy)
        made = _made(question, target, file_format, stop.cancel, quiet=quiet)
    optimal = made.solution.policy == Policy.OPTIMAL
    prices = _override_prices(made, applied.rules, target) if applied and optimal else None
    if as_json:
        overrides = {} if prices is None else {"overrides": records(prices)}
        say_json(_answer(made, target) | overrides)
    else:
        from optimizer.cli.plan_text import print_summary

        print_summary(console(sys.stdout), made, target)
        if prices is not None:
            from optimizer.cli.rule_price_text import told_prices

            say("\n".join(told_prices(made.scenario.settings, prices)))
        elif applied:
            say("What overrides cost is told of policy optimal only.")
    _end(made, stop, require_targets=require_targets)


def _end(made: Plan | None, stop: Stop, *, require_targets: bool) -> None:
    """End with the exit code of a run that was stopped, or whose plan fails its tests."""
    if stop.cancel.is_set():
        raise typer.Exit(stop.exit_code)
    failed = made is not None and (
        not all(test.kept for test in made.expectations)
        or (require_targets and _targets_missed(made))
    )
    if failed:
        raise typer.Exit(TEST_FAILED)


def _made(
    question: Scenario,
    target: Path,
    file_format: FrameFormat,
    cancel: threading.Event | None,
    *,
    quiet: bool,
) -> Plan:
    """Plan, and write the run folder."""
    from optimizer.api import plan
    from optimizer.cli.progress import shown
    from optimizer.runs.destination import check_destination
    from optimizer.runs.run_writer import write_run
    from optimizer.store import guard_here

    check_destination(target, guard_here)
    with shown(console(sys.stderr), quiet=quiet) as report:
        made = plan(question, progress=report, cancel=cancel)
    write_run(made, target, file_format.value, guard=guard_here)
    return made


def _made_all(
    question: Scenario,
    out: Path | None,
    file_format: FrameFormat,
    cancel: threading.Event,
    *,
    quiet: bool,
) -> dict[str, tuple[Plan, Path]]:
    """Plan by every policy, the scenario's own first: a run folder for each."""
    from dataclasses import replace

    from models.settings import Policy
    from optimizer.runs.destination import check_destination, default_folder
    from optimizer.store import guard_here

    own = question.settings.policy
    named = [own, *(policy for policy in Policy if policy is not own)]
    if question["commitments"].empty and own is not Policy.BOP:
        named.remove(Policy.BOP)
    targets = {p: out / p.value if out else default_folder(question, p) for p in named}
    for target in targets.values():
        check_destination(target, guard_here)
    made: dict[str, tuple[Plan, Path]] = {}
    for policy, target in targets.items():
        if cancel.is_set():
            left = [each.value for each in named[len(made) :]]
            complain(f"not planned any more: {', '.join(left)}")
            break
        settings = question.settings.model_copy(update={"policy": policy})
        asked = replace(question, settings=settings)
        made[policy.value] = _made(asked, target, file_format, cancel, quiet=quiet), target
    return made


def _say_all(made: Mapping[str, tuple[Plan, Path]], *, as_json: bool) -> None:
    """Say what each policy reaches, in one table."""
    from optimizer.api import compare
    from optimizer.cli.comparison_text import print_comparison
    from optimizer.reporting.headline import plan_test_sentences

    if as_json:
        say_json({name: _answer(plan, target) for name, (plan, target) in made.items()})
        return
    runs = [(plan.scenario, plan.solution) for plan, _ in made.values()]
    print_comparison(console(sys.stdout), compare(*runs, names=list(made)), brief=True)
    for name, (plan, target) in made.items():
        for text in plan_test_sentences(plan.scenario, plan.solution):
            say(f"{name}: {text}")
        say(str(target))


def _applied(question: Scenario, workbook: Path) -> Applied:
    """Add what a planner wrote into a workbook of these inputs."""
    from optimizer.reporting.workbook_decisions import apply_workbook
    from optimizer.runs.run_id import run_id

    return apply_workbook(question, workbook, run_id(question, question.settings.policy))


def _override_prices(made: Plan, rules: Sequence[BusinessRule], target: Path) -> pd.DataFrame:
    """Price what was applied, into the run folder."""
    from optimizer.planning.rule_prices import rule_prices
    from optimizer.runs.file_formats import write_frame
    from optimizer.runs.run_files import RULE_PRICES

    prices = rule_prices(made.scenario, made.solution, rules)
    write_frame(prices, RULE_PRICES.path(target))
    return prices


def check(
    context: typer.Context,
    scenario: ScenarioPath,
    set_: Overrides = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Validate a scenario: every fault at once, each with its place."""
    try:
        checked = read(scenario, set_ or (), quiet=quiet or as_json or bool(context.obj))
    except ScenarioError as error:
        if as_json:
            from dataclasses import asdict

            say_json({"valid": False, "issues": [asdict(i) for i in error.issues]})
        else:
            say(str(error))
        raise typer.Exit(EXIT_CODES[ScenarioError]) from error
    if as_json:
        say_json({"valid": True, "issues": [], "warnings": list(checked.warnings)})
    else:
        say(f"Valid. {checked!r}")


def segments(
    context: typer.Context,
    scenario: ScenarioPath,
    set_: Overrides = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare how functions see the customers: contradictions, and the orders that they decide."""
    from dataclasses import fields

    from optimizer.studies import audit_segments

    asked = read(scenario, set_ or (), quiet=quiet or as_json or bool(context.obj))
    found = audit_segments(asked)
    if as_json:
        frames = {field.name: getattr(found, field.name) for field in fields(found)}
        say_json({name: frame.to_dict("records") for name, frame in frames.items()})
    else:
        from optimizer.cli.audit_text import print_audit

        print_audit(console(sys.stdout), asked.settings, found)


def verify(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    as_json: AsJson = False,
) -> None:
    """Judge a run folder again, from its files alone and without a solver."""
    findings = findings_of(run_folder)
    if as_json:
        say_json({"valid": not findings, "findings": findings})
    elif findings:
        say("\n".join([f"{run_folder} breaks rules:", *(f" * {f}" for f in findings)]))
    else:
        say(f"{run_folder} obeys every rule and says what its shipments make.")
    if findings:
        raise typer.Exit(RULE_BROKEN)


def findings_of(folder: Path) -> list[str]:
    """Judge a run folder; what cannot be read is a finding where it was changed after the run."""
    from models.judge import judge
    from optimizer.runs.run_reader import check_run_folder, read_run
    from optimizer.runs.sealing import changes

    check_run_folder(folder)
    changed = changes(folder)
    try:
        return [*judge(*read_run(folder)), *changed]
    except (UsageError, ScenarioError) as error:
        if not changed:
            raise
        return [str(error), *changed]


def _chosen(policy: str | None) -> list[str]:
    """Turn ``--policy`` into an override, so that the run folder says it."""
    from models.settings import policy_named

    return [] if policy is None else [f"policy={policy_named(policy).value}"]


def _targets_missed(plan: Plan) -> bool:
    service = plan.service
    return bool((service["target"].notna() & (service["shortfall"] > UNIT)).any())


def _answer(plan: Plan, folder: Path) -> dict[str, Any]:
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
