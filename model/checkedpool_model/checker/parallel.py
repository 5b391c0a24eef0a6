"""Many graphs at once, in the workers of an executor that the caller brings.

Decides: how the work is handed out and gathered. Must not know: which executor it is; what is explored.

A system holds functions, which may not travel between processes; so each worker makes its own, from a function that
can be found by its name and arguments that can be pickled. The results travel back: the states must be such that they
can. They are what one search after the other would give, except for the seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from itertools import count
from typing import TypeVar, TypeVarTuple

from checkedpool_model.checker.explore import DEFAULT_LIMIT, Exploration, Progress, explore
from checkedpool_model.checker.system import System

__all__ = ["by_group", "counting", "each", "explore_all"]

K = TypeVar("K")
S = TypeVar("S")
R = TypeVar("R")
G = TypeVar("G", bound=Hashable)
Given = TypeVarTuple("Given")


def each(
    executor: Executor,
    function: Callable[[*Given], R],
    arguments: Iterable[tuple[*Given]],
    told: Callable[[R], None] | None = None,
) -> list[R]:
    """``function(*one)`` of each of the arguments; the results in their order. ``told`` hears of each as it arrives.

    If one ends with an exception, those that have not begun are cancelled and the exception is raised.
    """
    results: dict[int, R] = {}
    for number, result in _as_they_end(executor, function, arguments):
        if told:
            told(result)
        results[number] = result
    return [results[number] for number in sorted(results)]


def by_group(
    executor: Executor,
    function: Callable[[*Given], R],
    arguments: Iterable[tuple[*Given]],
    groups: Sequence[G],
    told: Callable[[R], None] | None = None,
) -> Iterator[tuple[G, list[R]]]:
    """The same, group by group: each as soon as its last result is there, its results in the order of the arguments.

    ``groups``: of each of the arguments the group that it belongs to.
    """
    missing, results = Counter(groups), defaultdict[G, dict[int, R]](dict)
    for number, result in _as_they_end(executor, function, arguments):
        if told:
            told(result)
        group = groups[number]
        results[group][number] = result
        missing[group] -= 1
        if not missing[group]:
            whole = results.pop(group)
            yield group, [whole[one] for one in sorted(whole)]


def _as_they_end(
    executor: Executor, function: Callable[[*Given], R], arguments: Iterable[tuple[*Given]]
) -> Iterator[tuple[int, R]]:
    """Each result with the number of its arguments."""
    futures = {executor.submit(function, *given): number for number, given in enumerate(arguments)}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        _cancel(futures)


def counting(say: Callable[[str], object], many: int) -> Callable[[str, int], None]:
    """What to tell of each that is done: its name, and how many states were looked at in it."""
    done, states = 0, 0

    def tell(name: str, more: int) -> None:
        nonlocal done, states
        done, states = done + 1, states + more
        say(f"{name}: {done} of {many}" + (f", {states:,} states so far" if states else ""))

    return tell


def _cancel(futures: Iterable[Future[R]]) -> None:
    for future in futures:
        future.cancel()


def explore_all(  # noqa: PLR0913 - the options are those of a search
    executor: Executor,
    make: Callable[[*Given], System[K, S]],
    arguments: Sequence[tuple[*Given]],
    *,
    limit: int = DEFAULT_LIMIT,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> list[Exploration[S]]:
    """Explore ``make(*each)`` of the arguments; the results in their order. ``progress`` is told as they arrive.

    ``memory_limit`` is that of each search, of which as many go on at once as the executor has workers. If a search
    fails with an exception, those that have not begun are cancelled and the exception is raised.
    """
    arrived = count(1)

    def tell(found: Exploration[S]) -> None:
        if progress:
            how_far = f"{next(arrived)} of {len(arguments)}"
            progress(f"{how_far}: {found.system}: {found.verdict.value}, {found.states} states")

    return each(executor, _explored, [(make, given, limit, memory_limit) for given in arguments], tell)


def _explored(
    make: Callable[[*Given], System[K, S]], given: tuple[*Given], limit: int, memory_limit: int | None
) -> Exploration[S]:
    """In the worker."""
    return explore(make(*given), limit=limit, memory_limit=memory_limit)
