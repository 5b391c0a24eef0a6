"""A program forks while a worker is being started, at each line of the start: its child finds no lock that is held.

The start is a real one, with what the first submit does before it, each in its own thread, which stops before each line
that it comes to for the first time, in the pool's code and in multiprocessing's; another thread forks there. So every
order of three things is made: a fork, the start takes a lock, the start lets go of it. What is looked at are the locks
that a start takes, and those of imports.
"""

from __future__ import annotations

import importlib
import logging
import threading
from _imp import lock_held
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from queue import SimpleQueue
from types import CodeType, FrameType
from typing import Any

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._os import servers
from checkedpool._pool.starting_in_threads import ThreadedStarter
from tests.behaviour.forked import in_forked_child
from tests.shell.lanes import LIMIT
from tests.shell.test_servers import lock_of
from tests.whole import HowMany

Place = tuple[str, int]
FIRST, START = servers._ensure.__code__, ThreadedStarter._try.__code__


class Stops:
    """The thread that starts a worker stops at each of its lines, once, until it is told to go on."""

    def __init__(self) -> None:
        self.reached: SimpleQueue[Place | None] = SimpleQueue()
        self._go: SimpleQueue[None] = SimpleQueue()
        self._been: set[tuple[CodeType, int]] = set()
        self._starter = 0

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code in (FIRST, START) and event == "call":
            self._starter = threading.get_ident()
        if threading.get_ident() != self._starter:
            return None
        place = frame.f_code, frame.f_lineno
        if event == "line" and place not in self._been and not lock_held():  # with the import lock no fork comes there
            self._been.add(place)
            self.reached.put((frame.f_code.co_qualname, frame.f_lineno))
            self._go.get(timeout=LIMIT)
        if frame.f_code in (FIRST, START) and event == "return":
            self._starter = 0
            if frame.f_code is START:
                self.reached.put(None)
        return self.trace

    def places(self) -> Iterator[Place]:
        """Each, while the thread stands there; until the start is over."""
        while (place := self.reached.get(timeout=LIMIT)) is not None:
            yield place
            self._go.put(None)


@contextmanager
def traced(stops: Stops) -> Iterator[None]:
    """In the threads that are started meanwhile."""
    before = threading.gettrace()
    threading.settrace(stops.trace)
    try:
        yield
    finally:
        threading.settrace(before)


def held() -> list[str]:
    """The locks that somebody holds here."""
    bootstrap: Any = importlib._bootstrap
    locks = {**{module: lock_of(module) for module in servers.LOCKED}, "logging": logging._lock}  # type: ignore[attr-defined]
    found = []
    for name, lock in locks.items():
        if lock.acquire(blocking=False):
            lock.release()
        else:
            found.append(name)
    modules = [(name, reference()) for name, reference in bootstrap._module_locks.items()]
    return found + [f"import of {name}" for name, lock in modules if lock is not None and lock.owner is not None]


def held_in_children(method: str, every: int = 1) -> tuple[int, dict[Place, list[str]]]:
    """At how many places the start has stopped; and where a lock was held in a child that was forked there.

    ``every``: at one place in so many one is forked.
    """
    stops, count = Stops(), 0
    found: dict[Place, list[str]] = {}
    with traced(stops), ProcessPoolExecutor(1, get_context(method)) as pool, ThreadPoolExecutor(1) as client:
        future = client.submit(pool.submit, int)
        for place in stops.places():
            count += 1
            if count % every == 0 and (locks := in_forked_child(held)):
                found[place] = locks
        assert future.result(LIMIT).result(LIMIT) == 0
    return count, found


@pytest.mark.slow
@pytest.mark.every("line of a start at which the program can fork")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_fork_at_any_line_of_a_start_leaves_the_child_no_lock_that_is_held(
    monkeypatch: pytest.MonkeyPatch, method: str, so_many: HowMany
) -> None:
    """C-90."""
    monkeypatch.setattr(servers, "_seen", {})
    count, found = held_in_children(method, so_many(1, 4))
    assert count > 50
    assert not {lock for locks in found.values() for lock in locks}


@pytest.mark.slow
def test_where_nobody_says_that_it_starts_a_child_finds_locks_that_are_held(
    monkeypatch: pytest.MonkeyPatch, so_many: HowMany
) -> None:
    """The fork server's on every version; the resource tracker sees to its own since 3.14."""
    monkeypatch.setattr(servers, "_seen", {})
    monkeypatch.setattr(servers, "starting", nullcontext)
    _, found = held_in_children("forkserver", so_many(1, 4))
    assert "forkserver" in {lock for some in found.values() for lock in some}
