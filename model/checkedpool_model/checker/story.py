"""A counterexample as people read it: numbered steps, and of each step only what it changed.

Decides: the words and the order of a printed run. Must not know: what the states mean; it walks their fields. States
are named tuples; a field may hold a named tuple, a tuple, an enum or a plain value.
"""

from collections.abc import Iterator
from enum import Enum
from typing import TypeVar

from checkedpool_model.checker.explore import Counterexample, Move

__all__ = ["changes", "label", "lines", "show"]

S = TypeVar("S")


def lines(found: Counterexample[S]) -> Iterator[str]:
    """The counterexample, line by line."""
    count = len(found.moves)
    endless = found.lasso_from is not None
    yield f"{found.claim} fails {'in a run without end' if endless else f'after {_steps(count)}'}:"
    width = len(str(count))
    for number, (move, before, after) in enumerate(zip(found.moves, found.states, found.states[1:], strict=False), 1):
        yield from _remarks(found, number - 1)
        yield f"  {number:>{width}}. {label(move)}"
        for change in changes(before, after):
            yield f"  {'':{width}}    {change}"
    if found.lasso_from == count:
        yield from _remarks(found, count)
        yield "  nothing happens"


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def _remarks(found: Counterexample[S], number: int) -> Iterator[str]:
    """What is said of a state before what happens in it."""
    if number == found.owed_from:
        yield "from here on it is owed:"
    if number == found.lasso_from:
        yield "then for ever:"


def label(move: Move) -> str:
    """An action and what it is about: ``ManagerIssues lane 1``."""
    return f"{move.action} {move.over} {move.index}" if move.over else move.action


def changes(before: object, after: object, path: str = "") -> Iterator[str]:
    """What differs, one line a value: ``tasks[0].end: OPEN -> CANCELLED``."""
    if before == after:
        return
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        fields = getattr(before, "_fields", None)
        if fields is not None or any(hasattr(part, "_fields") for part in (*before, *after)):
            names = [f".{name}" for name in fields] if fields else [f"[{i}]" for i in range(len(before))]
            for name, old, new in zip(names, before, after, strict=True):
                yield from changes(old, new, path + name)
            return
    yield f"{path.lstrip('.')}: {show(before)} -> {show(after)}"


def show(value: object) -> str:
    """A value in one line, enums by their names."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        if fields is not None:
            return " ".join(show(part) for part in value)
        return f"[{', '.join(show(part) for part in value)}]"
    return str(value)
