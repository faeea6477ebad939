"""From shipped units to the answer's frames: what each line gets, why not more, what follows."""

from __future__ import annotations

from optimizer.answering.solution import figures_of, solution_of

__all__ = ["figures_of", "solution_of"]
