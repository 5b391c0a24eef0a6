"""The file ``counts.toml``: how many states and edges each family of the real code had when it was last looked at.

Decides: how the file is read and written, and what a difference is called. Must not know: how the counts are made.

A count that changes means that the code, or the world that it is explored in, has changed. That may be right: then
somebody has looked, and ``python -m tests.checks.conformance --write`` has written the new one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FILE", "Count", "differences", "read", "write"]

FILE = Path(__file__).with_name("counts.toml")
HEAD = "# What exploring the real code comes to. Made by: python -m tests.checks.conformance --write\n"


@dataclass(frozen=True, slots=True)
class Count:
    """What a family came to."""

    name: str
    graphs: int
    states: int
    edges: int
    depth: int


def read(text: str | None = None) -> tuple[Count, ...]:
    """The counts in this text, by default in the file."""
    content = tomllib.loads(FILE.read_text() if text is None else text)
    return tuple(Count(**row) for row in content.get("family", []))


def write(counts: Iterable[Count]) -> str:
    """The file's text."""
    rows = (
        f'\n[[family]]\nname = "{count.name}"\ngraphs = {count.graphs}\nstates = {count.states}\n'
        f"edges = {count.edges}\ndepth = {count.depth}\n"
        for count in counts
    )
    return HEAD + "".join(rows)


def differences(made: Iterable[Count], expected: Iterable[Count]) -> Iterator[str]:
    """A sentence for each field of a family that was explored and differs from what stands in the file."""
    known = {count.name: count for count in expected}
    for count in made:
        other = known.get(count.name)
        if other is None:
            yield f"{count.name}: not in counts.toml"
            continue
        for field in count.__slots__:
            here, there = getattr(count, field), getattr(other, field)
            if here != there:
                yield f"{count.name}: {field} is {here}, counts.toml says {there}"
