"""The steps of the search for one goal, and the loop over them; each in a file of its own."""

from optimizer.solving.steps.search_goal import search_goal

__all__ = ["search_goal"]
