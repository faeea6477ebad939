"""The contenders, one function each: what is timed, and what each says of its answer.

A contender gets its input and a :class:`Stopwatch`, imports what it needs, runs the clock around
what counts and returns its figures. Each runs in a process of its own
(:mod:`optimizer.benching.measurement`), so that nothing but what it imports is in its memory.
"""

from __future__ import annotations

import pickle
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from models.problem import Problem
    from models.scenario import Scenario
    from optimizer.solving.locked_model import LockedModel

Figures = dict[str, Any]

MEGABYTE = 1e6
QUICK_ROUNDS = 70
"""Answers to prices that bring their bound within 0.1 % of the LP."""


class Stopwatch:
    """CPU time of this process and its children, and wall time, inside ``with``."""

    cpu = 0.0
    wall = 0.0
    base = 0.0
    """Peak memory before: imports and the input [MB]."""

    def __enter__(self) -> Self:
        """Start."""
        self.base = peak_megabytes()
        self._began = time.perf_counter(), self._spent()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        wall, cpu = self._began
        self.wall, self.cpu = time.perf_counter() - wall, self._spent() - cpu

    @staticmethod
    def _spent() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime


def peak_megabytes() -> float:
    """Peak memory of this process until now [MB]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) * (1.0 if sys.platform == "darwin" else 1024.0) / MEGABYTE


@dataclass(frozen=True, slots=True)
class Given:
    """What a contender is given.

    Parameters
    ----------
    folder
        Holds the input.
    seconds
        Time limit of a plan [s].
    """

    folder: Path
    seconds: float

    def problem(self) -> Problem:
        """Load the prepared problem."""
        return _load(self.folder / "problem")

    def scenario(self) -> Scenario:
        """Load the scenario."""
        return _load(self.folder / "scenario")


Contender = Callable[[Given, Stopwatch], Figures]


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        return pickle.load(file)  # noqa: S301  our own, just written


def _size(h: Any) -> Figures:
    return {"rows": h.getNumRow(), "columns": h.getNumCol(), "nonzeros": h.getNumNz()}


def build_floor(given: Given, watch: Stopwatch) -> Figures:
    """Write this one model straight into arrays."""
    from optimizer.benching.floor import handed_over

    problem = given.problem()
    with watch:
        h = handed_over(problem)
    return _size(h)


def build_allocore(given: Given, watch: Stopwatch) -> Figures:
    """Declare, compile and hand over, as a plan does."""
    import highspy
    import numpy as np

    from models.allocation import declare
    from optimizer.compiling import compile_matrix
    from optimizer.solving.highs_worker import pass_model

    problem, h = given.problem(), highspy.Highs()
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


def build_pyomo(given: Given, watch: Stopwatch) -> Figures:
    """Let Pyomo expand the same rules, and hand its standard form over."""
    import highspy
    import numpy as np
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    from optimizer.solving.highs_worker import pass_model

    problem, h = given.problem(), highspy.Highs()
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


def build_pyomo_highs(given: Given, watch: Stopwatch) -> Figures:
    """Let Pyomo expand the same rules and its own HiGHS interface hand them over."""
    from pyomo.contrib.appsi.solvers.highs import Highs

    problem, solver = given.problem(), Highs()
    with watch:
        solver.set_instance(_pyomo_model(problem))
    return _size(solver._solver_model)  # noqa: SLF001  the only way to what arrived


def _pyomo_model(problem: Problem) -> Any:
    from models.allocation import expanded

    model = expanded(problem)
    model.loss.activate()
    return model


def build_linopy(given: Given, watch: Stopwatch, *, sparse: bool) -> Figures:
    """Write the model in linopy and let it hand over."""
    from models.allocation import declare
    from optimizer.benching.linopy_model import handed_over

    declared = declare(given.problem())
    with watch:
        h = handed_over(declared, sparse=sparse)
    return _size(h)


def lp_sifted(given: Given, watch: Stopwatch) -> Figures:
    """Sift, from prices to the certificate; compiled loops are warm, as in a daily job."""
    import threading

    import numpy as np

    from models.allocation import GoalSpec
    from optimizer.common.clock import Clock
    from optimizer.solving.highs import SolverProcess
    from optimizer.solving.lp import KeptLP, promising

    held, cost = _value_goal(given.problem())
    promising(held, Clock(0.0))
    with watch, SolverProcess(threading.Event()) as process:
        kept = KeptLP(process)
        spec = GoalSpec("value", "loss", 0, 0.0)
        relaxed = kept.solve(held, spec, cost, np.zeros(len(cost)), given.seconds)
    return {"value": -relaxed.bound, "status": "optimal", "columns": len(kept.active)}


def lp_prices(given: Given, watch: Stopwatch) -> Figures:
    """Bound the LP by prices alone."""
    from optimizer.solving.lagrangian import Relaxation, ascend

    held, cost = _value_goal(given.problem())
    ascend(Relaxation(held, cost), 1, lambda: True)
    with watch:
        bound = ascend(Relaxation(held, cost), QUICK_ROUNDS, lambda: True).bound
    return {"value": -bound, "status": "bound"}


def _value_goal(problem: Problem) -> tuple[LockedModel, Any]:
    from models.allocation import declare
    from optimizer.compiling import compile_matrix
    from optimizer.solving.locked_model import LockedModel

    declared = declare(problem)
    held = LockedModel(problem, declared, compile_matrix(declared))
    return held, held.matrix.goals["loss"][0].toarray().ravel()


def lp_dual_simplex(given: Given, watch: Stopwatch) -> Figures:
    """Solve the LP relaxation of the value goal by HiGHS, all columns at once."""
    import highspy

    from optimizer.benching.floor import handed_over
    from optimizer.solving.highs_worker import set_options

    problem = given.problem()
    with watch:
        h = handed_over(problem)
        set_options(h, {"solver": "simplex", "simplex_strategy": 1, "threads": 1})
        h.run()
    optimal = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    value = -h.getInfo().objective_function_value
    return _size(h) | {"value": value, "status": "optimal" if optimal else "no answer"}


def plan_allocore(given: Given, watch: Stopwatch, *, goals: tuple[str, ...]) -> Figures:
    """Plan, judge and tell, from the scenario in memory to the answer's frames."""
    from optimizer.planning import plan_scenario

    scenario = _with(given, goals)
    with watch:
        made = plan_scenario(scenario)
    greedy = made.policies.set_index(["policy", "goal"])["value"]["segment_priority"].to_dict()
    goal = {g.name: g for g in made.solution.goals}
    value, bound, usual = goal["value"].value, goal["value"].bound, greedy["value"]
    room = bound - usual if bound is not None else 0.0
    return {
        "status": made.status.value,
        "value": value,
        "gap": max(g.gap if g.gap is not None else float("inf") for g in goal.values()),
        "share": (value - usual) / room if room > 0 else None,
        "goals": [
            {"name": g.name, "value": g.value, "bound": g.bound, "gap": g.gap}
            | {"status": g.status.value, "greedy": greedy[g.name]}
            for g in goal.values()
        ],
        "notes": list(made.notes),
    }


def plan_plain_highs(given: Given, watch: Stopwatch) -> Figures:
    """Leave the whole MIP of the value goal to HiGHS, with the options that are safe."""
    import highspy
    import numpy as np

    from optimizer.preparing import prepare
    from optimizer.preparing.reduction import close_impossible
    from optimizer.solving.highs_worker import OPTIONS, SAFE_MIP, pass_model, set_options

    held, cost = _value_goal(close_impossible(prepare(given.scenario())))
    with watch:
        h = highspy.Highs()
        set_options(h, OPTIONS | SAFE_MIP | {"time_limit": given.seconds, "mip_rel_gap": 0.0})
        pass_model(h, held.mip_arrays(np.ones(len(cost), dtype=bool), np.zeros(len(cost)), cost))
        h.run()
    info = h.getInfo()
    found = info.primal_solution_status == 2
    value, bound = -info.objective_function_value if found else 0.0, -info.mip_dual_bound
    return {
        "value": value,
        "status": h.modelStatusToString(h.getModelStatus()),
        "gap": (bound - value) / value if value > 0 else float("inf"),
    }


def plan_greedy(given: Given, watch: Stopwatch, *, goals: tuple[str, ...]) -> Figures:
    """Prepare, and fill by the policy ``segment_priority``."""
    from models.settings import Policy
    from optimizer.policies import allocate
    from optimizer.preparing import prepare

    scenario = _with(given, goals)
    with watch:
        problem = prepare(scenario)
        x = allocate(problem, Policy.SEGMENT_PRIORITY)
    margin = problem.options["unit_worth"] - problem.options["unit_cost"]
    return {"value": float(margin.to_numpy() @ x)}


def _with(given: Given, goals: tuple[str, ...]) -> Scenario:
    """Load the scenario, under other goals where any are named, and the time limit."""
    from models.goals import GoalName

    scenario = given.scenario()
    solver = scenario.settings.solver.model_copy(update={"seconds": given.seconds})
    chosen = [GoalName(name) for name in goals] or scenario.settings.goals
    settings = scenario.settings.model_copy(update={"solver": solver, "goals": chosen})
    return replace(scenario, settings=settings)


def read(given: Given, watch: Stopwatch, *, tables: str) -> Figures:
    """Read and validate a scenario folder."""
    from optimizer.reading import read_scenario

    with watch:
        read_scenario(given.folder / tables)
    return {}


EXPLAINED = 8
"""Lines that are explained, spread over those that are not on time; the figure is the mean."""


def prepare_book(given: Given, watch: Stopwatch) -> Figures:
    """Prepare the problem once, as any plan does."""
    from optimizer.preparing import prepare

    scenario, _ = _load(given.folder / "run")
    prepare(scenario)
    with watch:
        problem = prepare(scenario)
    return {"options": len(problem.options)}


def explain_lines(given: Given, watch: Stopwatch) -> Figures:
    """Explain a line of a run that is loaded, with its share of starting the solver's process."""
    from optimizer.explaining import Explainer

    scenario, solution = _load(given.folder / "run")
    late = solution.lines[solution.lines["status"] != "on_time"]
    asked = late.iloc[:: max(len(late) // EXPLAINED, 1)].head(EXPLAINED)
    with watch, Explainer(scenario, solution) as explainer:
        for order, line in asked[["order", "line"]].itertuples(index=False, name=None):
            explainer.explain(order, line)
    count = max(len(asked), 1)
    watch.cpu, watch.wall = watch.cpu / count, watch.wall / count
    return {"explained": len(asked)}


def give_reasons(given: Given, watch: Stopwatch) -> Figures:
    """Say of all lines why they are not on time, in bulk."""
    import numpy as np

    from optimizer.answering.reasons import attributed
    from optimizer.policies import allocate
    from optimizer.preparing import prepare

    scenario, _ = _load(given.folder / "run")
    problem = prepare(scenario)
    x = allocate(problem, scenario.settings.policy)
    with watch:
        parts = attributed(scenario, problem, x, np.zeros(len(problem.moves)))
    return {"shortages": len(parts)}
