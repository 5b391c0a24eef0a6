"""By which renaming a state of the pool becomes the one that stands for it.

Decides: how the renaming is found again. Must not know: which state stands for which (``protocol.symmetry`` decides
it); what becomes of the renaming.

The few renamings that can have been used are tried, and the one that leads to the state is taken: so what is written
here cannot differ from what ``symmetry`` does without being noticed.
"""

from collections.abc import Callable, Iterator
from itertools import permutations

from checkedpool_model.checker.walked import Renaming, Stands
from checkedpool_model.protocol.state import State
from checkedpool_model.protocol.symmetry import is_over, renumbered, tasks_renumbered

__all__ = ["NoRenamingError", "stands"]

Order = tuple[int, ...]


class NoRenamingError(ValueError):
    """One state stands for another that is no renaming of it."""


def stands(canonical: Callable[[State], State]) -> Stands[State]:
    """The same function, which says in addition how the state was renamed."""

    def found(state: State) -> tuple[State, Renaming]:
        kept = canonical(state)
        return kept, _renaming(state, kept)

    return found


def _renaming(state: State, kept: State) -> Renaming:
    threads = tuple(sorted(range(len(state.threads)), key=state.threads.__getitem__))
    for tasks in _orders_of_tasks(state):
        after = tasks_renumbered(state, tasks)
        threads = tuple(sorted(range(len(after.threads)), key=after.threads.__getitem__))
        after = after._replace(threads=tuple(after.threads[i] for i in threads))
        for lanes in permutations(range(len(state.lanes))):
            if renumbered(after, lanes) == kept:
                return _without_what_stays(("lane", lanes), ("task", tasks), ("thread", threads))
    raise NoRenamingError(f"{kept} is no renaming of {state}")


def _orders_of_tasks(state: State) -> Iterator[Order]:
    """As they are, and those that are over behind the others."""
    yield tuple(range(len(state.tasks)))
    over = is_over(state)
    others = (t for t in range(len(state.tasks)) if t not in over)
    yield (*others, *sorted(over, key=state.tasks.__getitem__))


def _without_what_stays(*orders: tuple[str, Order]) -> Renaming:
    return tuple((of, order) for of, order in orders if order != tuple(range(len(order))))
