"""What client threads and the manager share: an inbox, the claims, a wake-up, two flags; and of each task its future.

Of a pool nothing has a lock.  Each access is one atomic operation of a built-in container or one attribute.  Clients
append to the inbox and close; the manager breaks, sleeps and takes from the inbox; to claim a task is to pop its
number, which succeeds for exactly one.

A future is the standard one, whose ``cancel`` and ``running`` ask the worker's tickets.  Here is decided how it is
completed, and in which thread and order its callbacks run.  It carries what the pool needs to know of its task until it
ends (frame, place); then it lets go of everything.  Must not know how tickets travel.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections import deque
from concurrent.futures import CancelledError, Future
from concurrent.futures._base import CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED, PENDING, RUNNING
from contextlib import suppress
from itertools import filterfalse
from operator import call, methodcaller

from checkedpool._core.messages import RevokedByCanceller, Submitted, Withdrawn
from checkedpool._core.tables import CANCEL, End, Result, Step, Table
from checkedpool._os import system
from checkedpool._os.locks import TRIES, Condition, Latch, Room, held, is_a_handlers
from checkedpool._os.log import log_exception
from checkedpool._payload.pickling import READ_SIZE, Codec
from checkedpool.errors import CANNOT_STOP, INHERITED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from traceback import StackSummary
    from typing import Any, NoReturn, Protocol, TextIO, TypeAlias, TypeVar

    from checkedpool._core.messages import Event, Seq, TaskId, WorkerNo
    from checkedpool._payload.pickling import Packed

    Post: TypeAlias = "PoolFuture[Any] | Event | Latch"
    Refusal: TypeAlias = Callable[[], Exception]
    """Makes the exception for a submission that is refused."""

    T = TypeVar("T")

BUDGET = 64 << 20
"""Bytes of pickled calls that may wait; above it calls are kept and pickled later."""
WAKE = (1).to_bytes(8, sys.byteorder)
"""As many bytes as the kernel's counter takes, where the wake-up is one; a pipe takes them too."""
Ending: TypeAlias = "tuple[Any, BaseException | None, str]"
"""Value, error, state: what a future is given, and in this order, so that whoever sees the state finds the rest."""
CANCELLED_END: Ending = (None, None, CANCELLED_AND_NOTIFIED)
DONE = (CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED)
TO_CANCEL = Room(32)
"""With the standard library's waiters a dozen are needed, and as many to log what a callback has raised."""
TAKE_FIRST = methodcaller("pop", 0)
"""Off a list; in one call with what is done with it, as who is interrupted in between would lose it."""


if TYPE_CHECKING:

    class Place(Protocol):
        """Of a worker's channels: what cancellers ask."""

        number: WorkerNo

        def revoke_for(self, future: PoolFuture[Any], place: tuple[Place, Seq]) -> bool | None:
            """Whether its tickets were revoked and the task is claimed; None: the task is elsewhere now."""

        def has_begun(self, number: TaskId, seq: Seq) -> bool:
            """Whether the worker has begun the task, which was sent here."""


class Wakeup:
    """Wakes the manager.  Never closed by anybody: its pipe goes with the last thread that may still use it."""

    def __init__(self) -> None:
        self._reader, self._writer = system.channel()
        for end in self._reader, self._writer:
            end.set_blocking(False)
        self.fileno = self._reader.fileno  # of what becomes readable

    def wake(self) -> None:
        """Some bytes; a full pipe wakes already.  In a child it is closed."""
        try:
            self._writer.write(WAKE)
        except (OSError, ValueError) as error:
            if is_a_handlers(error) or not (isinstance(error, BlockingIOError) or self._writer.closed):
                raise

    def drain(self) -> None:
        with suppress(BlockingIOError):
            self._reader.reader()(READ_SIZE)


class Sleep:
    """One sleep of the manager: whoever sees it wakes the manager once."""

    __slots__ = ("wakeup", "woken")

    def __init__(self, wakeup: Wakeup) -> None:
        self.wakeup, self.woken = wakeup, False


class Once(dict[None, object]):
    """Exactly one of all who try takes it; true when somebody has.

    Whoever is interrupted while trying can ask afterwards: to take and to say who has taken it are one operation.
    """

    def take(self, taker: object) -> bool:
        """True for the first, however often he asks."""
        return self.setdefault(None, taker) is taker

    def is_of(self, taker: object) -> bool:
        return self.get(None) is taker

    def give_back(self) -> None:
        """Let others try."""
        self.clear()


class Shared:
    """The meeting place of one pool."""

    codec_type: type[Codec] = Codec
    limits: Any = None
    """Of tasks, in seconds; there before the first task that has one."""
    retries: Any = None
    """Of calls; likewise."""
    stopper: Callable[..., Canceller] | None = None
    """Performs a ``terminate``: where another worker can be started (``stopping``)."""
    submitted: type[Submitted] = Submitted
    """What the manager is told of tasks: that some have a priority, from before the first of these is made."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.numbers = itertools.count()
        self.inbox: deque[Post] = deque()
        self.unclaimed: dict[int, None] = {}
        self.sleep: Sleep | None = None
        self.closed: Refusal | None = None  # these two refuse submissions
        self.broken: Refusal | None = None
        self.start = Once()  # whoever takes it starts the pool, or sees to it that nobody does
        self.own_threads: set[int] = set()
        self.ended = Latch()
        self.barriers: set[Latch] = set()  # of who waits until all that was posted before has been seen
        self.codec = self.codec_type()
        self.pending_bytes = 0  # written by the manager: pickled calls that it knows of
        self.burst = 0  # since it looked last; a hint, clients may overwrite one another's addition

    def claim(self, number: int) -> bool:
        """Take the task for oneself: true for exactly one of all who try."""
        return self.unclaimed.pop(number, self) is None

    def withdraw(self, future: PoolFuture[Any]) -> bool:
        """Claim its task, for whoever cancels it; and have it lie nowhere, lest the next who cancels look for it there.

        One call: interrupted between the two he would leave a task that nobody has begun, and nobody can cancel.
        """
        claimed = filterfalse(None, map(self.unclaimed.pop, (future.number,), (True,)))
        return next(map(setattr, (future,), ("place",), claimed), True) is None

    def wake(self) -> None:
        if (sleep := self.sleep) is not None and not sleep.woken:
            sleep.wakeup.wake()
            sleep.woken = True

    def has_posts(self) -> bool:
        return len(self.inbox) > 0

    def close(self) -> None:
        """The pool has ended: keep nothing for a next task."""

    def is_inherited(self) -> bool:
        """Whether this process got the pool through fork."""
        return self.pid != os.getpid()

    def refuse_inherited(self) -> None:
        if self.pid != os.getpid():
            raise RuntimeError(INHERITED.format(parent=self.pid, here=os.getpid()))


# --- a future ---------------------------------------------------------------------------------------------------------


def value_end(value: Any) -> Ending:
    return value, None, FINISHED


def error_end(error: BaseException) -> Ending:
    return None, error, FINISHED


class Canceller:
    """Performs the steps of one ``cancel``, as its table names them; decides nothing."""

    __slots__ = ("asked", "future", "notified", "place", "shared")

    table: Table = CANCEL

    def __init__(self, future: PoolFuture[Any], shared: Shared | None) -> None:
        self.future, self.shared = future, shared
        self.place: tuple[Place, Seq] | None = None
        self.asked = self.notified = False

    def perform(self, step: Step) -> Result:
        """Make this step; what came of it."""
        future, shared, place = self.future, self.shared, self.place
        if step is Step.READ_STATE or shared is None:
            return future.is_cancellable(shared)
        if step is Step.CLAIM:
            return shared.withdraw(future)
        if step is Step.FIND_LANE:
            self.place = future.place
            return self.place is not None
        if step is Step.REVOKE and place is not None:
            return place[0].revoke_for(future, place)
        if step in (Step.NOTIFY_CLAIMED, Step.NOTIFY_REVOKED):
            if not future.done():
                self.notified = True
                future.complete(CANCELLED_END)
        elif step is Step.POST_WITHDRAWN:
            shared.inbox.append(Withdrawn(future.number))
        elif step in (Step.POST_UNCHANGED, Step.POST_MOVED) and place is not None:
            shared.inbox.append(RevokedByCanceller(place[0].number))
            shared.wake()
        elif step is Step.POST_REVOKED and place is not None:
            shared.inbox.append(Withdrawn(future.number))
            shared.inbox.append(RevokedByCanceller(place[0].number))
        else:
            shared.wake()
        return None


class PoolFuture(Future["T"]):
    """What ``submit`` returns.

    RUNNING means that a worker has begun the task: ``cancel`` succeeds before that and never after it (clauses on
    futures in the contract).  A cancelled future is CANCELLED_AND_NOTIFIED at once.  One that was inherited through
    fork raises where it would wait for ever.
    """

    _condition: Condition  # type: ignore[assignment]  # all that a Future uses of one
    left: Ending | None = None
    """The end that the manager would have given it, had the lock not been taken: whoever stops it gives this one."""
    _result: T | None
    _waiters: list[Any]
    _done_callbacks: list[Callable[[Future[T]], object]]

    def __init__(self, shared: Shared, number: int) -> None:
        self._condition = Condition()  # not the base class's, whose lock an interruption can leave held
        self._waiters, self._done_callbacks = [], []
        self._state = PENDING
        self._result = self._exception = None
        self.shared: Shared | None = shared  # until all are told of the end
        self.number = number
        self.frame: Packed | None = None
        self.deferred: tuple[Any, ...] | None = None  # (fn, args, kwargs) not pickled yet
        self.name: str | None = None
        self.place: tuple[Place, Seq] | None = None  # to which lane its frame went, and as which number
        self._telling = False  # telling has begun: who comes again may find some of the waiters told
        self._owing = False  # callbacks wait for a user-code thread; later ones queue up behind them

    # --- the face ---------------------------------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Cancel unless a worker has begun the task.

        Returns True if the future is cancelled now, False if a worker has begun the task or it is done.  Never waits
        for the pool; may be called from callbacks, finalizers and signal handlers.
        """
        return self._end_by(Canceller(self, self.shared))

    def terminate(self) -> bool:
        """Stop the task: as ``cancel``, but if a worker has begun it, end that worker by SIGTERM, later by SIGKILL.

        Returns True if the future is cancelled now, False if the task is done.  Other tasks run on, in other workers;
        it is no worker's death.  Never waits for the pool; may be called where ``cancel`` may.  Raises ValueError under
        fork, where no worker can be started in the place of that one (C-111 to C-114).
        """
        return self._end_by(self._stopper(force=False))

    def kill(self) -> bool:
        """As ``terminate``, but the worker is ended by SIGKILL at once."""
        return self._end_by(self._stopper(force=True))

    def get_stack(self) -> StackSummary:
        """Where the task is, oldest frame first; it begins with the pool's own, which calls the function.

        Empty if no worker has begun the task, or it has ended.  Changes nothing, and waits a few seconds at most.
        Raises NotImplementedError where the system has no way, RuntimeError where this worker shows none (C-141 to
        C-143).
        """
        from checkedpool._pool import stacks  # noqa: PLC0415 - seldom needed

        self._refuse_inherited()
        return stacks.stack_of(self.number, self.place)

    def print_stack(self, file: TextIO | None = None) -> None:
        """Print it, as a traceback is printed, to ``file`` or standard error."""
        from checkedpool._pool import stacks  # noqa: PLC0415 - seldom needed

        stacks.print_stack(self.get_stack(), self.name, file)

    def _stopper(self, *, force: bool) -> Canceller:
        shared = self.shared
        if shared is None:
            return Canceller(self, None)  # it is done
        if shared.stopper is None:
            raise ValueError(CANNOT_STOP)
        return shared.stopper(self, shared, force=force)

    def _end_by(self, canceller: Canceller) -> bool:
        if self._is_inherited():
            return False  # what a forked child has is a copy: the task is the parent's
        TO_CANCEL.ask()
        try:
            at = self._try_to_cancel(canceller)
        except BaseException as error:  # a signal handler may interrupt this call after it has given the future its end
            thrown = error
            for _ in TRIES:  # nothing is called between two of them
                try:
                    self._make_up(canceller)
                    break
                except BaseException as again:  # noqa: BLE001 - of the same kind, or a callback's
                    thrown = again
            if thrown is not error:
                raise thrown from error
            raise
        return at is End.TRUE and self.cancelled()

    def _try_to_cancel(self, canceller: Canceller) -> Step | End:
        """A function of its own: in that of a ``try`` statement jumps of a loop may lie outside of what it protects."""
        at: Step | End = Step.READ_STATE
        while isinstance(at, Step):
            at = self._with_lock(canceller, at)
            if at is Step.REVOKE:
                at = canceller.table[at][canceller.perform(at)]
        self._make_up(canceller)
        return at

    def _with_lock(self, canceller: Canceller, at: Step | End) -> Step | End:
        """Make its steps from this one on, to before the one that is made without the lock."""
        for _ in held(self._condition):
            while isinstance(at, Step) and at is not Step.REVOKE:
                at = canceller.table[at][canceller.perform(at)]
            return at
        raise AssertionError("a lock that is waited for is held once")

    def _make_up(self, canceller: Canceller) -> None:
        """Wake, tell and call whom it has not yet; a second time nothing is left of that."""
        if canceller.asked and canceller.shared is not None:
            canceller.shared.wake()
        if canceller.notified and self._state in DONE:  # or it was interrupted before: then the manager gives the end
            if self.shared is not None:  # else all are told
                self.complete(CANCELLED_END)
            self.run_callbacks()

    def is_cancellable(self, shared: Shared | None) -> Result:
        """READ_STATE's answer: None if it may be cancelled, True if it is, False if it is done."""
        if self._state in (CANCELLED, CANCELLED_AND_NOTIFIED):
            return True
        return None if self._state == PENDING and shared is not None else False

    def done(self) -> bool:
        return self._state in DONE

    def cancelled(self) -> bool:
        return self._state in DONE and self._state != FINISHED

    def running(self) -> bool:
        """Whether a worker has begun the task and it is not done (a worker that died in it has begun it)."""
        while True:
            place = None
            if self._is_inherited():
                return self._state == RUNNING
            for _ in held(self._condition):
                if self._state != PENDING:
                    return self._state == RUNNING
                shared, place = self.shared, self.place
                if shared is None or self.number in shared.unclaimed:
                    return False
            # Not under the future's lock: who has the lane's may want it.
            if place is None or not place[0].has_begun(self.number, place[1]):
                return False
            for _ in held(self._condition):  # a canceller may be between the claim and saying so
                if self.place is place:
                    return self._state == PENDING  # else it was dealt anew or has ended meanwhile

    def add_done_callback(self, fn: Callable[[Future[T]], object]) -> None:
        """Call ``fn`` with the future when it is done; at once, in this thread, if it is done and owes no others."""
        for _ in held(self._condition) if not self._is_inherited() else ():
            untold = self.shared is not None and self._done_callbacks  # the end has come, but not to those before us
            if self._state not in DONE or self._owing or untold:
                self._done_callbacks.append(fn)
                return
        if self._state in DONE:  # else it is a copy in a forked child, where nobody gives it an end
            _call(fn, self, self)

    def result(self, timeout: float | None = None) -> T:
        try:
            if self._state != FINISHED:
                self._wait(timeout)
            if self._exception is not None:  # whatever its truth value is
                raise self._exception
            return self._result  # type: ignore[return-value]  # the state is set last, so it is there
        finally:
            del self  # no cycle through the traceback

    def exception(self, timeout: float | None = None) -> BaseException | None:
        if self._state != FINISHED:
            self._wait(timeout)
        return self._exception

    def _wait(self, timeout: float | None) -> None:
        """Until it is done, for so long at most; CancelledError if that is no value and no error."""
        while self._state not in DONE:
            self._refuse_inherited()  # here the copy of a sleeper ends, in a child that a handler has forked (C-92)
            if not self._sleep(timeout) and self._state not in DONE:
                self._refuse_inherited()
                raise TimeoutError
        if self._state != FINISHED:
            raise CancelledError

    def _sleep(self, timeout: float | None) -> bool:
        return self._condition.wait(timeout, lambda: self._refuse_inherited() or self._state in DONE)  # type: ignore[func-returns-value, redundant-expr]

    def __reduce__(self) -> NoReturn:
        """Refuse: what it waits for is in this process."""
        msg = f"cannot pickle {type(self).__name__!r} object: a future belongs to the process that submitted its task"
        raise TypeError(msg)

    def _is_inherited(self) -> bool:
        """Whether this is the copy of an unfinished one, in a forked child: its lock's holder may not exist here."""
        return (shared := self.shared) is not None and shared.is_inherited()

    def _refuse_inherited(self) -> None:
        if (shared := self.shared) is not None:
            shared.refuse_inherited()

    # --- its end ----------------------------------------------------------------------------------------------------

    def complete(self, end: Ending, *, wait: bool = True) -> bool | None:
        """Give the future its end, once, and tell all who wait.  None: its lock was not to be waited for.

        True: callbacks, or objects of the user, are left over for a user-code thread.
        """
        for _ in held(self._condition, wait):
            if self._state not in DONE:  # no call comes between this look and the change, not even a hidden one
                self._result, self._exception, self._state = end
            return self._tell()
        return None

    def _tell(self) -> bool:
        """Tell all who wait, let go of the pool; what is owed, once.  Who was interrupted in it is made up for."""
        if (shared := self.shared) is None:
            return False
        shared.unclaimed.pop(self.number, None)
        if self._waiters:
            self._tell_waiters()
        self._wake()
        self._owing = bool(self._done_callbacks) or self.deferred is not None
        self.place = self.frame = self.shared = None  # this last: then no fork finds the lock taken (C-92)
        return self._owing

    def _wake(self) -> None:
        self._condition.notify_all()

    def _tell_waiters(self) -> None:
        """``wait`` and ``as_completed`` of other threads."""
        again, self._telling = self._telling, True  # only then to be looked for: that costs as much as was told before
        for waiter in self._waiters:
            if again and any(told is self for told in waiter.finished_futures):
                continue
            if self._state == CANCELLED_AND_NOTIFIED:
                waiter.add_cancelled(self)
            elif self._exception is None:
                waiter.add_result(self)
            else:
                waiter.add_exception(self)

    def keep_frame(self, frame: Packed) -> None:
        """Its call has been pickled late: unless it is done already, the pickle takes the objects' place."""
        for _ in held(self._condition):
            if self.shared is not None:
                self.frame = frame
            self.deferred = None

    def complete_and_call(self, end: Ending | None) -> None:
        """Give the end (None: it was told), then run the callbacks: unless somebody else was faster, whose they are."""
        is_ours = end is None or self.complete(end)
        if self.left is not None:
            self.left = None
        if is_ours:
            self.run_callbacks()

    def run_callbacks(self) -> None:
        """Run what has been added, in its order, until nothing is left; the last BaseException comes out at the end."""
        self.deferred = None
        raised: tuple[BaseException, ...] = ()
        while self._owing:
            try:
                called = None
                for _ in held(self._condition):
                    called = self._done_callbacks
                    self._owing = bool(called)
                if called:
                    _call(next, map(call, map(TAKE_FIRST, (called,)), (self,)), self)
            except BaseException as error:  # noqa: BLE001 - the others are to be called all the same
                raised = *raised, error
        if raised:
            for earlier in raised[:-1]:
                log_exception("exception calling callback for %r", self, error=earlier)
            raise raised[-1]


def _call(callback: Callable[[Any], object], argument: object, future: Future[Any]) -> None:
    """Call it; an Exception is logged, as the base class does."""
    try:
        callback(argument)
    except Exception:  # noqa: BLE001 - user code
        log_exception("exception calling callback for %r", future)
