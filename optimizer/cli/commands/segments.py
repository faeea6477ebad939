"""``allocore segments``: how functions of the company see customers, and what that decides."""

from __future__ import annotations

import sys

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, Overrides, ScenarioPath, console, is_quiet, read, say_json


@command(30)
def segments(
    scenario: ScenarioPath,
    set_: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Compare how functions see the customers: contradictions, and the orders that they decide."""
    from dataclasses import fields

    from optimizer.studies import audit_segments

    question = read(scenario, set_ or (), quiet=is_quiet() or as_json)
    audit = audit_segments(question)
    if as_json:
        frames = {field.name: getattr(audit, field.name) for field in fields(audit)}
        say_json({name: frame.to_dict("records") for name, frame in frames.items()})
    else:
        from optimizer.cli.audit_text import print_audit

        print_audit(console(sys.stdout), question.settings, audit)
