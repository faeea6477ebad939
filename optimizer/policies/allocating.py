"""The plan of a rule, or of all that the scenario asks for.

Add a policy: its sequence in :data:`optimizer.policies.fill_order.SEQUENCES` if that is all it is,
or else a case here; and its name in :class:`models.settings.Policy`.
"""

from __future__ import annotations

import numpy as np

from models.problem import Problem
from models.settings import Policy
from optimizer.common.kernels import loop_input, run_loop
from optimizer.policies.backorders import process_backorders
from optimizer.policies.commitment_keeping import keep_frozen
from optimizer.policies.fill_loops import fill, fill_shares
from optimizer.policies.fill_order import SEQUENCES, best_first, sequence_of, turns_of
from optimizer.policies.greedy_state import put
from optimizer.policies.remaining import empty_state
from optimizer.policies.shares import fair_shares, has_segment_quotas, with_segment_quotas


def allocate_all(problem: Problem) -> dict[Policy, np.ndarray]:
    """Fill the lines by every policy: what :func:`allocate` gives for each, in less time.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    dict
        Shipped units by option [unit], by policy: ``bop`` where commitments may change, ``quota``
        where a segment has a share, all others always.
    """
    policies = [*SEQUENCES]
    if len(problem.committed):
        policies.append(Policy.BOP)
    if has_segment_quotas(problem):
        policies.append(Policy.QUOTA)
    choices = best_first(problem)
    return {policy: _allocated(problem, policy, choices) for policy in policies}


def allocate(problem: Problem, policy: Policy) -> np.ndarray:
    """Fill the lines as the policy does.

    Parameters
    ----------
    problem
        Integer-coded.
    policy
        Any but ``optimal``.

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit], shape (options,); obeys every rule.
    """
    return _allocated(problem, policy, best_first(problem))


def _allocated(problem: Problem, policy: Policy, choices: np.ndarray) -> np.ndarray:
    if policy is Policy.BOP:
        return process_backorders(problem, choices)
    work, lines = len(problem.options), problem.lines
    kept = keep_frozen(problem) if len(problem.frozen) else np.zeros(work)
    if policy is Policy.QUOTA:
        problem, keys = with_segment_quotas(problem), [lines["requested"], lines["ordered_on"]]
    else:
        keys = SEQUENCES[policy](lines)
    state, turns, sequence = (
        empty_state(problem),
        turns_of(problem, choices),
        sequence_of(problem, keys),
    )
    run_loop(put, state, loop_input(work, kept, np.float64))
    if policy is Policy.FAIR_SHARE:
        run_loop(
            fill_shares, state, turns, sequence, loop_input(work, fair_shares(problem), np.float64)
        )
    run_loop(fill, state, turns, sequence)
    return np.asarray(state.shipped)
