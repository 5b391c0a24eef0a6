"""Workers that are not forked: spawn and the fork server start each in a thread, since a start may block.

Decides: how many threads there are for that, and what becomes of a worker whose start nobody waits for any more.  A
start finds the world of the first submit, whatever has become of it.  Who forks does without all of this.

A start may raise although its process has been made.  multiprocessing makes a process and then writes to it what
it is to do.  If that fails it forgets whom it has made, and nobody would end him or wait for him.  It fails where the
process has died by then: since gh-118981 nobody else holds the pipe open.  That was no start that failed, but a worker
that has died.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections import deque
from itertools import count
from multiprocessing.process import BaseProcess
from weakref import ref

from checkedpool._core import messages
from checkedpool._os import servers, system
from checkedpool._os.locks import new_queue
from checkedpool._os.log import in_one_line
from checkedpool._payload import pickling
from checkedpool._pool.starting_world import World
from checkedpool._pool.stopping import Stopper
from checkedpool._pool.worker_channels import WORKER, Starter, end_now
from checkedpool.errors import NO_MAIN_GUARD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from multiprocessing.context import BaseContext
    from typing import Any

    from checkedpool._core.messages import Event, WorkerNo
    from checkedpool._pool.shared import Shared
    from checkedpool._pool.worker_channels import WorkerChannels


def in_threads(kind: type[Starter]) -> type[Starter]:
    """This class of starters, but it starts workers in threads."""
    return type(kind.__name__, (ThreadedStarter, kind), {})


class ThreadedStarter(Starter):
    """Makes the workers of one pool, each when it is asked for."""

    def __init__(self, shared: Shared, context: BaseContext, setup: tuple[Any, tuple[Any, ...]]) -> None:
        super().__init__(shared, context, setup)
        shared.stopper = Stopper
        self.method = context.get_start_method(allow_none=False)
        servers.server_of(self.method)
        self._threads = StartThreads(self._try, self._post)
        self._world: World  # once the first submit has come
        self._born: dict[WorkerNo, WorkerChannels] = {}  # from start threads to the manager; whoever pops one ends it
        self._pickled: bytes | None = None
        self._checked = False
        self._abandoned: set[WorkerNo] = set()
        self._indexes: dict[WorkerNo, int] = {}  # the manager's thread has it
        self._made: dict[WorkerNo, ref[WorkerChannels]] = {}  # by start threads
        self._ended = False

    def check(self) -> None:
        super().check()
        process = multiprocessing.current_process()
        if getattr(process, "_inheriting", False):
            again = process.name.startswith(WORKER.format("")) and process.name != WORKER.format(0)
            error = RuntimeError(NO_MAIN_GUARD)
            raise in_one_line(error, "__mp_main__", silent=again)  # of multiprocessing's frames there are 20
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

    def start_all(self, _: int, __: dict[WorkerNo, WorkerChannels]) -> None:
        """None now: what later starts need is taken and had in time."""
        self.check()
        self._ended = False  # a start of the pool that has failed may be followed by another one
        self._threads = StartThreads(self._try, self._post)
        self._world = World(environment=self.method == "spawn", then=self.first)
        servers.have_running(
            self.method, dict.fromkeys(part.__module__ for part in self.worker_type.__mro__), main=not self.first
        )
        if not system.THREADS_AT_EXIT:
            self._threads.add()

    def start(self, number: WorkerNo) -> WorkerChannels:
        """One worker."""
        lane = self.channels_type(number, self.shared)
        self._made[number] = ref(lane)
        lane.worker_ends.index = self._indexes.get(number)  # none if nobody waits for this start any more
        try:
            with self._world.kept():
                lane.process = self._process(lane, self.setup if self._pickled is None else None)
                launch(lane)
            lane.let_go_of_worker_ends()
            lane.watch = system.watch(lane.process)
            if self._pickled is not None:
                lane.queue_setup(self._pickled)
        except BaseException:
            end_now(lane)
            raise
        return lane

    def start_in_thread(self, number: WorkerNo) -> None:
        self._take_index(number)
        try:
            self._threads.give(number)
        except RuntimeError as error:
            self.shared.inbox.append(messages.StartFailed(number, error))

    def _take_index(self, number: WorkerNo) -> None:
        """The least that none has who may run a task: whoever is gone, or will never be, is followed by this worker."""
        for other in list(self._indexes):
            if other in self._abandoned or (other in self._made and _is_gone(self._made[other]())):
                del self._indexes[other]
                self._made.pop(other, None)
        taken = self._indexes.values()
        self._indexes[number] = next(index for index in count() if index not in taken)

    def take(self, number: WorkerNo) -> WorkerChannels | None:
        lane = self._born.pop(number, None)
        if lane is not None and number in self._abandoned:
            _end_aside(lane)
            return None
        return lane

    def abandon(self, number: WorkerNo) -> None:
        self._abandoned.add(number)
        self.take(number)

    def end(self) -> None:
        self._ended = True
        self._threads.end(system.KILL_WAIT, hang=self._abandoned)  # one whose start was abandoned may hang for ever
        for number in list(self._born):
            self._end_born(number)

    def _end_born(self, number: WorkerNo) -> None:
        lane = self._born.pop(number, None)
        if lane is not None:
            end_now(lane)

    def _try(self, number: WorkerNo) -> messages.Started | messages.StartFailed | None:
        """In a start thread: what is to be said of this start; None if nobody waits for it any more."""
        own_threads = self.shared.own_threads
        own_threads.add(threading.get_ident())
        try:
            lane = self.start(number)
        except BaseException as error:  # noqa: BLE001 - a context of the user may raise anything
            return messages.StartFailed(number, pickling.local_error(error))
        else:
            self._born[number] = lane
            if self._ended or number in self._abandoned:
                self._end_born(number)
                return None
            return messages.Started(number)
        finally:
            own_threads.discard(threading.get_ident())

    def _post(self, event: messages.Event) -> None:
        self.shared.inbox.append(event)
        self.shared.wake()


def _is_gone(lane: WorkerChannels | None) -> bool:
    return lane is None or lane.closed


def _end_aside(lane: WorkerChannels) -> None:
    """End it in a thread, since that waits; where none can be had, here: after SIGKILL it is a moment."""
    try:
        threading.Thread(target=end_now, args=(lane,), name="checkedpool start", daemon=True).start()
    except RuntimeError:
        end_now(lane)


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


def launch(lane: WorkerChannels) -> None:
    """Start its process; whatever has been made is the lane's process afterwards, also if this raises."""
    try:
        lane.process.start()
    except BaseException as error:
        if not _has_died(lane, error):
            raise
    finally:
        lane.worker_ends.popen = None


def _has_died(lane: WorkerChannels, error: BaseException) -> bool:
    """Whether its start has raised since the process that was made has died; if one was made, it is the lane's now."""
    popen = lane.worker_ends.popen
    if lane.has_process or getattr(popen, "pid", None) is None:
        return False
    lane.process = _Made(popen, lane.process.name)
    lane.process.start()
    return isinstance(error, BrokenPipeError)


class _Made(BaseProcess):
    """Stands for a process that has been made; to start it is to tell the rest of multiprocessing that it is there.

    The one that could not be started may be of a class of the user's: that is not asked to start twice.
    """

    def __init__(self, popen: Any, name: str) -> None:
        super().__init__(name=name)
        self._made = popen

    def _Popen(self, _: BaseProcess) -> Any:  # noqa: N802 - multiprocessing's name
        return self._made


class StartThreads:
    """The threads in which the workers of one pool are started: one, and one more whenever all others are busy.

    They stay until the pool ends: beside the interpreter's exit 3.12.0 and 3.12.1 start no thread, but a worker must
    be.  When they have been let go there are no others.
    """

    def __init__(self, start: Callable[[WorkerNo], Event | None], post: Callable[[Event], None]) -> None:
        self._start, self._post = start, post
        self._jobs = new_queue()
        self._idle: deque[None] = deque()  # one entry for each thread that waits for a job and has been promised none
        self._at: dict[threading.Thread, WorkerNo | None] = {}  # each thread, and what it starts just now

    def add(self, *, idle: bool = True) -> None:
        """Start one more; RuntimeError if the system refuses it."""
        thread = threading.Thread(target=self._loop, name="checkedpool start", daemon=True)
        self._at[thread] = None  # first: where its start is interrupted, it may run all the same
        try:
            thread.start()
        except RuntimeError:
            del self._at[thread]
            raise
        if idle:
            self._idle.append(None)

    def give(self, number: WorkerNo) -> None:
        """Have this worker started; RuntimeError if a thread more were needed and cannot be had."""
        try:
            self._idle.pop()
        except IndexError:
            self.add(idle=False)
        self._jobs.put(number)

    def end(self, limit: float, hang: Container[WorkerNo] = ()) -> None:
        """Let all of them go, and wait so long for each, but not for those whose starts hang."""
        for _ in self._at:
            self._jobs.put(None)
        for thread, number in list(self._at.items()):
            if number is None or number not in hang:
                with contextlib.suppress(RuntimeError):  # its start was interrupted: there may be no such thread
                    thread.join(limit)

    def _loop(self) -> None:
        at, thread = self._at, threading.current_thread()
        while (number := self._jobs.get()) is not None:
            at[thread] = number
            event = self._start(number)
            at[thread] = None
            self._idle.append(None)  # before it is heard of: who hears of it may have the next one
            if event is not None:
                self._post(event)
