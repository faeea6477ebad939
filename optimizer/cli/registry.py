"""Which commands there are: whatever the modules in ``commands`` declare, in the help's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import typer

Function = TypeVar("Function", bound=Callable[..., None])

_COMMANDS: dict[int, Callable[..., None]] = {}
_GROUPS: dict[str, typer.Typer] = {}


def command(place: int) -> Callable[[Function], Function]:
    """Declare a command; it is called after its function.

    Parameters
    ----------
    place
        Where it stands in the help; no two commands share one.
    """

    def declare(function: Function) -> Function:
        if place in _COMMANDS:
            msg = f"two commands stand at place {place} of the help"
            raise ValueError(msg)
        _COMMANDS[place] = function
        return function

    return declare


def group(name: str, text: str) -> typer.Typer:
    """Declare a group of commands, which stands after all commands."""
    _GROUPS[name] = typer.Typer(no_args_is_help=True, help=text)
    return _GROUPS[name]


def add_commands(app: typer.Typer) -> None:
    """Give an application every command that was declared."""
    for place in sorted(_COMMANDS):
        app.command()(_COMMANDS[place])
    for name, members in _GROUPS.items():
        app.add_typer(members, name=name)
