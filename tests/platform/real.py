"""The real world for the suite: a real platform, a real worker process under one start method, no manager.

Decides: how a task stops at a gate, how the worker is watched from outside. Must not know: any expectation.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import select
import signal
import struct
import termios
import threading
import time
from pathlib import Path
from typing import Any, cast

from checkedpool._core import messages
from checkedpool._core.messages import Command, Event
from checkedpool._os import system
from checkedpool._payload import pickling
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.pool import starter_for
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._pool.worker_channels import Starter, WorkerChannels
from tests import limits
from tests.behaviour.gates import Gate, eventually
from tests.platform import tasks
from tests.platform.bench import ROOM, Bench
from tests.shell.bench import StandInUserThreads

__all__ = ["RealBench"]

LIMIT = limits.HANG


class NarrowLane(WorkerChannels):
    """Its pipes stay as wide as those of the simulated system."""

    def _widen(self) -> None:
        pass


class RealBench(Bench):
    """One process of the real kind."""

    def __init__(self, method: str, directory: Path, *, bad_initializer: bool = False) -> None:
        self.reaps = method != "forkserver"
        self.shared = Shared()
        context: Any = multiprocessing.get_context(method)
        initializer = (tasks.raises, ("initializer",)) if bad_initializer else (None, ())
        self.starter = starter_for(context, Starter)(self.shared, context, initializer)
        self.starter.channels_type = NarrowLane
        setup = messages.Sent(0, 0)  # which the simulated system gives its workers by itself
        self.starts = () if method == "fork" else (messages.Started(0), setup)
        self.gate = Gate(directory, "gate")
        lanes: dict[int, WorkerChannels] = {}
        self.starter.start_all(1, lanes)
        self.platform = RealPlatform(self.shared, self.starter, lanes)
        self.platform._user_threads = cast("Any", StandInUserThreads())
        self.number = 0
        self.inside = threading.Event()
        self.outside = threading.Event()
        self.canceller: threading.Thread | None = None
        self.futures: dict[int, PoolFuture[object]] = {}
        if method != "fork":
            self.perform(messages.Start(0))

    @property
    def lane(self) -> WorkerChannels:
        return self.platform.lanes[0]

    # --- the protocol -----------------------------------------------------------------------------------------------

    def perform(self, *commands: Command) -> list[Event]:
        return list(self.platform.perform(commands))

    def until(self, *wanted: type[Event]) -> list[Event]:
        told: list[Event] = []
        limit = time.monotonic() + LIMIT
        while not all(any(isinstance(out, kind) for out in told) for kind in wanted):
            assert time.monotonic() < limit, f"{wanted} did not come; told was {told}"
            told += self._wait(limit)
        return told

    def now(self) -> list[Event]:
        return self._wait(0.0)

    def _wait(self, deadline: float) -> list[Event]:
        return [out for out in self.platform.wait(deadline) if not isinstance(out, messages.Tick)]

    # --- tasks ------------------------------------------------------------------------------------------------------

    def submit(self, fn: object, *args: object, **kwargs: object) -> int:
        self.number += 1
        future: PoolFuture[object] = PoolFuture(self.shared, self.number)
        future.frame, future.name = pickling.dumps((fn, args, kwargs)), "task"
        self.shared.unclaimed[self.number] = None
        self.shared.inbox.append(future)
        self.futures[self.number] = future
        return self.number

    def gated(self, *, deaf: bool = False, leaves: bool = False) -> int:
        return self.submit(tasks.stops, self.gate, self.number + 1, deaf=deaf, leaves=leaves)

    def until_it_stops(self) -> None:
        self.gate.wait_for_arrival()

    def open(self) -> None:
        self.gate.open_wide()

    def until_it_is_stuck(self) -> None:
        eventually(lambda: self._waiting() == ROOM, "the result pipe is full")

    def _waiting(self) -> int:
        """How many bytes are in the result pipe."""
        answer = fcntl.ioctl(self.lane.result_fd, termios.FIONREAD, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])

    # --- the environment ----------------------------------------------------------------------------------------------

    def kill(self) -> None:
        assert self.lane.process.pid is not None
        os.kill(self.lane.process.pid, signal.SIGKILL)

    def is_at_its_end(self) -> bool:
        poll = select.poll()
        poll.register(self.lane.result_fd, select.POLLIN)
        return [event for _, event in poll.poll(0)] == [select.POLLHUP]

    def steal_status(self) -> None:
        assert self.lane.process.pid is not None
        os.waitpid(self.lane.process.pid, 0)

    def cancel(self, number: int) -> None:
        assert self.shared.claim(number)

    def enter_lane(self) -> None:
        self.canceller = threading.Thread(target=self._hold)
        self.canceller.start()
        assert self.inside.wait(LIMIT)

    def _hold(self) -> None:
        with self.lane.lock:
            self.inside.set()
            assert self.outside.wait(LIMIT)

    def leave_lane(self) -> None:
        self.outside.set()
        if self.canceller is not None:
            self.canceller.join(LIMIT)

    def close(self) -> None:
        self.leave_lane()
        self.gate.open_wide()
        lane = self.platform.lanes.get(0)
        if lane is not None:
            if lane.process.exitcode is None:
                system.send_signal(lane.process, lane.watch, force=True)
                lane.process.join(LIMIT)
            self.perform(messages.Close(0))
        self.platform.reactor.close()
        self.starter.end()
        self.gate.close()
