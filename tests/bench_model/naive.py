"""The same pool in the loop that everybody writes first: a named tuple, a generator of successors, a set.

Decides: what *legible Python* costs. Must not know: our checker. It looks for deadlocks and asks the five claims.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from tests.bench_model.pool import DEAD, EXITED, IDLE, NO_WAIT, NOT_YET, WAIT, Phase

__all__ = ["Plain", "count", "successors"]

NEW, PENDING, QUEUED, RUNNING, ANSWERED, DONE, CANCELLED, BROKEN = Phase


class Plain(NamedTuple):
    """Everything."""

    tasks: tuple[Phase, ...]
    workers: tuple[int, ...]
    shutdown: int = NOT_YET
    cancels: bool = False
    broken: bool = False
    ended: bool = False
    returned: bool = False

    def task(self, t: int, phase: Phase) -> "Plain":
        """With another task t."""
        return self._replace(tasks=(*self.tasks[:t], phase, *self.tasks[t + 1 :]))

    def worker(self, w: int, at: int) -> "Plain":
        """With another worker w."""
        return self._replace(workers=(*self.workers[:w], at, *self.workers[w + 1 :]))


def successors(s: Plain) -> Iterator[Plain]:
    """All that can come next."""
    nothing_open = not any(PENDING <= phase <= ANSWERED for phase in s.tasks)
    for t, phase in enumerate(s.tasks):
        yield from _of_task(s, t, phase)
    for w, at in enumerate(s.workers):
        yield from _of_worker(s, w, at, nothing_open=nothing_open)
    if s.shutdown == NOT_YET:
        for shutdown in (NO_WAIT, WAIT):
            for cancels in (False, True):
                yield s._replace(shutdown=shutdown, cancels=cancels)
    if not s.returned and (s.shutdown == NO_WAIT or (s.shutdown == WAIT and s.ended)):
        yield s._replace(returned=True)
    if s.ended:
        return
    if not s.broken and DEAD in s.workers:
        yield s._replace(broken=True)
    if (s.broken or s.shutdown) and nothing_open and not any(at >= IDLE for at in s.workers):
        yield s._replace(ended=True)


def _of_task(s: Plain, t: int, phase: Phase) -> Iterator[Plain]:
    if phase == NEW and s.shutdown == NOT_YET and not s.broken:
        yield s.task(t, PENDING)
    if s.ended:
        return
    if phase == PENDING:
        yield s.task(t, CANCELLED)
        if not s.broken and s.tasks.count(QUEUED) <= len(s.workers):
            yield s.task(t, QUEUED)
        if not s.broken and s.cancels:
            yield s.task(t, CANCELLED)
    if phase == ANSWERED:
        yield s.task(t, DONE)
    if s.broken and PENDING <= phase <= ANSWERED:
        yield s.task(t, BROKEN)


def _of_worker(s: Plain, w: int, at: int, *, nothing_open: bool) -> Iterator[Plain]:
    if at == IDLE:
        for t, phase in enumerate(s.tasks):
            if phase == QUEUED:
                yield s.task(t, RUNNING).worker(w, t)
        if s.shutdown and not s.broken and nothing_open:
            yield s.worker(w, EXITED)
    if at >= 0:
        idle = s.worker(w, IDLE)
        yield idle.task(at, ANSWERED) if s.tasks[at] == RUNNING else idle
    if at >= IDLE:
        yield s.worker(w, DEAD)
        if s.broken and not s.ended and nothing_open:
            yield s.worker(w, DEAD)


def holds(s: Plain) -> bool:
    """The five claims."""
    at = [at for at in s.workers if at >= 0]
    return (
        len(at) == len(set(at))
        and all(s.tasks[t] in (RUNNING, BROKEN) for t in at)
        and s.tasks.count(QUEUED) <= len(s.workers) + 1
        and not (s.ended and any(PENDING <= phase <= ANSWERED for phase in s.tasks))
        and (s.ended or not (s.returned and s.shutdown == WAIT))
    )


def count(workers: int, tasks: int) -> tuple[int, int]:
    """How many states and transitions there are; AssertionError where a claim fails or nothing can happen."""
    first = Plain((NEW,) * tasks, (IDLE,) * workers)
    seen, todo, transitions = {first}, deque([first]), 0
    while todo:
        state = todo.popleft()
        after = list(successors(state))
        if not holds(state) or not (after or (state.ended and state.returned)):
            raise AssertionError(state)
        transitions += len(after)
        for one in after:
            if one not in seen:
                seen.add(one)
                todo.append(one)
    return len(seen), transitions
