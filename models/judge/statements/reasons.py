"""The reasons of lines and shipments: each fits what happened, and a goal that counts it."""

from __future__ import annotations

from models.goals import GoalName
from models.judge.findings import ROW, TOLERANCE, refuse
from models.judge.statements.judged_answer import JudgedAnswer
from models.reasons import Reason
from models.solution import AS_ASKED

ALWAYS = (GoalName.COMMITMENTS, GoalName.VALUE)
"""Goals that shipments may serve even where the scenario does not ask for them."""


def lines_have_reasons(answer: JudgedAnswer) -> list[str]:
    """Ask for a reason where a due line is not on time; ``hold`` where a planner says so."""
    lines, known = answer.solution.lines.reset_index(drop=True), answer.lookup.lines
    if len(lines) != len(known):
        return []
    held, by_hand = known["held"], known["held"] | known["cap"].notna()
    on_time, hold = lines["status"].isin(AS_ASKED), lines["reason"] == Reason.HOLD
    fine = (lines["reason"] == "").where(on_time, lines["reason"].isin(list(Reason)))
    return [
        *refuse(
            lines,
            ~fine,
            "lines: order {order} line {line} is {status}; its reason cannot be {reason}",
        ),
        *refuse(
            lines,
            ~on_time & held & ~hold,
            "lines: order {order} line {line} is held; its reason cannot be {reason}",
        ),
        *refuse(
            lines,
            ~on_time & ~by_hand & hold,
            "lines: order {order} line {line} is neither held nor capped; its reason cannot be"
            " hold",
        ),
    ]


def shipments_have_reasons(answer: JudgedAnswer) -> list[str]:
    """Hold each shipment's reason to a goal that is asked for and that counts the shipment.

    Only rows with frozen units keep commitments. Late units serve no floor or target that counts
    units on time.
    """
    lookup, settings = answer.lookup, answer.settings
    placed = lookup.placed
    reason = answer.solution.shipments["reason"].set_axis(lookup.rows.index)[placed.index]
    segment, parts = placed["segment"], settings.segments.items()
    punctual = segment.isin([name for name, s in parts if s.measure.on_time])
    floors = segment.isin([name for name, s in parts if s.floor is not None])
    own_floor = segment.isin([name for name, s in parts if s.floor_measure is not s.measure])
    floors |= placed["stage"].isin([name for name, s in settings.stages.items() if s.floor])
    targets = segment.isin([name for name, s in parts if s.target is not None])
    due = lookup.lines["due"].to_numpy()[placed["place"].astype("int64")]
    overdue = placed["first_due"] > placed["requested"]
    backlog = segment.isin([name for name, s in parts if s.measure.backlog])
    counts = (placed["on_time"] | ~punctual) & (overdue | ~backlog) & due
    serves = {
        GoalName.COMMITMENTS: placed["frozen"] > TOLERANCE,
        GoalName.FLOORS: floors & (counts | overdue | own_floor),
        GoalName.TARGETS: targets & counts,
    }
    fits = reason.isin([])
    for family in GoalName:
        if family.served_as and (family in settings.goals or family in ALWAYS):
            fits |= (reason == family.served_as) & serves.get(family, True)
    return refuse(placed, ~fits, ROW + ": its reason cannot be {reason}", reason=reason)
