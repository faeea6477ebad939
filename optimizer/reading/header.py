"""The header: one YAML file, its parents and the overrides of the command line, merged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.reading.faults import Faults, excerpt
from optimizer.reading.yaml_text import MOST_BYTES, Node, Place, YamlTextError, inside, parse_yaml

MOST_FILES = 10
"""Files that a chain of ``extends`` may have."""
FILE = "scenario.yaml"
ABOUT_FILES = ("extends", "tables")
"""Keys of the YAML that are used up in reading."""


@dataclass(frozen=True)
class Layer:
    """One YAML file of the chain: the folder of its tables and what it says about them."""

    folder: Path
    tables: Node | None
    csv: Node | None
    """How numbers are written in its tables: as it says, or its parents."""


@dataclass(frozen=True)
class MergedHeader:
    """What the YAML files say together."""

    folder: Path
    """Folder of the scenario; file names in messages start from here."""
    file: str
    """Name of the scenario's own YAML file."""
    tree: Node | None
    """Everything but ``extends`` and ``tables``; None when a file could not be read."""
    layers: tuple[Layer, ...]
    """The first ancestor first."""


def read_header(path: Path, overrides: Sequence[str], faults: Faults) -> MergedHeader:
    """Read the YAML file of a scenario and all its parents.

    Parameters
    ----------
    path
        A folder with a ``scenario.yaml``, or a YAML file.
    overrides
        ``a.b.c=value`` for each value to replace.
    """
    start = path / FILE if path.is_dir() else path
    folder = start.parent
    chain, complete = _chain(start, faults)
    for text in overrides if chain else ():
        file, node = chain[0]
        chain[0] = file, _override(node, text, _tree(chain), faults)
    layers = tuple(_layer(chain[nth:]) for nth in reversed(range(len(chain))))
    return MergedHeader(folder, start.name, _tree(chain) if complete else None, layers)


def name_from(folder: Path, path: Path) -> str:
    """Name a file for messages, as seen from the scenario's folder."""
    return Path(os.path.relpath(path, folder)).as_posix()


def _layer(chain: Sequence[tuple[Path, Node]]) -> Layer:
    """Take what the first file of a chain says about its tables, or its parents for it."""
    (file, node), tree = chain[0], _tree(chain)
    return Layer(file.parent, _value(node).get("tables"), inside(tree, ("csv",)))


def _tree(chain: Sequence[tuple[Path, Node]]) -> Node | None:
    """Merge the files of a chain, without the keys that are about files."""
    tree: Node | None = None
    for _, node in reversed(chain):
        own = {k: v for k, v in _value(node).items() if k not in ABOUT_FILES}
        tree = _merge(tree, replace(node, value=own)) if tree else replace(node, value=own)
    return tree


def _chain(start: Path, faults: Faults) -> tuple[list[tuple[Path, Node]], bool]:
    """Read the YAML file and its parents; False when one of them could not be read."""
    chain: list[tuple[Path, Node]] = []
    seen: set[Path] = set()
    path, said = start, Place(start.name)
    while True:
        node = read_yaml(path, name_from(start.parent, path), said, faults)
        if node is None:
            return chain, False
        chain.append((path, node))
        seen.add(path.resolve())
        parent = _value(node).get("extends")
        if parent is None or parent.value is None:
            return chain, True
        if not isinstance(parent.value, str):
            _add(faults, parent.place, "extends is not a path", "write a folder or a YAML file")
            return chain, False
        path, said = path.parent / parent.value, parent.place
        path = path / FILE if path.is_dir() else path
        if path.resolve() in seen:
            problem = f"extends {excerpt(parent.value)} comes back to a file that extends this one"
            _add(faults, said, problem, "remove one extends of the circle")
            return chain, False
        if len(chain) == MOST_FILES:
            problem = f"more than {MOST_FILES} files extend one another"
            _add(faults, said, problem, "merge some of them")
            return chain, False


def read_yaml(path: Path, file: str, said: Place, faults: Faults) -> Node | None:
    """Read one YAML file of keys; None, with a fault, when that is not possible.

    Parameters
    ----------
    path, file
        Where it is, and its name for messages.
    said
        The place that names it.
    faults
        Where to note what is wrong.
    """
    if path.suffix.lower() not in (".yaml", ".yml"):
        problem = "is not a YAML file" if path.exists() else "does not exist"
        _add(faults, said, f"{excerpt(file)} {problem}", "name a folder or a .yaml file")
        return None
    if not path.is_file():
        problem = f"there is no file {excerpt(file)}" if not path.exists() else f"{file} is no file"
        _add(faults, said, problem, "correct the path, or write the file")
        return None
    try:
        with path.open("rb") as source:
            node = parse_yaml(source.read(MOST_BYTES + 1), file)
    except OSError as fault:
        _add(faults, Place(file), f"the file cannot be read: {fault.strerror}", "allow reading it")
        return None
    except YamlTextError as fault:
        _add(faults, fault.place, fault.problem, fault.remedy)
        return None
    if not isinstance(node.value, dict):
        _add(faults, node.place, "the file is not a list of keys", "write it as 'key: value'")
        return None
    return node


def _value(node: Node) -> dict[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def _add(faults: Faults, place: Place, problem: str, remedy: str) -> None:
    faults.add(place.file, problem, remedy, place.row, place.column)


def _merge(parent: Node, child: Node) -> Node:
    """Lay the child over the parent: mappings key by key, everything else as a whole."""
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return child
    both = dict(parent.value)
    for key, node in child.value.items():
        both[key] = _merge(both[key], node) if key in both else node
    return replace(child, value=both)


def _override(tree: Node, text: str, known: Node | None, faults: Faults) -> Node:
    """Lay one ``a.b.c=value`` over the tree; ``known`` keys may hold dots."""
    place = Place(f"--set {text}")
    path, equals, value = text.partition("=")
    keys = _keys(path.strip().split("."), known)
    if not equals or not all(keys):
        _add(faults, place, "this is not KEY=VALUE", "write it as segments.core.target.level=0.95")
        return tree
    if keys[0] == "extends":
        _add(faults, place, "extends cannot be set here", "write it in the YAML file")
        return tree
    try:
        node = parse_yaml(value.encode(), place.file) if value.strip() else Node(place, None)
    except YamlTextError as fault:
        _add(faults, place, fault.problem, fault.remedy)
        return tree
    node = _move(node, place)
    for key in reversed(keys):
        node = Node(place, {key: replace(node, key=place)})
    return _merge(tree, node)


def _keys(parts: list[str], known: Node | None) -> list[str]:
    """Put together the parts that make a known key, the longest first."""
    if not parts:
        return []
    here = _value(known) if known else {}
    sizes = range(len(parts), 1, -1)
    size = next((n for n in sizes if ".".join(parts[:n]) in here), 1)
    key = ".".join(parts[:size])
    return [key, *_keys(parts[size:], here.get(key))]


def _move(node: Node, place: Place) -> Node:
    """Give a tree one place: that of the option it comes from."""
    if isinstance(node.value, dict):
        inside = {key: _move(child, place) for key, child in node.value.items()}
        return Node(place, inside, place)
    if isinstance(node.value, list):
        return Node(place, [_move(child, place) for child in node.value], place)
    return Node(place, node.value, place)
