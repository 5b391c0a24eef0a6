"""Starting workers: channels, process, death watch.

Starting is dangerous: it runs in the first submit (fork, before any thread of the pool exists) or in a thread of its
own (spawn, forkserver), never in the manager.
"""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import threading

from checkedpool._core import words
from checkedpool._shell import ends, pickling, processes
from checkedpool._shell.lane import LaneChannels
from checkedpool._shell.worker import worker_main
from checkedpool.errors import DAEMONIC, NO_MAIN_GUARD, TOO_MANY_FILES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext
    from typing import Any

    from checkedpool._core.words import LaneNo
    from checkedpool._shell.shared import Shared


class Starter:
    """Makes the workers of one pool."""

    lane_type: type[LaneChannels] = LaneChannels
    target: Callable[..., None] = staticmethod(worker_main)

    def __init__(self, shared: Shared, context: BaseContext, setup: tuple[Any, tuple[Any, ...]]) -> None:
        self.shared = shared
        self.context = context
        self.forks = context.get_start_method(allow_none=False) == "fork"
        self.setup = setup
        self._threads: list[threading.Thread] = []
        self._born: dict[LaneNo, LaneChannels] = {}  # from start threads to the manager; whoever pops one ends it
        self._pickled: bytes | None = None
        self._checked = False
        self._abandoned: set[LaneNo] = set()
        self._ended = False

    def check(self) -> None:
        """Raise what would make every start fail, before anything is accepted."""
        process = multiprocessing.current_process()
        if process.daemon:
            raise RuntimeError(DAEMONIC.format(name=process.name))
        if not self.forks:
            if getattr(process, "_inheriting", False):
                raise RuntimeError(NO_MAIN_GUARD)
            if not self._checked:
                self._check_setup()
                self._checked = True

    def _check_setup(self) -> None:
        """Pickle initializer and arguments once for all workers; they travel in the lane, so that no start blocks.

        What can be pickled only for a process that is being started (locks and queues of multiprocessing), or for one
        process only (descriptors: connections, sockets), goes with each start.
        """
        if _dump_as_if_starting(self.setup):
            return
        with contextlib.suppress(RuntimeError):
            self._pickled = pickling.dumps(self.setup)

    def start_all(self, count: int, lanes: dict[LaneNo, LaneChannels]) -> None:
        """Fork all workers into ``lanes``.  After an error, or an interruption, the caller ends what is there."""
        try:
            for number in range(count):
                lanes[number] = self.lane_type(number, self.shared)
                self._launch(lanes[number])
            for lane in lanes.values():  # watching may take a thread: not before the last fork
                lane.watch = processes.watch(lane.process)
        except OSError as error:
            if error.errno == errno.EMFILE:
                started = sum(lane.has_process for lane in lanes.values())
                error.add_note(TOO_MANY_FILES.format(number=started, count=count))
            raise

    def start(self, number: LaneNo) -> LaneChannels:
        """One worker."""
        lane = self.lane_type(number, self.shared)
        try:
            self._launch(lane)
            lane.watch = processes.watch(lane.process)
            if self._pickled is not None:
                lane.queue_setup(self._pickled)
        except BaseException:
            end_now(lane)
            raise
        return lane

    def _launch(self, lane: LaneChannels) -> None:
        setup = self.setup if self._pickled is None else None
        lane.process = self.context.Process(  # type: ignore[attr-defined]
            target=self.target, args=(lane.worker_ends, setup), name=f"checkedpool worker {lane.number}"
        )
        if self.forks:
            with ends.spared(lane.worker_ends.all()):
                lane.process.start()
        else:
            lane.process.start()
        lane.pid = lane.process.pid
        lane.let_go_of_worker_ends()

    def start_in_thread(self, number: LaneNo) -> None:
        """One worker, elsewhere; Started or StartFailed goes to the inbox."""
        thread = threading.Thread(target=self._start_and_post, args=(number,), name="checkedpool start", daemon=True)
        self._threads = [other for other in self._threads if other.is_alive()]
        try:
            thread.start()
            self._threads.append(thread)
        except RuntimeError as error:
            self.shared.inbox.append(words.StartFailed(number, error))

    def take(self, number: LaneNo) -> LaneChannels | None:
        """What a start thread has made; None if nothing, or if it came too late (then it is ended)."""
        lane = self._born.pop(number, None)
        if lane is not None and number in self._abandoned:
            _end_aside(lane)
            return None
        return lane

    def abandon(self, number: LaneNo) -> None:
        """Nobody waits for this start any more; what has come of it already may be heard of by nobody."""
        self._abandoned.add(number)
        self.take(number)

    def end(self) -> None:
        """Nobody will take anything any more.  Waits, not for ever, for what is under way."""
        self._ended = True
        for thread in self._threads:
            thread.join(processes.KILL_WAIT)
        for number in list(self._born):
            self._end_born(number)

    def _end_born(self, number: LaneNo) -> None:
        lane = self._born.pop(number, None)
        if lane is not None:
            end_now(lane)

    def _start_and_post(self, number: LaneNo) -> None:
        shared = self.shared
        shared.own_threads.add(threading.get_ident())
        outcome: words.Started | words.StartFailed
        try:
            lane = self.start(number)
        except BaseException as error:  # noqa: BLE001 - a context of the user may raise anything
            outcome = words.StartFailed(number, pickling.local_error(error))
        else:
            self._born[number] = lane
            if self._ended or number in self._abandoned:
                self._end_born(number)
                return
            outcome = words.Started(number)
        finally:
            shared.own_threads.discard(threading.get_ident())
        shared.inbox.append(outcome)
        shared.ring()


def _end_aside(lane: LaneChannels) -> None:
    """End it in a thread, since that waits; where none can be had, here: after SIGKILL it is a moment."""
    try:
        threading.Thread(target=end_now, args=(lane,), name="checkedpool start", daemon=True).start()
    except RuntimeError:
        end_now(lane)


def end_now(lane: LaneChannels) -> None:
    """Kill and reap a worker that no manager knows, or give up one that was never started."""
    try:
        kill_now(lane)
    finally:
        lane.close()


def kill_now(lane: LaneChannels) -> None:
    """Kill and reap a worker, if there is one; its channels stay."""
    lane.let_go_of_worker_ends()
    if lane.has_process:
        processes.send_signal(lane.process, lane.watch, force=True)
        lane.process.join(processes.KILL_WAIT)
        processes.forget(lane.process)


def _dump_as_if_starting(setup: object) -> bool:
    """Raise what pickling this for a new process would raise; True if it is for that process alone."""
    before = multiprocessing.context.get_spawning_popen()
    process = _NoProcess()
    multiprocessing.context.set_spawning_popen(process)  # type: ignore[arg-type]  # all that reducers use
    try:
        pickling.dumps(setup)
    finally:
        multiprocessing.context.set_spawning_popen(before)
    return process.was_asked


class _NoProcess:
    """Stands for the process that is being started, where multiprocessing's reducers look for one."""

    was_asked = False
    """Whether something of this process was to be given to it."""

    def DupFd(self, fd: int) -> int:  # noqa: N802 - multiprocessing's name
        self.was_asked = True
        return fd

    def duplicate_for_child(self, handle: int) -> int:
        self.was_asked = True
        return handle
