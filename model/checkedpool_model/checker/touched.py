"""What of a table matters in an explored graph: conjuncts that decide, fields that change.

Decides: what it means to matter. Must not know: any particular model; what becomes of a gap (``coverage``).

A conjunct decides in a state, for an index, if it alone is false: without it the action would be possible. A conjunct
that never does could be dropped, as far as this graph shows. One that cannot be asked there, since it presupposes
another that is false, is taken for false. A field changes if it has another value in some state than in the initial
one; the records of a tuple are taken together: ``lanes[].call``.

The table is asked row by row, which is slow: of a large graph a sample may be asked, every ``stride``-th state. What
was found in it matters; what was not found may matter elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from checkedpool_model.checker.graph import Graph
from checkedpool_model.checker.system import Action, System

__all__ = ["Touched", "conjuncts", "fields", "touched"]

K = TypeVar("K")
S = TypeVar("S")

PRESUPPOSES = (LookupError, TypeError, ValueError, AttributeError)
"""What a conjunct raises that is asked where another one, which it relies on, is false."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What mattered in one graph or, put together, in several."""

    decisive: frozenset[str] = frozenset()
    """Conjuncts that decided, as ``Action.conjunct``."""
    changed: frozenset[str] = frozenset()
    asked: int = 0
    """How many states were asked."""
    known: int = 0
    """Of how many."""

    def __or__(self, other: "Touched") -> "Touched":
        return Touched(
            self.decisive | other.decisive,
            self.changed | other.changed,
            self.asked + other.asked,
            self.known + other.known,
        )


def conjuncts(actions: Iterable[Action[K, S]]) -> tuple[str, ...]:
    """The conjuncts of all guards, as ``Action.conjunct``."""
    return tuple(f"{action.name}.{holds.__name__}" for action in actions for holds in action.guard)


def fields(state: object) -> tuple[str, ...]:
    """The fields of a state, those of its records included, each once."""
    return tuple(dict.fromkeys(_fields(state, "")))


def touched(system: System[K, S], graph: Graph[S], *, stride: int = 1) -> Touched:
    """What matters in every ``stride``-th state of the graph."""
    if stride < 1:
        raise ValueError(f"a stride of {stride}: it is 1 or more")
    states = graph.states[::stride]
    return Touched(
        frozenset(_decisive(system, states)), frozenset(_changed(system.initial, states)), len(states),
        len(graph.states),
    )  # fmt: skip


def _decisive(system: System[K, S], states: Iterable[S]) -> Iterator[str]:
    """Every conjunct that decides somewhere, once; nobody is asked again whose conjuncts are all known to decide."""
    undecided = [(action, set(range(len(action.guard)))) for action in system.actions]
    for state in states:
        for action, missing in undecided:
            if not missing:
                continue
            for index in system.indices(action):
                alone = _alone_false(action, system.constants, state, index)
                if alone in missing:
                    missing.remove(alone)
                    yield f"{action.name}.{action.guard[alone].__name__}"


def _alone_false(action: Action[K, S], constants: K, state: S, index: int) -> int:
    """The position of the only conjunct that is false; -1: none is, or several are."""
    alone = -1
    for position, holds in enumerate(action.guard):
        try:
            true = holds(constants, state, index)
        except PRESUPPOSES:
            true = False
        if not true:
            if alone >= 0:
                return -1
            alone = position
    return alone


def _changed(initial: S, states: Iterable[S]) -> set[str]:
    """Of each field of the state every value is looked at once: of a record of many fields most are as before."""
    if not hasattr(initial, "_fields"):
        return {path for state in states for path in _differences(initial, state, "")}
    changed: set[str] = set()
    columns = zip(*states, strict=True)
    for (path, before), values in zip(_parts(initial, ""), columns, strict=False):
        for value in set(values):
            changed.update(_differences(before, value, path))
    return changed


def _parts(value: object, path: str) -> list[tuple[str, object]]:
    """The named parts of a record, or of a tuple of records; none of any other value."""
    if not isinstance(value, tuple):
        return []
    names: tuple[str, ...] | None = getattr(value, "_fields", None)
    if names is not None:
        return [(f"{path}.{name}".lstrip("."), part) for name, part in zip(names, value, strict=True)]
    return [(f"{path}[]", part) for part in value] if any(hasattr(part, "_fields") for part in value) else []


def _fields(value: object, path: str) -> Iterator[str]:
    parts = _parts(value, path)
    if not parts:
        yield path
    for name, part in parts:
        yield from _fields(part, name)


def _differences(before: object, after: object, path: str) -> Iterator[str]:
    """The fields that differ; all below the place if the two are built differently there."""
    if before == after:
        return
    parts, others = _parts(before, path), _parts(after, path)
    if not parts or [name for name, _ in parts] != [name for name, _ in others]:
        yield from _fields(before, path)
        return
    for (name, part), (_, other) in zip(parts, others, strict=True):
        yield from _differences(part, other, name)
