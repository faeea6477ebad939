"""Which commands there are: whatever the modules in ``commands`` declare, in the help's order."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar, get_type_hints

import typer

from optimizer.cli.shared import Quiet, be_quiet, is_quiet

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
    """Give an application every command that was declared, each with `-q`."""
    for place in sorted(_COMMANDS):
        app.command()(_with_quiet(_COMMANDS[place]))
    for name, members in _GROUPS.items():
        for member in members.registered_commands:
            if member.callback is not None:
                member.callback = _with_quiet(member.callback)
        app.add_typer(members, name=name)


def _with_quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `-q`: what it calls asks :func:`optimizer.cli.shared.is_quiet`."""

    @wraps(function)
    def silenced(*, quiet: bool, **given: object) -> object:
        be_quiet(quiet=quiet or is_quiet())
        return function(**given)

    own = signature(function, eval_str=True)
    option = Parameter("quiet", Parameter.KEYWORD_ONLY, default=False, annotation=Quiet)
    parameters = [*own.parameters.values(), option]
    silenced.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    silenced.__annotations__ = get_type_hints(function, include_extras=True) | {"quiet": Quiet}
    return silenced
