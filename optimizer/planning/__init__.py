"""A scenario planned: posed, solved, answered, judged, diagnosed."""

from __future__ import annotations

from optimizer.planning.judged_plan import JudgedPlan
from optimizer.planning.planner import plan_outcome, plan_scenario
from optimizer.planning.pose import Posed, pose, pose_problem

__all__ = ["JudgedPlan", "Posed", "plan_outcome", "plan_scenario", "pose", "pose_problem"]
