"""Carries out one step of a script on the live pool.

It records what each call answered or raised and judges nothing. No reference to the executor outlives a step: the
plan may drop the last one. User code of the round (the callbacks) is here too.
"""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, as_completed, wait
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Protocol, cast

from tests.checks.stress import catalogue, procs, tasks
from tests.checks.stress.board import Board
from tests.checks.stress.catalogue import Kind, Outcome
from tests.checks.stress.plan import (
    WAITING,
    Await,
    Blow,
    Callback,
    Cancel,
    Close,
    Closing,
    Fork,
    Gate,
    Hook,
    Look,
    Map,
    Plan,
    Sibling,
    Steal,
    Step,
    Strike,
    Submit,
    Task,
    Waiting,
    Work,
    nested_task,
)
from tests.checks.stress.record import OBSERVER, CancelCall, CloseCall, LookCall, MapCall


class RaisedByCallbackError(Exception):
    """What a callback raises on purpose."""


class RaisedByCallbackBaseError(BaseException):
    """Likewise, and no Exception."""


class Forceful(Protocol):
    """What an executor with 3.14's methods has besides."""

    def terminate_workers(self) -> None: ...
    def kill_workers(self) -> None: ...


class Actor:
    """Carries out steps; one for all threads of a round."""

    def __init__(self, board: Board, journal: str, make: Callable[[Plan], Executor]) -> None:
        self.board = board
        self.journal = journal
        self.make = make

    def do(self, step: Step) -> None:
        """One step, to its end."""
        match step:
            case Submit(slot, task, callbacks):
                self.submit(slot, task, callbacks)
            case Map():
                self.map(step)
            case Cancel(slot):
                self.cancel(slot)
            case Await(how, slots):
                self.wait(how, slots)
            case Gate(done):
                self.board.wait_for_progress(done)
            case Look(slot):
                self.look(slot)
            case Strike() | Fork() | Steal() | Sibling():
                self.meddle(step)
            case Close(how):
                self.close(how)

    # --- submit ------------------------------------------------------------------------------------------------------

    def submit(self, slot: int, task: Task, callbacks: tuple[Callback, ...]) -> None:
        """Submit, and hang the callbacks on the future."""
        begin = self.board.stamp()
        try:
            future = self._submit(slot, task)
        except BrokenExecutor as broken:
            self.board.refused(slot, begin, self.board.stamp(), Kind.BROKEN, catalogue.error(broken))
        except Exception as refusal:  # noqa: BLE001 - the oracle decides whether it may raise this
            self.board.refused(slot, begin, self.board.stamp(), Kind.REFUSED, catalogue.error(refusal))
        else:
            if future is None:
                self.board.refused(slot, begin, self.board.stamp(), Kind.SKIPPED)
                return
            self.board.accepted(slot, begin, self.board.stamp(), future)
            for index, callback in enumerate((Callback(Hook.NOTHING), *callbacks), start=OBSERVER):
                self._add_callback(slot, index, callback, future)

    def _submit(self, slot: int, task: Task) -> "Future[object] | None":
        executor = self.board.executor
        if executor is None:
            return None
        arguments = catalogue.arguments(task, self.board.executor_class)
        return executor.submit(catalogue.FUNCTIONS[task.work], self.journal, str(slot), *arguments)

    def _add_callback(self, slot: int, index: int, callback: Callback, future: "Future[object]") -> None:
        with suppress(RaisedByCallbackBaseError):  # if it was done, the callback ran here, and may raise here
            future.add_done_callback(partial(self._called_back, slot, index, callback))
        self.board.callback_added(slot, index, late=future.done())

    def _called_back(self, slot: int, index: int, callback: Callback, future: "Future[object]") -> None:
        with self.board.callback(slot, index):
            if not future.done():
                self.board.errors.append(f"callback {index} of slot {slot} ran before the future was done")
            self._hook(callback)

    def _hook(self, callback: Callback) -> None:
        match callback.hook:
            case Hook.NOTHING:
                pass
            case Hook.RAISES:
                raise RaisedByCallbackError
            case Hook.RAISES_BASE:
                raise RaisedByCallbackBaseError
            case Hook.SUBMITS:
                self.submit(callback.slot, nested_task(callback.slot), ())
            case Hook.CANCELS:
                self.cancel(callback.slot)
            case Hook.WAITS:
                self.wait_within_callback(callback.slot)
            case Hook.SHUTS_DOWN:
                self.close(Closing.DRAIN_WAIT)

    # --- the other calls ---------------------------------------------------------------------------------------------

    def cancel(self, slot: int) -> None:
        """Cancel, if there is a future yet."""
        future = self.board.future(slot)
        if future is None:
            return
        try:
            answer = future.cancel()
        except RaisedByCallbackBaseError:
            answer = True  # the callbacks ran here: it was cancelled
        except BaseException as raised:  # noqa: BLE001 - nothing may be raised: the oracle's business
            self.board.cancels.append(CancelCall(slot, answer=False, error=catalogue.error(raised)))
            return
        self.board.cancels.append(CancelCall(slot, answer))

    def wait_within_callback(self, slot: int) -> None:
        """Wait for another future from a pool's own thread."""
        if future := self.board.future(slot):
            wait([future])

    def wait(self, how: Waiting, slots: tuple[int, ...]) -> None:
        """Wait for futures in one of the ways there are; returning at all is what is tested."""
        found = [self.board.wait_for_submit(slot) for slot in slots]
        futures = [future for future in found if future is not None]
        match how:
            case Waiting.ALL:
                wait(futures)
            case Waiting.FIRST:
                if futures:
                    wait(futures, return_when=FIRST_COMPLETED)
            case Waiting.AS_COMPLETED:
                self._count_as_completed(futures)
            case Waiting.RESULTS:
                for future in futures:
                    outcome_of(future)

    def _count_as_completed(self, futures: "list[Future[object]]") -> None:
        seen = [id(future) for future in as_completed(futures)]
        if len(seen) != len(set(seen)) or len(seen) != len(futures):
            self.board.errors.append(f"as_completed gave {len(seen)} of {len(futures)} futures")

    def look(self, slot: int) -> None:
        """Ask a future how it is doing."""
        if future := self.board.future(slot):
            done = future.done()
            running = future.running()
            self.board.looks.append(LookCall(slot, running, done, future.cancelled()))

    # --- what others do to the pool ----------------------------------------------------------------------------------

    def meddle(self, step: Strike | Fork | Steal | Sibling) -> None:
        """Something that the pool did not ask for."""
        match step:
            case Strike(victim, blow):
                self.strike(victim, blow)
            case Fork():
                tasks.fork_grandchild()
            case Steal(times):
                for _ in range(times):
                    if not procs.steal_status():
                        break
                    os.sched_yield()
            case Sibling(slot, items):
                self.map(Map(slot, Work.QUICK, items, 1, items), of_its_own=True)

    def strike(self, victim: int, blow: Blow) -> None:
        """Signal one of the workers there are, if any."""
        living = self.look_at_workers()
        if living:
            chosen = living[victim % len(living)]
            if procs.strike(chosen.pid, chosen.parent, getattr(signal, blow.value)):
                self.board.strikes += 1
                self.board.interrupts += blow is Blow.INTERRUPT

    def look_at_workers(self) -> list[procs.Process]:
        """The living workers, and note how many there are."""
        living = procs.workers(self.board.plan.method)
        self.board.workers_seen.update(process.pid for process in living)
        self.board.most_workers = max(self.board.most_workers, len(living))
        return living

    def map(self, step: Map, *, of_its_own: bool = False) -> None:
        """Map, take some results, close the rest; in another pool that lives no longer than that, if so wished."""
        begin = self.board.stamp()
        results: list[str] = []
        stopped: Outcome | None = None
        try:
            if of_its_own:
                with self.make(self.board.plan) as sibling:
                    _take(self._mapped(sibling, step), step.take, results)
            elif (iterator := self._mapped(self.board.executor, step)) is not None:
                _take(iterator, step.take, results)
            else:
                stopped = Outcome(Kind.SKIPPED)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is the map's outcome
            stopped = outcome_of_error(raised)
        self.board.maps.append(MapCall(step.slot, begin, self.board.stamp(), tuple(results), stopped))

    def _mapped(self, executor: Executor | None, step: Map) -> Iterator[object] | None:
        """The iterator of a map; whoever takes from it holds no executor, for an error would keep that alive."""
        if executor is None:
            return None
        marks = [f"{step.slot}.{item}" for item in range(step.items)]
        options: dict[str, int] = {"chunksize": step.chunk}
        if step.buffer is not None:
            options["buffersize"] = step.buffer
        function = catalogue.FUNCTIONS[step.work]
        return executor.map(function, [self.journal] * step.items, marks, range(step.items), **options)

    # --- the ends ----------------------------------------------------------------------------------------------------

    def close(self, how: Closing) -> None:
        """Ask the pool to end, and note what was so when the call returned."""
        executor = self.board.executor
        if executor is None:
            return
        call = CloseCall(how, self.board.stamp(), None, self.board.in_callback)
        self.board.pending_closes[call.begin] = call
        if how is Closing.DROP:
            self.board.executor = None
        error = ""
        try:
            _close(executor, how)
        except BaseException as raised:  # noqa: BLE001 - nothing may be raised: the oracle's business
            error = catalogue.error(raised)
        del executor
        self.board.closes.append(self._after(replace(call, end=self.board.stamp(), error=error)))
        del self.board.pending_closes[call.begin]

    def _after(self, call: CloseCall) -> CloseCall:
        """What is to be seen at the return of a call that waits."""
        if call.how not in WAITING or call.in_callback:
            return call
        workers = len(self.look_at_workers())
        return replace(call, undone=self.board.undone(), unheard=self.board.unheard(), workers=workers)


def _take(iterator: Iterator[object] | None, amount: int, results: list[str]) -> None:
    """The first results, then no more."""
    if iterator is not None:
        for _ in range(amount):
            results.append(tasks.summary(next(iterator)))  # noqa: PERF401 - keep what came before an error
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def _close(executor: Executor, how: Closing) -> None:
    ends: dict[Closing, Callable[[], object]] = {
        Closing.DRAIN: lambda: executor.shutdown(wait=False),
        Closing.DRAIN_WAIT: lambda: executor.shutdown(wait=True),
        Closing.CANCEL: lambda: executor.shutdown(wait=False, cancel_futures=True),
        Closing.CANCEL_WAIT: lambda: executor.shutdown(wait=True, cancel_futures=True),
        Closing.CONTEXT: lambda: executor.__exit__(None, None, None),
        Closing.TERMINATE: lambda: cast("Forceful", executor).terminate_workers(),
        Closing.KILL: lambda: cast("Forceful", executor).kill_workers(),
        Closing.DROP: lambda: None,
    }
    ends[how]()


def outcome_of_error(raised: BaseException) -> Outcome:
    """What an exception out of result() or next() means."""
    if isinstance(raised, BrokenExecutor):
        cause = f" caused by {catalogue.error(raised.__cause__)}" if raised.__cause__ else ""
        return Outcome(Kind.BROKEN, catalogue.error(raised) + cause)
    if type(raised).__name__ == "CancelledError":
        return Outcome(Kind.CANCELLED)
    return Outcome(Kind.ERROR, catalogue.error(raised))


def outcome_of(future: "Future[object]", timeout: float | None = None) -> Outcome:
    """How a future ended; it waits, as its user would."""
    try:
        return Outcome(Kind.VALUE, tasks.summary(future.result(timeout)))
    except BaseException as raised:  # noqa: BLE001 - a task may raise anything
        return outcome_of_error(raised)
