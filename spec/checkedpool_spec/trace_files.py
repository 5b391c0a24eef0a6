"""Reading the files of a trace: every line is what ``trace`` says a line is, or an error names file, line and need.

Decides: what a readable trace is, and that a torn last line is the mark of a killed process and no error. Must not
know: what the events mean, nor in which order they can come.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checkedpool_spec.trace import FIELDS, FORMAT, PARENT, PARENT_FIELDS, SUFFIX, VERSION, WORKER, WORKER_FIELDS, E

__all__ = ["BadTraceError", "Files", "Json", "Line", "Node", "ProcessFile", "read"]

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Types = tuple[type, ...]


class BadTraceError(ValueError):
    """A file that is no part of a trace: which, in which line, what was expected there."""

    def __init__(self, file: str, line: int | None, expected: str) -> None:
        super().__init__(f"{file}{'' if line is None else f', line {line}'}: {expected}")
        self.file, self.line, self.expected = file, line, expected


@dataclass(frozen=True, slots=True)
class Node:
    """An object in a line, with typed access: what is missing or of another type is a BadTraceError."""

    file: str
    line: int
    fields: dict[str, Json]

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"

    def wrong(self, expected: str) -> BadTraceError:
        """The error for this line."""
        return BadTraceError(self.file, self.line, f"{expected}, not {_short(self.fields)}")

    def number(self, name: str) -> int:
        """A field that is an integer."""
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self.wrong(f"expected an integer in {name!r}")

    def optional(self, name: str) -> int | None:
        """A field that is an integer, or null, or not there."""
        return None if self.fields.get(name) is None else self.number(name)

    def text(self, name: str) -> str:
        """A field that is a string."""
        value = self.fields.get(name)
        if isinstance(value, str):
            return value
        raise self.wrong(f"expected a string in {name!r}")

    def flag(self, name: str) -> bool:
        """A field that is true; false where it is not there."""
        value = self.fields.get(name, False)
        if isinstance(value, bool):
            return value
        raise self.wrong(f"expected true or false in {name!r}")

    def numbers(self, name: str) -> tuple[int, ...]:
        """A field that is a list of integers."""
        return tuple(self._integer(part, name) for part in self._list(name))

    def rows(self, name: str) -> tuple[tuple[int, ...], ...]:
        """A field that is a list of lists of integers."""
        rows = []
        for row in self._list(name):
            if not isinstance(row, list):
                raise self.wrong(f"expected lists in {name!r}")
            rows.append(tuple(self._integer(part, name) for part in row))
        return tuple(rows)

    def node(self, name: str) -> "Node":
        """A field that is an object."""
        return self._node(self.fields.get(name), name)

    def nodes(self, name: str) -> "tuple[Node, ...]":
        """A field that is a list of objects."""
        return tuple(self._node(part, name) for part in self._list(name))

    def _list(self, name: str) -> list[Json]:
        value = self.fields.get(name)
        if isinstance(value, list):
            return value
        raise self.wrong(f"expected a list in {name!r}")

    def _integer(self, value: Json, name: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self.wrong(f"expected integers in {name!r}")

    def _node(self, value: Json, name: str) -> "Node":
        if isinstance(value, dict):
            return Node(self.file, self.line, value)
        raise self.wrong(f"expected an object in {name!r}")


@dataclass(frozen=True, slots=True)
class Line(Node):
    """One event."""

    e: E
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ProcessFile:
    """All whole lines of one process."""

    name: str
    first: Line
    lines: tuple[Line, ...]
    """Without the first."""
    torn: bool
    """Its last line is not whole: the process was killed while it wrote."""


@dataclass(frozen=True, slots=True)
class Files:
    """A trace."""

    parent: ProcessFile
    workers: dict[int, ProcessFile]
    """By the number of their lane."""


def read(directory: Path) -> Files:
    """Read a trace, or BadTraceError."""
    if not directory.is_dir():
        raise BadTraceError(str(directory), None, "expected a directory that a traced pool has written")
    parent = directory / f"{PARENT}{SUFFIX}"
    if not parent.exists():
        raise BadTraceError(str(parent), None, "expected the file of the pool's own process; there is none")
    workers = {}
    for path in sorted(directory.glob(f"{WORKER}-*{SUFFIX}")):
        file = _file(path, WORKER, WORKER_FIELDS)
        if file is None:
            continue  # killed before its first line was whole
        lane = file.first.number("lane")
        if path.name != f"{WORKER}-{lane}{SUFFIX}":
            raise file.first.wrong(f"expected the lane in the file's name, {path.name}")
        workers[lane] = file
    own = _file(parent, PARENT, PARENT_FIELDS)
    if own is None:
        raise BadTraceError(parent.name, 1, "expected the line 'begin'; the file is empty")
    return Files(own, workers)


def _file(path: Path, role: str, fields: dict[str, Types]) -> ProcessFile | None:
    data = path.read_bytes()
    *whole, rest = data.split(b"\n")
    lines = list(_lines(path.name, whole))
    if not lines:
        return None
    first, *others = lines
    if first.e is not E.BEGIN:
        raise first.wrong("expected the line 'begin' at the beginning of the file")
    if first.text("format") != FORMAT or first.number("version") != VERSION:
        raise first.wrong(f"expected format {FORMAT!r}, version {VERSION}, which is what this version reads")
    if first.text("role") != role:
        raise first.wrong(f"expected the role {role!r}")
    _check(first, fields)
    for line in others:
        if line.e is E.BEGIN:
            raise line.wrong("expected no second 'begin'")
    return ProcessFile(path.name, first, tuple(others), bool(rest))


def _lines(name: str, whole: list[bytes]) -> Iterator[Line]:
    for number, text in enumerate(whole, 1):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadTraceError(name, number, f"expected a JSON object, not {text[:60]!r} ({error})") from None
        if not isinstance(value, dict):
            raise BadTraceError(name, number, f"expected a JSON object, not {text[:60]!r}")
        node = Node(name, number, value)
        try:
            event = E(node.text("e"))
        except ValueError:
            raise node.wrong(f"expected an event in 'e': {', '.join(one.value for one in E)}") from None
        at = node.numbers("at")
        if len(at) != 2 or at[0] > at[1]:  # noqa: PLR2004 - before and after
            raise node.wrong("expected an interval [before, after] in 'at'")
        _check(node, FIELDS[event])
        yield Line(name, number, value, event, *at)


def _check(node: Node, fields: dict[str, Types]) -> None:
    for name, types in fields.items():
        if name not in node.fields or type(node.fields[name]) not in types:
            kinds = " or ".join("null" if one is type(None) else one.__name__ for one in types)
            raise node.wrong(f"expected {name!r}: {kinds}")


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 100 else f"{text[:97]}..."  # noqa: PLR2004 - what fits a line
