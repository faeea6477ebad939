"""The contenders, one function each: what is timed, and what each says of its answer.

A contender gets its input and a stopwatch, imports what it needs, runs the clock around
what counts and returns its figures. Each runs in a process of its own
(:mod:`optimizer.benching.measurement`), so that nothing but what it imports is in its memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.solution import AS_ASKED
from optimizer.benching.bench_input import BenchInput
from optimizer.benching.stopwatch import Stopwatch

if TYPE_CHECKING:
    from models.problem import Problem
    from models.scenario import Scenario
    from optimizer.solving.locked_model import LockedModel

Figures = dict[str, Any]
Contender = Callable[[BenchInput, Stopwatch], Figures]

QUICK_ROUNDS = 70
"""Answers to prices that bring their bound within 0.1 % of the LP."""


def _size(h: Any) -> Figures:
    return {"rows": h.getNumRow(), "columns": h.getNumCol(), "nonzeros": h.getNumNz()}


def build_floor(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Write this one model straight into arrays."""
    from optimizer.benching.floor import hand_over

    problem = inputs.problem()
    with watch:
        h = hand_over(problem)
    return _size(h)


def build_allocore(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Declare, compile and hand over, as a plan does."""
    import highspy
    import numpy as np

    from models.allocation import declare
    from optimizer.compiling import compile_matrix
    from optimizer.solving.highs_worker import pass_model

    problem, h = inputs.problem(), highspy.Highs()
    h.setOptionValue("output_flag", False)
    with watch:
        matrix = compile_matrix(declare(problem))
        model = {
            "cost": matrix.goals["loss"][0].toarray().ravel(),
            "lower": np.zeros(len(matrix.upper)),
            "upper": matrix.upper,
            "row_lower": matrix.row_lower,
            "row_upper": matrix.row_upper,
            "start": matrix.a.indptr,
            "index": matrix.a.indices,
            "value": matrix.a.data,
        }
        pass_model(h, model)
    return _size(h)


def build_pyomo(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Let Pyomo expand the same rules, and hand its standard form over."""
    import highspy
    import numpy as np
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    from optimizer.solving.highs_worker import pass_model

    problem, h = inputs.problem(), highspy.Highs()
    h.setOptionValue("output_flag", False)
    with watch:
        form = LinearStandardFormCompiler().write(_pyomo_model(problem), mixed_form=True)
        kind = np.array([row.bound_type for row in form.rows])
        bounds = np.array([v.bounds for v in form.columns], dtype=float)
        model = {
            "cost": form.c.toarray().ravel(),
            "lower": bounds[:, 0],
            "upper": bounds[:, 1],
            "row_lower": np.where(kind <= 0, form.rhs, -np.inf),
            "row_upper": np.where(kind >= 0, form.rhs, np.inf),
            "start": form.A.indptr,
            "index": form.A.indices,
            "value": form.A.data,
        }
        pass_model(h, model)
    return _size(h)


def build_pyomo_highs(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Let Pyomo expand the same rules and its own HiGHS interface hand them over."""
    from pyomo.contrib.appsi.solvers.highs import Highs

    problem, solver = inputs.problem(), Highs()
    with watch:
        solver.set_instance(_pyomo_model(problem))
    return _size(solver._solver_model)  # noqa: SLF001  the only way to what arrived


def _pyomo_model(problem: Problem) -> Any:
    from models.allocation import expanded

    model = expanded(problem)
    model.loss.activate()
    return model


def build_linopy(inputs: BenchInput, watch: Stopwatch, *, sparse: bool) -> Figures:
    """Write the model in linopy and let it hand over."""
    from models.allocation import declare
    from optimizer.benching.linopy_model import hand_over

    declared = declare(inputs.problem())
    with watch:
        h = hand_over(declared, sparse=sparse)
    return _size(h)


def lp_sifted(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Sift, from prices to the certificate; compiled loops are warm, as in a daily job."""
    import threading

    import numpy as np

    from models.allocation import GoalSpec
    from optimizer.common.clock import Clock
    from optimizer.solving.highs import SolverProcess
    from optimizer.solving.lp import KeptLP
    from optimizer.solving.sifting import first_columns
    from optimizer.solving.strategy import Strategy

    model, cost = _value_goal(inputs.problem())
    strategy = Strategy.of(model.problem)
    first_columns(model, strategy, Clock(0.0))
    with watch, SolverProcess(threading.Event()) as process:
        lp = KeptLP(process, strategy)
        goal = GoalSpec("value", "loss", 0, 0.0)
        solution = lp.solve(model, goal, cost, np.zeros(len(cost)), inputs.seconds)
    return {"value": -solution.bound, "status": "optimal", "columns": len(lp.active)}


def lp_prices(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Bound the LP by prices alone."""
    from optimizer.solving.lagrangian import Relaxation, ascend

    model, cost = _value_goal(inputs.problem())
    ascend(Relaxation(model, cost), 1, lambda: True)
    with watch:
        bound = ascend(Relaxation(model, cost), QUICK_ROUNDS, lambda: True).bound
    return {"value": -bound, "status": "bound"}


def _value_goal(problem: Problem) -> tuple[LockedModel, Any]:
    from models.allocation import declare
    from optimizer.compiling import compile_matrix
    from optimizer.solving.locked_model import LockedModel

    declared = declare(problem)
    model = LockedModel(problem, declared, compile_matrix(declared))
    return model, model.matrix.goals["loss"][0].toarray().ravel()


def lp_dual_simplex(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Solve the LP relaxation of the value goal by HiGHS, all columns at once."""
    import highspy

    from optimizer.benching.floor import hand_over
    from optimizer.solving.highs_worker import set_options

    problem = inputs.problem()
    with watch:
        h = hand_over(problem)
        set_options(h, {"solver": "simplex", "simplex_strategy": 1, "threads": 1})
        h.run()
    optimal = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    value = -h.getInfo().objective_function_value
    return _size(h) | {"value": value, "status": "optimal" if optimal else "no answer"}


def plan_allocore(inputs: BenchInput, watch: Stopwatch, *, goals: tuple[str, ...]) -> Figures:
    """Plan, judge and answer, from the scenario in memory to the answer's frames."""
    from optimizer.planning.planner import plan_scenario

    scenario = _scenario_with(inputs, goals)
    with watch:
        result = plan_scenario(scenario)
    greedy = result.policies.set_index(["policy", "goal"])["value"]["segment_priority"].to_dict()
    goal = {g.name: g for g in result.solution.goals}
    value, bound, usual = goal["value"].value, goal["value"].bound, greedy["value"]
    room = bound - usual if bound is not None else 0.0
    return {
        "status": result.status.value,
        "value": value,
        "gap": max(g.gap if g.gap is not None else float("inf") for g in goal.values()),
        "share": (value - usual) / room if room > 0 else None,
        "goals": [
            {"name": g.name, "value": g.value, "bound": g.bound, "gap": g.gap}
            | {"status": g.status.value, "greedy": greedy[g.name]}
            for g in goal.values()
        ],
        "notes": list(result.notes),
    }


def plan_plain_highs(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Leave the whole MIP of the value goal to HiGHS, with the options that are safe."""
    import highspy
    import numpy as np

    from optimizer.preparing import prepare
    from optimizer.preparing.reduction import close_impossible
    from optimizer.solving.highs_worker import OPTIONS, SAFE_MIP, pass_model, set_options

    model, cost = _value_goal(close_impossible(prepare(inputs.scenario())))
    with watch:
        h = highspy.Highs()
        set_options(h, OPTIONS | SAFE_MIP | {"time_limit": inputs.seconds, "mip_rel_gap": 0.0})
        pass_model(h, model.mip_arrays(np.ones(len(cost), dtype=bool), np.zeros(len(cost)), cost))
        h.run()
    info = h.getInfo()
    has_answer = info.primal_solution_status == 2
    value, bound = -info.objective_function_value if has_answer else 0.0, -info.mip_dual_bound
    return {
        "value": value,
        "status": h.modelStatusToString(h.getModelStatus()),
        "gap": (bound - value) / value if value > 0 else float("inf"),
    }


def plan_greedy(inputs: BenchInput, watch: Stopwatch, *, goals: tuple[str, ...]) -> Figures:
    """Prepare, and fill by the policy ``segment_priority``."""
    from models.settings import Policy
    from optimizer.policies import allocate
    from optimizer.preparing import prepare

    scenario = _scenario_with(inputs, goals)
    with watch:
        problem = prepare(scenario)
        x = allocate(problem, Policy.SEGMENT_PRIORITY)
    margin = problem.options["unit_worth"] - problem.options["unit_cost"]
    return {"value": float(margin.to_numpy() @ x)}


def _scenario_with(inputs: BenchInput, goals: tuple[str, ...]) -> Scenario:
    """Load the scenario, under other goals where any are named, and the time limit."""
    from models.goals import GoalName

    scenario = inputs.scenario()
    solver = scenario.settings.solver.model_copy(update={"seconds": inputs.seconds})
    chosen = [GoalName(name) for name in goals] or scenario.settings.goals
    settings = scenario.settings.model_copy(update={"solver": solver, "goals": chosen})
    return replace(scenario, settings=settings)


def read(inputs: BenchInput, watch: Stopwatch, *, tables: str) -> Figures:
    """Read and validate a scenario folder."""
    from optimizer.reading import read_scenario

    with watch:
        read_scenario(inputs.folder / tables)
    return {}


EXPLAINED = 8
"""Lines that are explained, spread over those that are not on time; the figure is the mean."""


def prepare_book(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Prepare the problem once, as any plan does."""
    from optimizer.preparing import prepare

    scenario, _ = inputs.run()
    prepare(scenario)
    with watch:
        problem = prepare(scenario)
    return {"options": len(problem.options)}


def explain_lines(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Explain a line of a run that is loaded, with its share of starting the solver's process."""
    from optimizer.explaining import LineExplainer

    scenario, solution = inputs.run()
    late = solution.lines[~solution.lines["status"].isin(AS_ASKED)]
    sample = late.iloc[:: max(len(late) // EXPLAINED, 1)].head(EXPLAINED)
    with watch, LineExplainer(scenario, solution) as explainer:
        for order, line in sample[["order", "line"]].itertuples(index=False, name=None):
            explainer.explain(order, line)
    count = max(len(sample), 1)
    watch.cpu, watch.wall = watch.cpu / count, watch.wall / count
    return {"explained": len(sample)}


def give_reasons(inputs: BenchInput, watch: Stopwatch) -> Figures:
    """Say of all lines why they are not on time, in bulk."""
    import numpy as np

    from optimizer.answering.reasons import missing_by_reason
    from optimizer.policies import allocate
    from optimizer.preparing import prepare

    scenario, _ = inputs.run()
    problem = prepare(scenario)
    x = allocate(problem, scenario.settings.policy)
    with watch:
        parts = missing_by_reason(scenario, problem, x, np.zeros(len(problem.moves)))
    return {"shortages": len(parts)}
