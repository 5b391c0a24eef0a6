"""How much memory a search holds, by estimate.

Decides: the estimate. Must not know: what the objects mean; where a search stops.

The containers are measured, and of the states a sample: some, evenly spread, each object in them once. What a state
shares with states outside the sample is counted as if it were its own, so the estimate is too high, by as much as
the states have in common: a search stops early rather than late. It says nothing about the rest of the process.
"""

from collections.abc import Iterable, Mapping, Sequence
from sys import getsizeof

__all__ = ["estimate"]

SAMPLE = 500
SPARE = 8  # bytes: an instance of a class derived from tuple has room for one item more than its size says (CPython)


def estimate(things: Sequence[object], containers: Iterable[object]) -> int:
    """The bytes held by these things and by containers that hold nothing else that is large."""
    spread = things[:: max(1, len(things) // SAMPLE)]
    counted: set[int] = set()
    held = sum(_size(thing, counted) for thing in spread)
    return sum(map(getsizeof, containers)) + held * len(things) // max(1, len(spread))


def _size(thing: object, counted: set[int]) -> int:
    """An object and what it holds, as far as it was not counted yet."""
    size, todo = 0, [thing]
    while todo:
        part = todo.pop()
        if id(part) in counted:
            continue
        counted.add(id(part))
        size += getsizeof(part) + SPARE * (isinstance(part, tuple) and type(part) is not tuple)
        if isinstance(part, Mapping):
            todo += [*part.keys(), *part.values()]
        elif isinstance(part, (tuple, list, set, frozenset)):
            todo += part
    return size
