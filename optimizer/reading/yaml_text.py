"""One YAML file as a tree of text in which every value remembers its place.

Scalars stay the text that was written (``00123``, ``1E5`` and ``true`` are ids as they stand);
only ``null``, ``~`` and nothing at all mean None. The file is read as a stream of events, so that
nesting, aliases and size are bounded before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

MOST_BYTES = 1_000_000
MOST_NODES = 20_000
"""Values after aliases are expanded."""
DEEPEST = 20
NOTHING = ("", "~", "null", "Null", "NULL")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, as an editor counts: from 1."""

    file: str
    row: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping, a list, a text or None, and where it stands.

    ``key`` is the place of the key it belongs to; ``size`` and ``depth`` count the values in it.
    """

    place: Place
    value: dict[str, Node] | list[Node] | str | None
    key: Place | None = None
    size: int = 1
    depth: int = 1

    def plain(self) -> Any:  # noqa: ANN401 - data of any shape, for pydantic to judge
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def inside(tree: Node | None, path: Sequence[int | str]) -> Node | None:
    """Return what stands at a path of keys and positions; None where nothing does."""
    node = tree
    for step in path:
        if node is not None and isinstance(node.value, dict):
            node = node.value.get(str(step))
        elif node is not None and isinstance(node.value, list) and isinstance(step, int):
            node = node.value[step] if step < len(node.value) else None
        else:
            return None
    return node


class YamlTextError(Exception):
    """The text is not YAML that a scenario may use."""

    def __init__(self, place: Place, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.place, self.problem, self.remedy = place, problem, remedy


def parse_yaml(data: bytes, file: str) -> Node:
    """Parse one document.

    Parameters
    ----------
    data
        The file's content, UTF-8, at most :data:`MOST_BYTES`.
    file
        Its name for messages.

    Raises
    ------
    YamlTextError
        On the first thing that is wrong, with its place.
    """
    text = _decode(data, file)
    try:
        root = _Reader(text, file).document()
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = Place(file, mark.line + 1, str(mark.column + 1)) if mark else Place(file)
        problem = " ".join(str(fault.problem or fault.context).split())
        raise YamlTextError(place, f"this is not YAML: {problem}", "mend the text here") from None
    except (YAMLError, ValueError, OverflowError) as fault:
        problem = " ".join(str(fault).split())
        raise YamlTextError(Place(file), f"this is not YAML: {problem}", "mend the text") from None
    if root is None:
        raise YamlTextError(Place(file), "the file holds nothing", "write its keys, as format: 1")
    return root


def _decode(data: bytes, file: str) -> str:
    if len(data) > MOST_BYTES:
        problem = f"the file has {len(data):,} bytes, more than {MOST_BYTES:,}"
        raise YamlTextError(
            Place(file), problem, "keep only the header here and the data in tables"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        row = data.count(b"\n", 0, fault.start) + 1
        problem = f"byte {data[fault.start]:#04x} is not UTF-8"
        raise YamlTextError(Place(file, row), problem, "save the file as UTF-8") from None
    if found := CONTROL.search(text):
        before = text[: found.start()]
        place = Place(file, before.count("\n") + 1, str(found.start() - before.rfind("\n")))
        problem = f"control character {found.group()!r}"
        raise YamlTextError(place, problem, "delete it")
    return text


class _Reader:
    """Builds nodes from the stream of events, within the limits."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.events = YAML(typ="safe", pure=True).parse(text)
        self.anchors: dict[str, Node] = {}
        self.count = 0

    def document(self) -> Node | None:
        """Return the only document of the stream; None where there is none."""
        root = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    place = self.place(event)
                    raise YamlTextError(place, "a second document starts here", "keep only one")
                root = self.node(next(self.events), 1)
        return root

    def place(self, event: Any) -> Place:  # noqa: ANN401
        return Place(self.file, event.start_mark.line + 1, str(event.start_mark.column + 1))

    def node(self, event: Any, depth: int) -> Node:  # noqa: ANN401
        """Return the value that starts with this event."""
        place = self.place(event)
        if isinstance(event, AliasEvent):
            return self.alias(event, place, depth)
        if event.ctag is not None:
            raise YamlTextError(place, f"tag {event.ctag} is not used here", "delete the tag")
        self.count_values(1, place)
        if isinstance(event, ScalarEvent):
            nothing = event.style is None and event.value in NOTHING
            node = Node(place, None if nothing else event.value)
        else:
            self.check_depth(depth, place)
            mapping = isinstance(event, MappingStartEvent)
            node = (self.mapping if mapping else self.sequence)(place, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Any, place: Place, depth: int) -> Node:  # noqa: ANN401
        target = self.anchors.get(event.anchor)
        if target is None:
            problem = f"alias *{event.anchor} has no finished anchor before it"
            raise YamlTextError(place, problem, "write the value out")
        self.count_values(target.size, place)
        self.check_depth(depth + target.depth - 1, place)
        return replace(target, place=place)

    def sequence(self, place: Place, depth: int) -> Node:
        values = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            values.append(self.node(event, depth + 1))
        return _collection(place, values, values)

    def mapping(self, place: Place, depth: int) -> Node:
        values: dict[str, Node] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self.key(event, values)
            at = self.place(event)
            values[key] = replace(self.node(next(self.events), depth + 1), key=at)
        return _collection(place, values, list(values.values()))

    def key(self, event: Any, known: Mapping[str, Node]) -> str:  # noqa: ANN401
        """Return the text of a key; blank, repeated, composed and merge keys are refused."""
        place = self.place(event)
        if not isinstance(event, ScalarEvent) or event.ctag is not None or event.value == "":
            raise YamlTextError(place, "a key is not plain text", "write the key as one word")
        key = str(event.value)
        if key == "<<" and event.style is None:
            raise YamlTextError(place, "merge key '<<' is not used here", "write the keys out")
        if key in known:
            first = known[key].key or known[key].place
            problem = f"key {key!r} is given twice, first in line {first.row}"
            raise YamlTextError(place, problem, "keep one of the two")
        return key

    def count_values(self, size: int, place: Place) -> None:
        self.count += size
        if self.count > MOST_NODES:
            problem = f"more than {MOST_NODES:,} values once aliases are expanded"
            raise YamlTextError(place, problem, "keep the data in tables")

    def check_depth(self, depth: int, place: Place) -> None:
        if depth > DEEPEST:
            raise YamlTextError(place, f"nested deeper than {DEEPEST} levels", "nest less")


def _collection(place: Place, value: dict[str, Node] | list[Node], inside: list[Node]) -> Node:
    size = 1 + sum(node.size for node in inside)
    depth = 1 + max((node.depth for node in inside), default=0)
    return Node(place, value, None, size, depth)
