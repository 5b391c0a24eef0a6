"""The worker process: performs what the worker's machine orders, on its ends of the channels.

User code runs in ``_run``, in ``_let_go`` and in the initializer, nowhere else.  SIGINT reaches user code as
KeyboardInterrupt while it runs and is ignored in between: a worker that waits for a ticket is not ended by Ctrl-C, nor
does it lose a ticket.  A task's objects live until its answer has left: what their finalizers do costs no answer.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # typeshed has it not
import os
import sys
import threading
from collections import deque
from contextlib import suppress
from multiprocessing.context import get_spawning_popen

from checkedpool._core.tables import LEAVE, Came, Do, WorkerMachine
from checkedpool._os import system
from checkedpool._os.log import CRITICAL, log_exception
from checkedpool._payload import pickling
from checkedpool._payload.pickling import HEADER, READ_SIZE, UNREAD_CALL, UNSENT_VALUE, Assembler, Codec, Kind, noted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any, TypeAlias, TypeVar

    from checkedpool._os.system import Channel, End, Part, Socket
    from checkedpool._payload.pickling import Frame, Packed

    Setup: TypeAlias = tuple[Any, tuple[Any, ...]]
    Message: TypeAlias = tuple[Kind, Packed]

    T = TypeVar("T")

DOES = {
    Do.INITIALIZE: "_initialize", Do.SAY_READY: "_say", Do.SAY_FAILED: "_say", Do.TAKE_TICKET: "_take_ticket",
    Do.READ_FRAME: "_read_frame", Do.RUN: "_run", Do.ANSWER: "_say",
}  # fmt: skip
"""By which method each step is performed."""
NOTHING: Message = (Kind.PLAIN, b"")


def answer_to(body: Packed, codec: Codec, held: list[Any]) -> Message:
    """Run a packed call; its value as it is put into an answer.  ``held``: keeps both, which else would end here."""
    held.append(codec.unpack(body))
    fn, args, kwargs = held[0]
    value = fn(*args, **kwargs)
    held.append(value)
    return codec.pack_answer(value)


def answer_of_error(error: BaseException, held: list[Any], dump: Callable[[object], bytes] = pickling.dumps) -> Message:
    """What the call has raised as an answer; where it is an error of transport, how much is held tells which."""
    if not held:
        noted(error, UNREAD_CALL)
    elif len(held) > 1:  # the value, too
        fn, args, _ = held[0]
        noted(error, UNSENT_VALUE.format(name=called(fn, args)))
    held.append(error)
    return Kind.ERROR, pickling.dump_error(error, dump)


def run_chunk(fn: Callable[..., T], *columns: tuple[Any, ...]) -> list[T]:
    """The call of a chunk of ``map``: its columns are each iterable's items."""
    if len(columns) == 1:
        return [fn(item) for item in columns[0]]
    return [fn(*args) for args in zip(*columns, strict=True)]


def called(fn: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """How errors name the function that is called."""
    return pickling.name_of(args[0] if fn is run_chunk else fn)


class WorkerEnds:
    """The worker's ends of its channels, as they go to it: pickled, or inherited."""

    popen: Any = None
    """multiprocessing's hold on the process for which they have been pickled, while that is being started."""
    index: int | None = None
    """The worker's number among those of its pool."""
    given: Any = None
    """What the program gives all workers, and they have before anything else."""
    more: tuple[End, ...] = ()
    """Those that a fast room needs."""
    logs: tuple[Any, ...] = ()
    """Where log records are to be forwarded: a socket, and the level."""

    def __init__(self, call: Channel, tickets: Socket, result: Channel, lifeline: Channel) -> None:
        self.call, self.tickets, self.result, self.lifeline = call, tickets, result, lifeline

    def all(self) -> tuple[End, ...]:
        return self.call, self.tickets, self.result, self.lifeline, *self.more, *self.logs[:1]

    def __getstate__(self) -> dict[str, object]:
        state = vars(self).copy()
        self.popen = get_spawning_popen()
        return state


class Interrupts:
    """Lets a SIGINT through to user code and nowhere else, until the handler, Python's or the program's, has raised."""

    def __init__(self) -> None:
        self.open = False
        handler = _signal.getsignal(_signal.SIGINT)
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._handler = handler
            _signal.signal(_signal.SIGINT, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.open:
            try:
                self._handler(number, frame)
            except BaseException:
                self.open = False
                raise

    def reach(self, run: Callable[..., T], *args: object) -> T:
        """Run user code, which a SIGINT reaches meanwhile."""
        try:
            self.open = True
            return run(*args)
        finally:
            self.open = False


class Worker:
    """What a worker process does: it walks the table ``WORKER``, a step at a time."""

    answer_to = staticmethod(answer_to)
    codec_type: type[Codec] = Codec
    assembler_type: type[Assembler] = Assembler

    def __init__(self, ends: WorkerEnds, setup: Setup | None) -> None:
        self.machine = WorkerMachine()
        self.tickets = ends.tickets
        for end in ends.call, ends.tickets, ends.result:
            end.set_blocking(True)
        self.get, self.put = ends.call.reader(), ends.result.writer()
        self.setup = setup
        self.interrupts = Interrupts()
        self.codec, self.assembler = self.codec_type(), self.assembler_type()
        self.frames: deque[Frame] = deque()  # that have been read, and not used
        self.body: Packed = b""
        self.message: Message = NOTHING  # what it says next
        self.held: list[object] = []  # of the last task, until its answer has left
        self.does = DOES.copy()
        self.stack_at = b""  # how the parent finds what this worker shows of its stack

    def work(self) -> int:
        """Walk the table to its end; the exit code."""
        while (at := self.machine.at) in self.does:  # a child that a task has forked, and that comes back, does nothing
            self.machine.step(getattr(self, self.does[at])())
        return 0 if at is Do.LEAVE else 1

    def _initialize(self) -> Came:
        try:
            setup, self.setup = self.setup or self._read_setup(), None
            if setup is None:
                return Came.FAILED
            initializer, initargs = setup
            if initializer is not None:
                self.interrupts.reach(initializer, *initargs)
        except BaseException as error:  # noqa: BLE001 - user code
            return self._initializer_failed(error)
        self.message = Kind.READY, self.stack_at
        return Came.DONE

    def _read_setup(self) -> Setup | None:
        """Where it could be pickled once for all workers, it comes as the first frame."""
        frame = self._next_frame()
        return None if frame is None else self.codec.unpack(frame[2])

    def _initializer_failed(self, error: BaseException) -> Came:
        log_exception("Exception in initializer:", level=CRITICAL)
        self.message = Kind.INITIALIZER_FAILED, pickling.dump_error(error)
        return Came.FAILED

    def _take_ticket(self) -> Came:
        self._let_go()
        if not self.does:  # a child that a finalizer has forked has come back from it: nothing here is its own
            return Came.LEAVE
        ticket = self.tickets.recv(1)
        return self.machine.took(ticket[0] if ticket else LEAVE)

    def _let_go(self) -> None:
        """Of the last task's objects.  An interruption is for their finalizers, and nobody hears of those."""
        while self.held:
            with suppress(BaseException):
                self.interrupts.reach(self.held.clear)

    def _read_frame(self) -> Came:
        if (frame := self._next_frame()) is None:
            return Came.LOST
        self.body = frame[2]
        return self.machine.read(frame[0])

    def _next_frame(self) -> Frame | None:
        while not self.frames:
            if not (data := self.get(READ_SIZE)):
                return None
            self.frames.extend(self.assembler.feed(data))
        return self.frames.popleft()

    def _run(self) -> Came:
        self.message, self.body = self._do_call(self.body), b""
        return Came.DONE

    def _do_call(self, body: Packed) -> Message:
        try:
            return self.interrupts.reach(self.answer_to, body, self.codec, self.held)
        except BaseException as error:  # noqa: BLE001 - whatever the task raises is its answer
            return answer_of_error(error, self.held, self.codec.dump)

    def _say(self) -> Came:
        """All of a message, as much at a time as the pipe takes."""
        (kind, body), self.message = self.message, NOTHING
        head = HEADER.pack(self.machine.ticket, kind, len(body))
        rest = memoryview(b"".join(self.on_the_wire(head, body)))
        try:
            while rest:
                rest = rest[self.put((rest,)) :]
        except OSError:
            return Came.LOST
        return Came.DONE

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[Part]:
        """What goes through the pipe for an answer."""
        return head, body


at_work: list[Worker] = []
"""The worker that this process is."""
_numbered: list[int | None] = [None, None]
"""The process, and its number as a worker: a child that a task forks has this too, and is no worker."""


def worker_index() -> int | None:
    """The number of this worker in its pool, from 0 to ``max_workers`` - 1; None in a process that is no worker.

    Of the workers of a pool that run tasks no two have the same one.  A worker that comes in the place of another one,
    which is gone, has that one's.  It stays the same for as long as the worker lives.
    """
    process, number = _numbered
    return number if process == os.getpid() else None


def worker_main(make: Callable[[WorkerEnds, Setup | None], Worker], ends: WorkerEnds, setup: Setup | None) -> None:
    """The target of every worker process; ``make``: the worker's class, or what makes one of it."""
    _numbered[:] = os.getpid(), ends.index
    system.keep_only(ends.all())
    system.die_with_parent(ends.lifeline)
    with suppress(ValueError):  # forked: what wakes the parent's event loop is not this process's to write
        _signal.set_wakeup_fd(-1)
    at_work[:] = [worker] = [make(ends, setup)]
    with suppress(OSError, RuntimeError, ValueError):  # it has none to show
        worker.stack_at = system.show_stack_when_asked()
    # A child that a task forks may come back from it: it has no ends, and files of its own may have their numbers.
    system.in_child.append(worker.does.clear)
    if code := worker.work():
        sys.exit(code)
