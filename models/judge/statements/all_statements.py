"""Every check of a statement, by name."""

from __future__ import annotations

from models.judge.statements import (
    agreement,
    notices,
    proof,
    reachable,
    reasons,
    remedies,
    shortages,
)

STATEMENTS = (
    agreement.names_agree,
    agreement.tables_agree,
    agreement.totals_agree,
    agreement.transfers_are_sorted,
    reachable.shares_are_possible,
    reachable.contracts_are_attainable,
    reachable.service_is_reachable,
    remedies.remedies_hold,
    notices.notices_hold,
    proof.goals_agree,
    reasons.lines_have_reasons,
    reasons.shipments_have_reasons,
    shortages.shortages_balance,
)
"""One function for each statement or family of statements; each returns its findings."""
