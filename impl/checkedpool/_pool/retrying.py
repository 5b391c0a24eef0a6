"""Calls that may be tried again: one future for the caller, and for each attempt a task with a future of its own.

So of the pool every attempt is an ordinary task, with the frame that was pickled once.  Which attempt is the last, the
thread decides in which the callbacks of the attempt before it run, under the lock of the caller's future.  An attempt
that is followed by another one has its end when its worker has ended: no two of a call run at the same time.

While such a call is open, a request to drain is not yet posted: to the manager it is a client that is slow.  So what
is tried again is taken in like any task.  After a stronger request, or where the pool is broken, nothing is.
"""

from __future__ import annotations

from _thread import get_ident
from functools import partial

from checkedpool._core import retry_tables
from checkedpool._core.tables import End, Step, Table, follow
from checkedpool._os.locks import TRIES, held
from checkedpool._payload.pickling import noted
from checkedpool._pool.shared import CANCELLED_END, PoolFuture, error_end
from checkedpool._pool.stopping import Stopper
from checkedpool.errors import attempts_before
from checkedpool_spec.vocabulary import ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from traceback import StackSummary
    from typing import Any, TextIO, TypeVar

    from checkedpool._core.tables import Result
    from checkedpool._pool.pool import Pool
    from checkedpool._pool.shared import Ending, Shared

    T = TypeVar("T")


TOLD = 10
"""Attempts of which the error of the last one says what they ended with."""


class Retries:
    """The calls of one pool that may be tried again."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.open: set[Retried[Any]] = set()
        self.is_over = False  # there was a request stronger than to drain
        self._drains = False  # there was one to drain

    @staticmethod
    def of(pool: Pool) -> Retries:
        """Those of this pool, the same for each who asks."""
        made: Retries = vars(pool.shared).setdefault("retries", Retries(pool))
        return made

    def lets(self, level: ShutdownLevel) -> bool:
        """Whether the request may be posted now; else it is made once more when the last call is over."""
        if level > ShutdownLevel.DRAIN:
            self.is_over = True
            return True
        return follow(retry_tables.LET, self._perform) is End.TRUE

    def ended(self, whole: Retried[Any]) -> None:
        """A call is over.  A second time nothing is changed."""
        if follow(retry_tables.OVER, partial(self._perform, whole=whole)) is End.TRUE:
            self.pool.shutdown(ShutdownLevel.DRAIN, wait=False)

    def _perform(self, step: Step, whole: Retried[Any] | None = None) -> Result:
        match step:
            case Step.NOTE_DRAIN:
                self._drains = True
            case Step.CALLS_ARE_OPEN:
                return bool(self.open)
            case Step.LEAVE_OPEN if whole is not None:
                self.open.discard(whole)
            case Step.DRAIN_IS_OWED:
                return self._drains and not self.open
        return None

    def publish(self, attempt: PoolFuture[Any], go_on: Callable[[], bool]) -> bool:
        """A further attempt: whether it is taken in."""
        return follow(Again.table, Again(self.pool.shared, attempt, go_on).perform) is End.TRUE

    def go_on(self) -> bool:
        """Whether a further attempt would be taken in: what was posted before a request is, if there is a manager."""
        shared = self.pool.shared
        has_manager = bool(shared.start) and not shared.ended.is_set()  # else its start has failed
        return has_manager and not self.is_over and shared.broken is None


def submit(pool: Pool, whole: Retried[Any], call: tuple[Any, tuple[Any, ...], dict[str, Any]]) -> Retried[Any]:
    """As the pool's ``submit``: the first attempt of this call."""
    try:
        whole.retries.open.add(whole)
        pool.submit_as(whole.first, *call)
    except BaseException:
        for _ in TRIES:  # nothing is called between two of them
            try:
                whole.complete(CANCELLED_END)  # nobody has it
                whole.retries.ended(whole)
                break
            except BaseException:  # noqa: BLE001, S112 - a signal handler's, anywhere
                continue
        raise
    return whole


class Again:
    """Performs the steps of a further attempt; decides nothing."""

    table: Table = retry_tables.AGAIN

    def __init__(self, shared: Shared, attempt: PoolFuture[Any], go_on: Callable[[], bool]) -> None:
        self.shared, self.attempt, self.go_on = shared, attempt, go_on

    def perform(self, step: Step) -> Result:
        shared, attempt = self.shared, self.attempt
        match step:
            case Step.PUBLISH_AGAIN:
                shared.unclaimed[attempt.number] = None
                shared.inbox.append(attempt)
            case Step.LOOK_AGAIN:
                return self.go_on()
            case Step.WITHDRAW_AGAIN:
                return shared.claim(attempt.number)
            case _:
                shared.wake()
        return None


class LastWordIsTheManagers(Stopper):
    """Stops a task whose future gets its end when the worker has ended."""

    __slots__ = ()

    def perform(self, step: Step) -> Result:
        return None if step is Step.NOTIFY_STOPPED else super().perform(step)


class Attempt(PoolFuture["T"]):
    """The future of one attempt."""

    whole: Retried[T]

    def __init__(self, shared: Shared, number: int) -> None:
        super().__init__(shared, number)
        self.add_done_callback(_attempt_ended)

    def stopper_at_limit(self) -> Stopper:
        """As the plain one, unless another attempt may follow."""
        kind = LastWordIsTheManagers if self.whole.tries else Stopper
        return kind(self, self.shared, force=False)

    def end(self) -> Ending:
        """What it has ended with."""
        return self._result, self._exception, self._state

    def _tell(self) -> bool:
        if self.frame is not None:
            self.whole.frame = self.frame
        return super()._tell()


def _attempt_ended(attempt: Any) -> None:
    attempt.whole.attempt_ended(attempt)


class Retried(PoolFuture["T"]):
    """The caller's future."""

    make: Callable[[Shared, int], Attempt[T]]
    retries: Retries
    tries: int
    """How many attempts may follow."""
    causes: tuple[type[BaseException], ...]
    attempt: Attempt[T] | None = None
    """The last one, until this has its end."""
    before: tuple[BaseException, ...] = ()
    """With what the attempts before have ended."""
    teller: int | None = None
    """The thread that has given it its end, or is about to."""

    def first(self, shared: Shared, number: int) -> Attempt[T]:
        """The first attempt."""
        self.attempt = self.make(shared, number)
        self.attempt.whole = self
        return self.attempt

    def attempt_ended(self, attempt: Attempt[T]) -> None:
        """Try again, or have the end of this attempt.  A second time nothing is changed."""
        try:
            for _ in held(self._condition):
                if self.done() or self.attempt is not attempt or self._tries_again(attempt):
                    return
            end = attempt.end()
            if self.before and end[1] is not None:
                noted(end[1], attempts_before(self.before))
        except BaseException as error:  # no call is lost to it
            if attempt.cancelled():  # by this thread, whose call a signal handler may have interrupted
                self._end(CANCELLED_END)
                raise
            end = error_end(error)
        self._end(end)

    def _tries_again(self, attempt: Attempt[T]) -> bool:
        """Under the lock.  Who cancels finds the further attempt when that has been submitted."""
        if not self.is_between(attempt):
            return False
        pool = self.retries.pool
        error: Any = attempt.end()[1]  # one of the causes
        self.tries -= 1
        again = self.make(pool.shared, next(pool.shared.numbers))
        again.whole, again.name, again.frame = self, attempt.name, self.frame
        if not pool.submit_again(again, self.retries.go_on):
            return False
        self.before = *self.before[1 - TOLD :], error
        self.attempt = again
        return True

    def _end(self, end: Ending) -> None:
        for _ in held(self._condition):
            self._tell_end(end)
        self._call_back()

    def _tell_end(self, end: Ending) -> None:
        """Under the lock."""
        if not self.done():
            self.teller = get_ident()
            self.complete(end)

    def _call_back(self) -> None:
        """By the thread that has told the end; if it was interrupted in between, also a second time."""
        if self.done() and self.teller == get_ident():
            if self.shared is not None:
                self.complete(CANCELLED_END)
            self.retries.ended(self)
            self.run_callbacks()
            self.attempt, self.before = None, ()

    def is_between(self, attempt: Attempt[T] | None) -> bool:
        """Whether this attempt is over, and another one is to follow."""
        if attempt is None or not attempt.done() or not self.tries or self.frame is None:
            return False
        return self.retries.go_on() and isinstance(attempt.end()[1], self.causes)

    # --- the face ---------------------------------------------------------------------------------------------------

    def cancel(self) -> bool:
        """As of any future; between two attempts no worker has begun it."""
        return self._end_through("cancel")

    def terminate(self) -> bool:
        """Likewise."""
        return self._end_through("terminate")

    def kill(self) -> bool:
        """Likewise."""
        return self._end_through("kill")

    def get_stack(self) -> StackSummary:
        """Of the attempt that is under way."""
        attempt = self.attempt
        return super().get_stack() if attempt is None else attempt.get_stack()

    def print_stack(self, file: TextIO | None = None) -> None:
        """Likewise."""
        attempt = self.attempt
        if attempt is None:
            super().print_stack(file)
        else:
            attempt.print_stack(file)

    def running(self) -> bool:
        """Whether a worker has begun the attempt, and no other one is to follow."""
        attempt = self.attempt
        if attempt is None or self.done() or self._is_inherited():
            return False
        return attempt.running() or (attempt.done() and not self.is_between(attempt))

    def _end_through(self, how: str) -> bool:
        if self._is_inherited():
            return False
        try:
            self._end_attempt(how)
        except BaseException:
            for _ in TRIES:  # nothing is called between two of them
                try:
                    self._make_up_for_it()
                    break
                except BaseException:  # noqa: BLE001, S112 - of the same kind, or a callback's
                    continue
            raise
        return self.cancelled()

    def _end_attempt(self, how: str) -> None:
        """Until it is certain what has become of the attempt that is the last."""
        while (attempt := self.attempt) is not None and not self.done():
            if getattr(attempt, how)():
                self._end(CANCELLED_END)
            elif not self._ends_between(attempt) and self.attempt is attempt:
                return

    def _make_up_for_it(self) -> None:
        attempt = self.attempt
        if attempt is not None and attempt.cancelled():
            self._end(CANCELLED_END)
        else:
            self._call_back()

    def _ends_between(self, attempt: Attempt[T]) -> bool:
        """Cancel it if another attempt was to follow."""
        for _ in held(self._condition):
            if self.attempt is not attempt or not self.is_between(attempt):
                return False
            self._tell_end(CANCELLED_END)
        self._call_back()
        return True
