"""A real platform on real channels without processes: stand-ins for the worker, the starter and the helpers.

Decides: what counts as a dead worker, a job and a birth. Must not know: what a test expects.
"""

from __future__ import annotations

import itertools
import os
import pickle
from collections.abc import Callable, Iterator
from typing import Any, cast

from checkedpool import rooms
from checkedpool._core import messages
from checkedpool._core.messages import Command, Death, Event, When
from checkedpool._os.system import Descriptor
from checkedpool._payload.pickling import Kind, header
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._pool.stopping import Stopper
from checkedpool._pool.worker_channels import WorkerChannels

KILLED = Death(0, -9, When.TASK, 1)


class StandInProcess:
    """As much of a process as the platform asks for."""

    pid = 17
    _popen = None
    exitcode: int | None = None

    def __init__(self) -> None:
        self._ends = [Descriptor(fd) for fd in os.pipe()]
        self.sentinel = self._ends[0].fileno()

    def join(self, _: float) -> None:
        for end in self._ends:
            end.close()


class StandInStarter:
    """Hands out what a start thread has made."""

    def __init__(self) -> None:
        self.made: dict[int, WorkerChannels] = {}
        self.asked: list[int] = []
        self.abandoned: list[int] = []

    def start_in_thread(self, number: int) -> None:
        self.asked.append(number)

    def take(self, number: int) -> WorkerChannels | None:
        return self.made.pop(number, None)

    def abandon(self, number: int) -> None:
        self.abandoned.append(number)


class StandInUserThreads:
    """Keeps jobs instead of doing them."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], object]] = []
        self.added = 0
        self.ended = False

    def give(self, job: Callable[[], object]) -> None:
        self.jobs.append(job)

    def add_or_owe(self) -> None:
        self.added += 1

    def try_again(self) -> None:
        pass

    def end(self) -> None:
        self.ended = True


class Bench:
    """A platform with one lane, and the ends of its worker."""

    def __init__(self, fit: Callable[[type[Any]], type[Any]] = lambda plain: plain) -> None:
        """``fit``: which class is taken for a plain one."""
        self.shared: Shared = fit(Shared)()
        self.shared.stopper = Stopper
        self.future_type: type[PoolFuture[object]] = fit(PoolFuture)
        self.starter, self.user_threads = StandInStarter(), StandInUserThreads()
        self._lives: list[Descriptor] = []
        self.lane, self.dies = self.new_lane(0)
        starter: Any = self.starter
        self.platform: RealPlatform = fit(RealPlatform)(self.shared, starter, {0: self.lane})
        self.platform._user_threads = cast("Any", self.user_threads)
        self.numbers: Iterator[int] = itertools.count(1)

    def new_lane(self, number: int) -> tuple[WorkerChannels, Callable[[], None]]:
        lane = rooms.in_use(WorkerChannels)(number, self.shared)
        process: Any = StandInProcess()
        lane.watch, life = map(Descriptor, os.pipe())
        lane.process = process
        self._lives.append(life)

        def dies() -> None:
            process.exitcode = -9
            life.close()

        return lane, dies

    def submit(self, frame: bytes | None = b"frame", *, callback: bool = False) -> PoolFuture[object]:
        future = self.future_type(self.shared, next(self.numbers))
        future.frame, future.name = frame, "module.fn"
        if frame is None:
            future.deferred = (int, (), {})
        if callback:
            future.add_done_callback(lambda _: None)
        self.shared.unclaimed[future.number] = None
        self.shared.inbox.append(future)
        return future

    def wait(self) -> list[Event]:
        """What has happened; the time is left out."""
        tick, *events = self.platform.wait(0.0)
        assert isinstance(tick, messages.Tick)
        return events

    def perform(self, *commands: Command) -> list[Event]:
        return self.platform.perform(commands)

    def answer(self, seq: int, kind: Kind, value: object = None) -> None:
        body = pickle.dumps(value)
        os.write(self.lane.worker_ends.result.fileno(), header(seq, kind, body) + body)

    def begin(self) -> int:
        return self.lane.worker_ends.tickets.recv(1)[0]

    def close(self) -> None:
        self.platform.reactor.close()
        for lane in {self.lane, *self.platform.lanes.values()}:
            lane.let_go_of_worker_ends()
            lane.close()
            lane.process.join(0)
        for life in self._lives:
            life.close()
