"""The client's side of one executor: its unfinished futures, and what the scheduler tells of them.

What the scheduler tells comes in one stream, in the thread of the client's event loop; there futures are told, and
nothing waits.  User code runs in threads of its own (``user_code``).  Must not know: how arguments are checked.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from asyncio import CancelledError
from collections import deque
from functools import partial
from typing import NamedTuple

from distributed import Future as EngineFuture
from distributed.utils import offload

from checkedpool._os import system
from checkedpool._os.locks import Latch
from checkedpool._payload import pickling
from checkedpool._payload.pickling import Kind
from checkedpool._pool.shared import CANCELLED_END, Shared, error_end, value_end
from checkedpool._worker.worker import called
from checkedpool.dask import messages, worker
from checkedpool.dask.codec import codec_with, dumps
from checkedpool.dask.errors import DIED, DIED_ELSEWHERE, DISCONNECTED, GIVEN_UP, as_standard
from checkedpool.dask.future import NO_OPTIONS, DaskFuture
from checkedpool.dask.slots import Slots
from checkedpool.dask.user_code import UserCode
from checkedpool.errors import AFTER_EXIT, AFTER_SHUTDOWN, ExecutorShutdownError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from distributed import Client

    from checkedpool._given.own_pickler import OwnPickler
    from checkedpool._pool.shared import Ending
    from checkedpool.dask.future import Options
    from checkedpool.dask.trace_file import TraceFile

NO_CLIENT = "the client is {status}: it takes no tasks"
MANY, LARGE = 100, 1 << 20
"""Tasks, and about how many bytes of calls, in one graph for the engine, which warns of ten times as many bytes."""


class Wishes(NamedTuple):
    """What the caller wants of an executor."""

    breaks: bool
    """A death breaks it."""
    pickler: OwnPickler | None = None
    trace: TraceFile | None = None
    close: Callable[[], object] | None = None
    """What is to be called in the end."""


class Session(Shared):
    """What executor, futures and the client's event loop share."""

    slots_type = Slots

    def __init__(self, client: Client, where: dict[str, object], wished: Wishes) -> None:
        super().__init__()
        self.codec = codec_with(wished.pickler)
        self._pickler = dumps(wished.pickler) if wished.pickler else b""
        self.client, self._where, self._breaks, self._close = client, where, wished.breaks, wished.close
        self.name = uuid.uuid4().hex
        self.unfinished: dict[int, DaskFuture[Any]] = {}  # also those whose callbacks are still to run
        self.user_code = UserCode(self, client.loop)
        self._gate = threading.RLock()  # a finalizer of user code may come in between
        self._cancels = False
        self._asked: dict[int, Latch] = {}
        self.slots = self.slots_type(self._start)
        self._posted: deque[DaskFuture[Any] | dict[str, Any]] = deque()  # tasks to start, and messages
        self._called = False  # the event loop will look at them, and has not begun to
        self._watch = EngineFuture(f"watch-{self.name}", client=client)
        self._loop_thread: int = client.sync(_loop_thread)  # before anything runs there that asks
        _router(client)[self.name] = self._told
        _live[id(self)] = self
        client.loop.add_callback(self._watch_connection)

    # --- calls of client threads ------------------------------------------------------------------------------------

    def submit(
        self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], options: Options = NO_OPTIONS
    ) -> DaskFuture[Any]:
        """Issue a ticket, and have the engine start what asks for one."""
        self.refuse_inherited()
        self._refuse()
        future: DaskFuture[Any] = DaskFuture(self, next(self.numbers), self.revoke, options)
        future.name = called(fn, args)
        try:
            future.payload = self.codec.pack_call(fn, args, kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - pickling is user code
            future.complete(error_end(pickling.call_error(error, future.name, self.codec.unsent_call)))
            return future
        with self._gate:
            self._refuse()
            try:
                self._issue(future)
            except BaseException:
                future.over = True  # it is not started
                self._leave(future)
                self._send_soon()
                raise
        return future

    def revoke(self, numbers: list[int], *, wait: bool = True) -> None:
        """Ask the scheduler to take tickets back; ``wait`` until it has, unless nobody else could hear of it here."""
        asked, answered = next(self.numbers), Latch()
        self._asked[asked] = answered
        self._post({"op": messages.REVOKE, "executor": self.name, "numbers": numbers, "asked": asked})
        if self.broken is not None or self.client.status == "closed":
            self._answer(asked)
        if wait and not self.is_in_loop():
            answered.wait()

    def _answer(self, asked: int) -> None:
        """Let the canceller go on; whoever takes the latch sets it."""
        answered = self._asked.pop(asked, None)
        if answered is not None:
            answered.set()

    def shutdown(self, *, wait: bool, cancel: bool) -> None:
        """Close; cancel what has not begun; wait until all is over, in a thread that can."""
        if self.is_inherited():
            return
        with self._gate:
            self.closed = self.closed or partial(ExecutorShutdownError, AFTER_SHUTDOWN)
            self._cancels = self._cancels or cancel
        if cancel:
            waiting = [number for number, future in list(self.unfinished.items()) if not future.running()]
            if waiting:
                self.revoke(waiting, wait=False)
        self._end_if_over()
        if wait and not self.is_in_loop() and threading.get_ident() not in self.own_threads:
            self.ended.wait()
            self.user_code.join()

    def collected(self) -> None:
        """Nobody refers to the executor any more."""
        self.shutdown(wait=False, cancel=False)

    def is_in_loop(self) -> bool:
        """Whether this is the thread of the client's event loop."""
        return threading.get_ident() == self._loop_thread

    def _refuse(self) -> None:
        refusal = self.broken or self.closed
        if refusal is not None:
            raise refusal()
        if _exiting.is_set():
            raise ExecutorShutdownError(AFTER_EXIT)
        if self.client.status != "running":
            raise as_standard()(NO_CLIENT.format(status=self.client.status))

    def _issue(self, future: DaskFuture[Any]) -> None:
        """Behind the gate: a request to cancel finds it, and its message comes behind this one."""
        self.unfinished[future.number] = future
        self._post(future)

    def _post(self, what: DaskFuture[Any] | dict[str, Any]) -> None:
        """Have it sent, after all that was posted before."""
        self._posted.append(what)
        try:
            if not self._called:
                self._send_soon()
        except BaseException:
            self._called = False  # as far as this one knows: the next one calls, once too often perhaps
            raise

    def _send_soon(self) -> None:
        self._called = True
        self.client.loop.add_callback(self._send_posted)

    def _send(self, message: dict[str, Any]) -> None:
        self.client._send_to_scheduler(message)

    # --- in the thread of the event loop ----------------------------------------------------------------------------

    async def _watch_connection(self) -> None:
        """A future of the engine that nobody computes ends when the client loses its scheduler, restarts or closes."""
        with contextlib.suppress(Exception, CancelledError):
            await self._watch
        if not self.start:  # else it was let go of
            self._break(partial(as_standard(), DISCONNECTED, ran=None))

    def _send_posted(self) -> None:
        """Tasks as one graph, up to a message, and that; what is left has its turn after the other work of the loop."""
        self._called = False  # first: whoever posts from here on and is not seen here calls again
        tasks: list[DaskFuture[Any]] = []
        size = 0
        message = None
        while self._posted and message is None and len(tasks) < MANY and size < LARGE:
            what = self._posted.popleft()
            if isinstance(what, dict):
                message = what
            elif not what.over:
                tasks.append(what)
                size += len(what.payload)
        try:
            if tasks:
                self._issue_all(tasks)
            if message is not None:
                self._send(message)
        except Exception:  # noqa: BLE001 - the client is closed
            self._break(partial(as_standard(), DISCONNECTED, ran=None))
        if self._posted:
            self._send_soon()

    def _issue_all(self, futures: list[DaskFuture[Any]]) -> None:
        numbers = [future.number for future in futures]
        calls = [future.payload for future in futures]
        priorities = [messages.priority_as(future.priority) for future in futures]
        self._send(
            {"op": messages.ISSUE, "executor": self.name, "numbers": numbers, "calls": calls, "priorities": priorities}
        )
        for future in futures:
            if not future.tries:
                future.payload = b""
        self.slots.wait(numbers)

    def _start(self, many: int) -> dict[int, object]:
        """Have the engine start so many tasks that ask for tickets."""
        slots = [next(self.numbers) for _ in range(many)]
        started = self.client.map(
            worker.run, [self.name] * many, slots, client=self.client.id, pickler=self._pickler,
            key=[messages.key_of((self.name, slot)) for slot in slots],
            pure=False, retries=0, fifo_timeout=0, **self._where,
        )  # fmt: skip
        return dict(zip(slots, started, strict=True))

    def _told(self, what: str, number: int, slot: int | None = None, **more: Any) -> None:
        if what == messages.REVOKED:
            self._revoked(more["numbers"])
            self._answer(number)
            return
        if what == messages.SPENT:
            self.slots.over(number)
            return
        if what == messages.BEGUN:
            self.slots.begun(number, slot)
        else:
            self.slots.over(slot)
        future = self.unfinished.get(number)
        if future is None or future.over:
            return
        if what == messages.BEGUN:
            future.begun()
        elif what == messages.ANSWERED:
            self._answered(future, more["kind"], more["body"])
        elif what == messages.LOST:
            self._lost(future, more["worker"])
        elif what == messages.FAILED:
            said = GIVEN_UP.format(task=future.name, text=more["text"])
            self._end(future, error_end(as_standard()(said, task=future.name, ran=None if future.running() else False)))

    def _answered(self, future: DaskFuture[Any], kind: int, body: bytes) -> None:
        if kind == Kind.PLAIN.value:
            self._end(future, value_end(self.codec.unpack(body)))
        else:
            self._let_go(future)
            self.user_code.give(partial(self._deliver, future, kind, body))

    def _deliver(self, future: DaskFuture[Any], kind: int, body: bytes) -> None:
        """In a thread for user code: read the answer."""
        try:
            if kind == Kind.ERROR.value:
                end = error_end(pickling.load_error(body, self.codec.load))
            else:
                end = value_end(self.codec.unpack(body))
        except BaseException as error:  # noqa: BLE001 - reading a value is user code
            end = error_end(pickling.value_error(error, future.name))
        if self._tries_again(future, end):
            return
        try:
            future.complete_and_call(end)
        finally:
            self._leave(future)

    def _lost(self, future: DaskFuture[Any], address: str) -> None:
        task = future.name
        error = as_standard()
        self._end(future, error_end(error(DIED.format(worker=address, task=task), worker=address, task=task, ran=True)))
        if self._breaks:
            said = DIED_ELSEWHERE.format(worker=address, task=task)
            self._break(partial(error, said, worker=address, task=task, ran=False))

    def _revoked(self, numbers: list[int]) -> None:
        for number in numbers:
            if (future := self.unfinished.get(number)) is not None and not future.over:
                self._end(future, CANCELLED_END)

    def _break(self, refusal: Callable[[], Exception]) -> None:
        """Nothing more is accepted; what is unfinished is over, and what waits at the scheduler will not begin."""
        with self._gate:
            if self.broken is not None:
                return
            self.broken = refusal
        left = [future for future in list(self.unfinished.values()) if not future.over]
        numbers = [future.number for future in left]
        with contextlib.suppress(Exception):  # nobody may be there to hear it
            self._send({"op": messages.REVOKE, "executor": self.name, "numbers": numbers, "asked": -1})
        for future in left:
            self._end(future, error_end(refusal()))
        for asked in list(self._asked):
            self._answer(asked)
        self._end_if_over()

    def _tries_again(self, future: DaskFuture[Any], end: Ending) -> bool:
        """Have the call begin again under another ticket, if that is asked for.

        After a request to cancel, or where the executor is broken, nothing more is to begin.
        """
        if not future.is_tried_again_after(end[1]):
            return False
        with self._gate:
            if self._cancels or self.broken is not None:
                return False
            before = future.number
            future.try_again_as(next(self.numbers))
            self._issue(future)  # first: while there is one, the executor has not ended
            del self.unfinished[before]
        return True

    def _end(self, future: DaskFuture[Any], end: Ending) -> None:
        """Tell all who wait; callbacks are user code."""
        self._let_go(future)
        if self._tries_again(future, end):
            return
        if future.complete(end):
            self.user_code.give(partial(self._call_back, future))
        else:
            self._leave(future)

    def _call_back(self, future: DaskFuture[Any]) -> None:
        try:
            future.complete_and_call(None)
        finally:
            self._leave(future)

    def _let_go(self, future: DaskFuture[Any]) -> None:
        """No ticket of it is wanted any more."""
        future.over = True
        self.slots.waits_no_more(future.number)
        if not future.tries:
            future.payload = b""

    # --- the end ----------------------------------------------------------------------------------------------------

    def _leave(self, future: DaskFuture[Any]) -> None:
        future.payload = b""
        self.unfinished.pop(future.number, None)
        self._end_if_over()

    def _end_if_over(self) -> None:
        """Once it is closed and nothing is left: let everything go, once, in whatever thread sees it first."""
        if self.closed is None or self.unfinished or not self.start.take(object()):
            return
        _router(self.client).pop(self.name, None)
        self._watch.release()
        self.slots.let_go()
        self.user_code.end()
        if self._close is None:
            self._be_over()
        else:  # it waits for the event loop, which may be here
            self._close_aside()

    def _close_aside(self) -> None:
        closing = threading.Thread(target=self._close_and_be_over, name="checkedpool closes its cluster")
        try:
            closing.start()
        except RuntimeError:  # beside the interpreter's exit, which ends the cluster's processes as well
            self._be_over()

    def _close_and_be_over(self) -> None:
        try:
            if self._close is not None:
                self._close()
        finally:
            self._be_over()

    def _be_over(self) -> None:
        _live.pop(id(self), None)
        self.ended.set()


async def _loop_thread() -> int:
    """Which it is; and the engine's thread for what is large is there now: beside the exit none can be started."""
    await offload(int)
    return threading.get_ident()


class Router:
    """Of one client: hands on what its scheduler tells, by the executor's name."""

    def __init__(self) -> None:
        self.sessions: dict[str, Callable[..., None]] = {}

    def __call__(self, executor: str, **told: Any) -> None:
        """In the thread of the event loop."""
        hear = self.sessions.get(executor)
        if hear is not None:
            hear(**told)


def _router(client: Client) -> dict[str, Callable[..., None]]:
    """Where a client's executors listen."""
    router: Router = client._stream_handlers.setdefault(messages.TOLD, Router())
    return router.sessions


# --- the interpreter's exit -------------------------------------------------------------------------------------------

_live: dict[int, Session] = {}
_exiting = threading.Event()


def _at_exit() -> None:
    """Everything that was submitted is run; the engine's threads are daemons and live on meanwhile."""
    _exiting.set()
    while sessions := [session for session in list(_live.values()) if not session.is_inherited()]:
        for session in sessions:
            session.shutdown(wait=True, cancel=False)


# Registered after the engine's own imports, so called before concurrent.futures forbids what the engine needs.
threading._register_atexit(system.weakly(_at_exit))  # type: ignore[attr-defined]
system.in_child.append(_live.clear)  # the parent's executors are not this process's
