"""The solve as it goes, on standard error: live in a terminal, a line for each goal elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from optimizer.solving.lexicographic import Progress, Report


@contextmanager
def progress_display(console: Console, *, quiet: bool) -> Iterator[Report]:
    """Lend a function that shows progress.

    Parameters
    ----------
    console
        On standard error.
    quiet
        Show nothing.
    """
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        with console.status("preparing ...") as status:
            yield lambda step: status.update(escape(sentence(step)))
    else:
        lines = _LinePerGoal(console)
        yield lines.take
        lines.end()


def sentence(step: Progress) -> str:
    """Say where the solve stands, in one line."""
    parts = [f"goal {step.nth} of {step.of}: {step.goal}"]
    if step.value is not None:
        parts.append(f"value {step.value:,.2f}")
    if step.bound is not None:
        parts.append(f"bound {step.bound:,.2f}")
    if step.gap is not None:
        parts.append(f"gap {step.gap:.2%}")
    return ", ".join([*parts, f"{step.seconds:.0f} s"])


class _LinePerGoal:
    """Prints the last word on each goal, when the next one begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: Progress | None = None

    def take(self, step: Progress) -> None:
        if self._last and self._last.nth != step.nth:
            self.end()
        self._last = step

    def end(self) -> None:
        if self._last:
            self._console.print(escape(sentence(self._last)), highlight=False)
