"""A scenario planned: posed, solved, answered, judged, diagnosed.

The way in is :func:`optimizer.planning.planner.plan_scenario`; :func:`optimizer.planning.pose.pose`
makes the model alone. Nothing is imported here, so that who asks for business rules, as reading a
run folder does, does not wait for the solver's side.
"""
