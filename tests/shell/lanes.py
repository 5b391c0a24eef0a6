"""A lane with real channels, of both kinds, whose worker is the test itself.

Decides: how a test plays the worker. Must not know: any expectation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import pytest

from checkedpool import rooms
from checkedpool._os import system
from checkedpool._payload.pickling import READ_SIZE, Assembler
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._pool.stopping import Stopper
from checkedpool._pool.worker_channels import TICKETS, WorkerChannels
from tests import limits

Frame = tuple[int, int, bytes]
takes_back = pytest.mark.skipif(system.PORTABLE, reason="tickets of a living worker cannot be read back here")
LIMIT = limits.HANG
"""Seconds after which something that does not happen is a failure."""


class LaneAndWorker:
    """A lane, and what its worker does."""

    def __init__(
        self,
        number: int = 0,
        shared: Shared | None = None,
        *,
        plain: bool = False,
        fit: Callable[[type[Any]], type[Any]] = lambda plain: plain,
    ) -> None:
        """``fit``: which class is taken for a plain one, of what clients share; ``plain``: the lane is one too."""
        self.shared: Shared = fit(Shared)() if shared is None else shared
        self.shared.stopper = Stopper
        self.future_type: type[PoolFuture[object]] = fit(PoolFuture)
        self.lane = (WorkerChannels if plain else rooms.in_use(WorkerChannels))(number, self.shared)
        ends = self.lane.worker_ends
        for end in ends.call, ends.result:
            end.set_blocking(False)
        self._get, self._put = ends.call.reader(), ends.result.writer()
        self._assembler = Assembler()

    def take_ticket(self) -> int:
        """Begin."""
        return self.lane.worker_ends.tickets.recv(1)[0]

    def tickets(self) -> bytes:
        """All tickets that are out, in their order; they stay."""
        waiting = bytearray(TICKETS)
        try:
            count = system.take_waiting(self.lane.worker_ends.tickets, waiting, peek=True)
        except BlockingIOError:
            return b""
        return bytes(waiting[:count])

    def read_frames(self) -> list[Frame]:
        """What is in the call pipe now."""
        frames: list[Frame] = []
        with suppress(BlockingIOError):
            while data := self._get(READ_SIZE):
                frames += self._assembler.feed(data)
        return frames

    def say(self, data: bytes) -> None:
        """Write to the result pipe."""
        assert self._put((data,)) == len(data)

    def offer(self, *numbers: int) -> None:
        """Make tasks claimable."""
        self.shared.unclaimed.update(dict.fromkeys(numbers))

    def send(self, seq: int, number: int) -> PoolFuture[object]:
        """A future whose task was sent here; it is claimable."""
        future = self.future_type(self.shared, number)
        future.place = self.lane, seq
        self.offer(number)
        return future

    def close(self) -> None:
        """Everything."""
        self.lane.let_go_of_worker_ends()
        self.lane.close()


@contextmanager
def held(lock: AbstractContextManager[object]) -> Iterator[None]:
    """Another thread holds the lock."""
    taken, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            taken.set()
            leave.wait(LIMIT)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert taken.wait(LIMIT)
        yield
    finally:
        leave.set()
        thread.join()
