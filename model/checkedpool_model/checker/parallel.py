"""Many graphs at once, in the workers of an executor that the caller brings.

Decides: how the work is handed out and gathered. Must not know: which executor it is; what is explored.

A system holds functions, which may not travel between processes; so each worker makes its own, from a function that
can be found by its name and arguments that can be pickled. The results travel back: the states must be such that they
can. They are what one search after the other would give, except for the seconds.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from typing import TypeVar, TypeVarTuple

from checkedpool_model.checker.explore import DEFAULT_LIMIT, Exploration, Progress, explore
from checkedpool_model.checker.system import System

__all__ = ["explore_all"]

K = TypeVar("K")
S = TypeVar("S")
Given = TypeVarTuple("Given")


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
    futures = [executor.submit(_explored, make, given, limit, memory_limit) for given in arguments]
    try:
        for number, future in enumerate(as_completed(futures), 1):
            found = future.result()
            if progress:
                progress(f"{number} of {len(futures)}: {found.system}: {found.verdict.value}, {found.states} states")
        return [future.result() for future in futures]
    finally:
        _cancel(futures)


def _cancel(futures: Sequence[Future[Exploration[S]]]) -> None:
    for future in futures:
        future.cancel()


def _explored(
    make: Callable[[*Given], System[K, S]], given: tuple[*Given], limit: int, memory_limit: int | None
) -> Exploration[S]:
    """In the worker."""
    return explore(make(*given), limit=limit, memory_limit=memory_limit)
