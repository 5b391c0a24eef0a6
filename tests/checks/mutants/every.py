"""Mutants that are found by tests which ask all cases of a finite set (the mark ``every``).

Decides: what is broken, which test finds it. Must not know: how that test looks.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from typing import Any
from unittest import mock

from checkedpool import (
    arrivals,
    errors,
    executor,
    furnishing,
    listening,
    mapping,
    options,
    reusable,
    seconds,
    stats,
    within,
)  # fmt: skip
from checkedpool._core import messages
from checkedpool._core.manager import Manager
from checkedpool._fast import direct_dispatch, memory, parking
from checkedpool._fast.worker_rounds import QuickWorker
from checkedpool._given import log_forwarding, log_records, own_pickler, stderr_tails
from checkedpool._os import locks, servers, system
from checkedpool._payload import pickling
from checkedpool._pool import bounded, retrying, shared, starting_in_threads, time_limits, user_code, worker_channels
from checkedpool._pool import pool as pool_module
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.pool import Pool
from checkedpool._trace.trace_log import TraceLog
from checkedpool._worker import worker
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.checks.mutants import ladder
from tests.checks.mutants.mutant import Broken, Mutant
from tests.checks.mutants.quick import patched, reworded
from tests.checks.mutants.shell import says_of_nobody_that_it_ran

__all__ = ["MUTANTS"]

SUBMIT_NEXT, DUMP, SHUTDOWN = mapping._submit_next, pickling.dump_error, Pool.shutdown
POOL = executor.ProcessPoolExecutor


# --- map --------------------------------------------------------------------------------------------------------------


def gives_what_it_has(fn: Callable[..., Any], *columns: tuple[Any, ...]) -> list[Any]:
    """A chunk in which a call raises ends there, and what came before is its result."""
    found: list[Any] = []
    with suppress(Exception):
        found.extend(fn(*args) for args in zip(*columns, strict=True))
    return found


def submits_if_it_can(
    submit: Callable[..., Future[Any]], call: Callable[..., Any], items: Iterator[tuple[Any, ...]], futures: Any
) -> None:
    """Where nothing more is accepted the map is at its end."""
    with suppress(RuntimeError):
        SUBMIT_NEXT(submit, call, items, futures)


MAPS: tuple[tuple[str, Broken, str], ...] = (
    ("a map counts its time from each result", reworded(mapping, "_take", "until - time.monotonic()", "until"), "C-26"),
    ("a map that is closed cancels nothing",
     reworded(mapping, "_give_up", "futures.popleft().cancel()", "futures.popleft()"), "C-29 C-31"),
    ("what a call raises ends its map", reworded(mapping, "_in_order", "if raised is not error:", "if True:"), "C-29"),
    ("a map goes on after its time", reworded(mapping, "_in_order", "if raised is not error:", "if False:"),
     "C-26 C-29"),
    ("a call's TimeoutError is the map's",
     reworded(mapping, "_take", "if not _has", "if isinstance(error, TimeoutError) or not _has"), "C-108"),
    ("who ends as the time is over was in time",
     reworded(mapping, "_has_ended_with", "future.done() and future.exception() is error", "future.done()"),
     "C-26 C-108"),
    ("a map reads two inputs when one result is taken",
     reworded(mapping, "_submit_next", "islice(items, 1)", "islice(items, 2)"), "C-30"),
    ("the results of a chunk come the other way round",
     reworded(mapping, "_in_order", "ready.popleft()", "ready.pop()"), "C-25"),
    ("a chunk in which a call raises is shorter", patched(mapping, "run_chunk", gives_what_it_has), "C-28"),
    ("a map ends where a submit is refused", patched(mapping, "_submit_next", submits_if_it_can), "C-32"),
)  # fmt: skip

INTERRUPTED: tuple[tuple[str, Broken, str], ...] = (
    ("after an interruption a map goes on with the next result",
     reworded(mapping, "_in_order", "if raised is not error:",
              "if raised is not error and not isinstance(raised, KeyboardInterrupt):"), "C-29"),
)  # fmt: skip

# --- arguments --------------------------------------------------------------------------------------------------------


def wants_a_float(name: str, value: object) -> float:
    """As it was before Python 3.15."""
    if not isinstance(value, int | float):
        raise TypeError(name)
    return float(value)


ARGUMENTS: tuple[tuple[str, Broken, str], ...] = (
    ("a pool may have no workers", reworded(executor, "_positive", "value <= 0", "value < 0"), "C-63 C-72"),
    ("the context is always the platform's own",
     patched(executor, "_default_context", lambda *_: multiprocessing.get_context()), "C-64"),
    ("an initializer may be anything", patched(executor, "_check_callable", lambda _: None), "C-65"),
    ("a limit of tasks goes with fork",
     reworded(POOL, "__init__", '"max_tasks_per_child": max_tasks_per_child is not None,', ""), "C-72"),
    ("replace goes with fork",
     reworded(POOL, "__init__", "\"on_worker_death='replace'\": policy is DeathPolicy.REPLACE,", ""), "C-85"),
    ("a chunk may be of any size", reworded(POOL, "map", "if chunksize < 1:", "if False:"), "C-27"),
    ("text is a number of seconds", reworded(seconds, "real", 'if not hasattr(type(value), "__float__")', "if False"),
     "C-65 C-109"),
    ("seconds are an int or a float", patched(seconds, "real", wants_a_float), "C-109"),
    ("a buffer may be of any size", patched(mapping, "_check_buffersize", lambda _: None), "C-30"),
)  # fmt: skip

# --- exceptions -------------------------------------------------------------------------------------------------------


def forgets_what_it_was_about(error: BaseException, *_: Any) -> bytes:
    """Of an exception its class arrives."""
    kind = type(error)
    return DUMP(kind.__new__(kind))


def ends_with_what_it_cannot_read(body: Any, codec: Any, held: list[object]) -> Any:
    """A worker that cannot unpickle a task ends."""
    try:
        codec.unpack(body)
    except BaseException:  # noqa: BLE001 - whatever it is
        os._exit(1)
    return worker.answer_to(body, codec, held)


def answers_anyway(body: Any, codec: Any, held: list[object]) -> Any:
    """For a result that cannot be pickled there is another one."""
    fn, args, kwargs = codec.unpack(body)
    value = fn(*args, **kwargs)
    held.append(value)
    try:
        return codec.pack_answer(value)
    except BaseException:  # noqa: BLE001 - likewise
        return codec.pack_answer(None)


def wants_a_function(pool: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
    """What cannot be called is refused."""
    if not callable(fn):
        raise TypeError(fn)
    return pool._pool.submit(fn, args, kwargs)


EXCEPTIONS: tuple[tuple[str, Broken, str], ...] = (
    ("an error comes without the traceback from where it was",
     patched(pickling, "with_remote_cause", lambda error, _: error), "C-34"),
    ("an error comes without what it was about", patched(pickling, "dump_error", forgets_what_it_was_about), "C-33"),
    ("a task may end its worker by an exception",
     reworded(QuickWorker, "_do_call", "except BaseException as error:", "except Exception as error:"), "C-35"),
    ("a worker ends with a task that it cannot read",
     patched(worker.Worker, "answer_to", staticmethod(ends_with_what_it_cannot_read)), "C-37 C-41"),
    ("a result that cannot be pickled is none",
     patched(worker.Worker, "answer_to", staticmethod(answers_anyway)), "C-38"),
    ("an error of transport looks like one of the function",
     reworded(pickling, "noted", "BaseException.add_note(error, note)", "pass"), "C-115"),
    ("a result that cannot be read is none",
     reworded(user_code, "deliver", "error_end(pickling.value_error(error, future.name))", "value_end(None)"), "C-39"),
    ("what is not callable is refused", patched(POOL, "submit", wants_a_function), "C-24"),
)  # fmt: skip

# --- callbacks --------------------------------------------------------------------------------------------------------

CALLBACKS: tuple[tuple[str, Broken, str], ...] = (
    ("callbacks are called last one first", patched(shared, "TAKE_FIRST", list.pop), "C-10"),
    ("what a callback raises costs the next one",
     reworded(shared.PoolFuture, "run_callbacks", "raised = *raised, error", "raise"), "C-11"),
    ("of what several callbacks raise one is heard of",
     reworded(shared.PoolFuture, "run_callbacks", "for earlier in raised[:-1]:", "for earlier in ():"), "C-11"),
)  # fmt: skip

# --- requests ---------------------------------------------------------------------------------------------------------


def does_not_terminate_what_is_closed(pool: Any) -> None:
    """CPython's own bug: the second request is none (gh-152967)."""
    if pool._pool.shared.closed is None:
        pool._pool.shutdown(ShutdownLevel.TERMINATE, wait=False)


def cancels_when_it_is_collected(pool: Any) -> None:
    """Nobody can hear of it any more."""
    pool.shutdown(ShutdownLevel.CANCEL, wait=False)


def starts_to_end(pool: Any, level: ShutdownLevel, *, wait: bool) -> None:
    """There is always something to shut down."""
    pool.start_once()
    SHUTDOWN(pool, level, wait=wait)


REQUESTS: tuple[tuple[str, Broken, str], ...] = (
    ("a pool that is closed is not terminated", patched(POOL, "terminate_workers", does_not_terminate_what_is_closed),
     "C-57"),
    ("a refusal is a RuntimeError like others", patched(pool_module, "ExecutorShutdownError", RuntimeError), "C-107"),
    ("terminate_workers() waits", reworded(POOL, "terminate_workers", "wait=False", "wait=True"), "C-55"),
    ("a block is left at once", patched(POOL, "__exit__", lambda pool, *_: pool.shutdown(wait=False)), "C-59"),
    ("a collected pool cancels", patched(Pool, "collected", cancels_when_it_is_collected), "C-62"),
    ("a task that was terminated had not begun",
     patched(RealPlatform, RealPlatform.does[messages.Fail], says_of_nobody_that_it_ran), "C-56"),
    ("a shutdown before the first task starts the pool", patched(Pool, "shutdown", starts_to_end), "C-51"),
)  # fmt: skip

# --- what the system refuses ------------------------------------------------------------------------------------------

TRACES: tuple[tuple[str, Broken, str], ...] = (
    ("a trace that cannot be written is an error", reworded(TraceLog, "write", "except OSError:", "except KeyError:"),
     "C-100"),
)  # fmt: skip
MEMORIES: tuple[tuple[str, Broken, str], ...] = (
    ("memory that cannot be had is an error",
     reworded(memory.Store, "hold", "except (OSError, ValueError):", "except ValueError:"), "C-102"),
)  # fmt: skip

# --- calls ------------------------------------------------------------------------------------------------------------


def takes_fn_by_its_name(pool: Any, fn: Any, *args: Any, **kwargs: Any) -> Any:
    """As the standard executor once did."""
    return pool._pool.submit(fn, args, kwargs)


IN_A_CHILD: tuple[tuple[str, Broken, str], ...] = (
    ("a forked child may submit and wait", patched(shared.Shared, "refuse_inherited", lambda _: None), "C-91"),
    ("a forked child can cancel",
     reworded(shared.PoolFuture, "_end_by", "if self._is_inherited():", "if False:"), "C-92"),
)  # fmt: skip
WAITS_FOR: tuple[tuple[str, Broken, str], ...] = (
    ("who waits has an int or a float",
     reworded(locks.Condition, "wait", "float(max(timeout, 0.0))", "max(timeout, 0.0)"), "C-109"),
)  # fmt: skip
ENDS: tuple[tuple[str, Broken, str], ...] = (
    ("the line of a death says a signal's number without its sign",
     reworded(errors.BrokenErrors, "__init__", "exitcode=death.exitcode", "exitcode=abs(death.exitcode)"), "C-116"),
)  # fmt: skip
SO_LONG: tuple[tuple[str, Broken, str], ...] = (
    ("a death says since when the task had run, and not for how long",
     reworded(errors.BrokenErrors, "__init__", "time.monotonic() - began", "began"), "C-153"),
)  # fmt: skip
STOPS: tuple[tuple[str, Broken, str], ...] = (
    ("a task is stopped where no worker can be started in the place of its own",
     reworded(shared.PoolFuture, "_stopper", "if shared.stopper is None:", "if False:"), "C-113"),
)  # fmt: skip
COPIES: tuple[tuple[str, Broken, str], ...] = (
    ("running() waits in a forked child for a lock of the parent's",
     reworded(shared.PoolFuture, "running", "if self._is_inherited():", "if False:"), "C-92"),
    ("add_done_callback() waits in a forked child for a lock of the parent's",
     reworded(shared.PoolFuture, "add_done_callback", " if not self._is_inherited() else ()", ""), "C-92"),
)  # fmt: skip
GIVEN: tuple[tuple[str, Broken, str], ...] = (
    ("variables may have any name", reworded(furnishing, "_environment", 'or "=" in name', ""), "C-124"),
    (
        "libraries may have no thread at all",
        reworded(furnishing, "_threads", "_positive(", "(lambda n, *_: n)("),
        "C-125",
    ),
    ("a finalizer is whatever it is", patched(furnishing, "_callable", lambda finalizer: finalizer), "C-126"),
)
PICKLED: tuple[tuple[str, Broken, str], ...] = (
    ("errors are rebuilt by the usual pickler", patched(own_pickler.OwnCodec, "load", pickling.Codec.load), "C-133"),
    (
        "a call of nothing goes to the program's pickler",
        reworded(own_pickler.OwnCodec, "unpack", "packed == NOTHING", "False"),
        "C-133",
    ),
)
LOGGED: tuple[tuple[str, Broken, str], ...] = (
    (
        "a future ends before what its task has logged is handled",
        patched(log_forwarding.LogThread, "is_busy", ()),
        "C-145",
    ),
)
UNREAD: tuple[tuple[str, Broken, str], ...] = (
    ("each record waits for room", reworded(log_records.Forwarder, "_put", "self._patient and ", ""), "C-146"),
)
NO_LOGGER: tuple[tuple[str, Broken, str], ...] = (
    (
        "a logger may have the name of a level",
        reworded(furnishing, "_logger", "isinstance(logging.getLevelName(forward), int)", "not forward"),
        "C-144",
    ),
)
TAILS: tuple[tuple[str, Broken, str], ...] = (
    (
        "a tail grows without end",
        reworded(stderr_tails.TailChannels, "read_stderr", "self._tail[-most:]", "self._tail"),
        "C-154",
    ),
)
BEHIND: tuple[tuple[str, Broken, str], ...] = (
    (
        "the manager is not told that what waited has been written",
        reworded(stderr_tails.Copier, "_tell", "self._shared.inbox.append(Latch())", "pass"),
        "C-155",
    ),
)
NUMBERS: tuple[tuple[str, Broken, str], ...] = (
    (
        "what is not read any more is let go of again when its worker is",
        reworded(stderr_tails.TailPlatform, "_forget", "if lane in self._open:", "if True:"),
        "C-48 C-154",
    ),
)
UNHEARD: tuple[tuple[str, Broken, str], ...] = (
    (
        "a thread that there is not is waited for",
        reworded(stderr_tails.Copier, "has_to_be_waited_for", " and self._thread is not None", ""),
        "C-155",
    ),
)
AT_A_LIMIT: tuple[tuple[str, Broken, str], ...] = (
    (
        "the error of a limit is not told what its worker wrote",
        reworded(stderr_tails.TailChannels, "explain", "_explain(error, self.tail())", "error.stderr = None"),
        "C-154",
    ),
)
NO_BYTES: tuple[tuple[str, Broken, str], ...] = (
    ("a tail may have no byte", reworded(furnishing, "_tail", "_positive(", "(lambda n, *_: n)("), "C-154"),
)
NO_MODULE: tuple[tuple[str, Broken, str], ...] = (
    (
        "the package is not looked for",
        reworded(furnishing, "_cloudpickle", "except ImportError", "except KeyError"),
        "C-134",
    ),
)
NUMBERED: tuple[tuple[str, Broken, str], ...] = (
    (
        "a worker has a number that no other one has had",
        patched(starting_in_threads, "_is_gone", lambda _: False),
        "C-123",
    ),
)
REUSED: tuple[tuple[str, Broken, str], ...] = (
    ("an executor that is broken is reused", patched(reusable.ReusableExecutor, "takes_more", lambda _: True), "C-127"),
)
OPTIONS: tuple[tuple[str, Broken, str], ...] = (
    ("an option of any name is taken", reworded(options, "checked", "if unknown:", "if False:"), "C-117"),
    ("a view of a view has the options that are named alone",
     reworded(options.PoolView, "__init__", "pool.options if isinstance(pool, PoolView) else DEFAULTS", "DEFAULTS"),
     "C-117"),
    ("what needs stopping goes with fork", patched(options.PoolView, "_has_to_stop", lambda *_: None), "C-118 C-132"),
)  # fmt: skip
CANCELS: tuple[tuple[str, Broken, str], ...] = (
    ("cancel_running changes nothing", patched(options.CancelsRunning, "cancel", shared.PoolFuture.cancel), "C-118"),
)  # fmt: skip
RETRIES: tuple[tuple[str, Broken, str], ...] = (
    ("whatever an attempt ends with, there is another one",
     reworded(retrying.Retried, "is_between", "isinstance(attempt.end()[1], self.causes)", "True"), "C-149"),
    ("there are attempts without end", reworded(retrying.Retried, "_tries_again", "self.tries -= 1", "pass"), "C-149"),
    ("a request to drain waits for no call that is open",
     reworded(retrying.Retries, "_perform", "return bool(self.open)", "return False"), "C-45 C-150"),
    ("what was asked for meanwhile is not looked at",
     reworded(retrying.Again, "perform", "return self.go_on()", "return True"), "C-46 C-150"),
    ("a call is tried again where no manager is to come",
     reworded(retrying.Retries, "go_on", "return has_manager and", "return"), "C-69 C-150"),
    ("who cancels finds no moment between two attempts",
     patched(retrying.Retried, "_ends_between", lambda *_: False), "C-05 C-149"),
)  # fmt: skip
AT_LIMITS: tuple[tuple[str, Broken, str], ...] = (
    ("what is stopped at its limit is cancelled",
     reworded(time_limits.Limited, "complete", "if end is CANCELLED_END and", "if False and"), "C-132"),
    ("a limit is an end that stops nothing",
     reworded(time_limits.Limited, "complete_and_call", "if end is None or end is not self.at_limit:", "if True:"),
     "C-132"),
)  # fmt: skip
SIGNALS: tuple[tuple[str, Broken, str], ...] = (
    ("a task that is stopped runs on", patched(Manager, "_stop_requested", lambda *_: None), "C-111 C-112 C-132"),
)  # fmt: skip
BOUNDS: tuple[tuple[str, Broken, str], ...] = (
    ("a place that is given back twice is two", reworded(bounded.Gate, "give_back", "self._taken.pop, (slot,)",
                                                         "self._taken.pop, (slot,), (None,)"), "C-119"),
    ("who has a place takes another one",
     reworded(bounded.Gate, "take", "if slot not in self._taken:\n        with", "if True:\n        with"),
     "C-119"),
)  # fmt: skip
PLACE_WAITS: tuple[tuple[str, Broken, str], ...] = (
    ("who waits for a place does not look once more",
     reworded(bounded.Gate, "wait", "if not (self._free or over()):", "if True:"), "C-121"),
    ("a shutdown wakes nobody who waits for a place",
     patched(bounded.BoundedShared, "_wake", lambda _: None), "C-121"),
)  # fmt: skip
HANDLERS: tuple[tuple[str, Broken, str], ...] = (
    ("a handler is a function", reworded(bounded, "_code", "while isinstance(handler, partial):", "while False:"),
     "C-120"),
)  # fmt: skip
ARRIVALS: tuple[tuple[str, Broken, str], ...] = (
    ("results come in the order of the inputs, if not asked for",
     reworded(arrivals.Arrivals, "next_of", "futures.appendleft(self._ended.popleft())",
              "futures.appendleft(self._ended.pop())"), "C-128"),
    ("a bar hears of what was cancelled",
     reworded(arrivals.Shown, "_tell", "not cancelled", "True"), "C-129"),
)  # fmt: skip
WORDS: tuple[tuple[str, Broken, str], ...] = (
    ("a worker that was signalled is at work",
     reworded(stats, "_worker", "if lane.phase is not READY or lane.force is not UNFORCED:",
              "if lane.phase is not READY:"), "C-130"),
)  # fmt: skip
TAKEN: tuple[tuple[str, Broken, str], ...] = (
    ("who finds the lock of forks taken sleeps at once", patched(system, "SOON", system.A_MOMENT), "C-98"),
)
LEFT: tuple[tuple[str, Broken, str], ...] = (
    ("what an import has left held is waited for without end", patched(system, "_lost", lambda: False), "C-52"),
)
TOLD_AGAIN: tuple[tuple[str, Broken, str], ...] = (
    ("of the attempts before nothing is told",
     reworded(retrying.Retried, "attempt_ended", "if self.before and end[1] is not None:", "if False:"), "C-164"),
)  # fmt: skip
ONE_SPEAKS: tuple[tuple[str, Broken, str], ...] = (
    ("each worker says that a guard is missing",
     reworded(starting_in_threads.ThreadedStarter, "check", "silent=again", "silent=False"), "C-165"),
)  # fmt: skip
FOR_NOBODY: tuple[tuple[str, Broken, str], ...] = (
    ("arguments may be for no finalizer",
     reworded(furnishing, "_arguments", "if arguments and finalizer is None:", "if False:"), "C-167"),
)  # fmt: skip
CURES: tuple[tuple[str, Broken, str], ...] = (
    ("the error of a signal names no cure", patched(errors.BrokenErrors, "cure", ""), "C-166"),
)
IDLE_FOR: tuple[tuple[str, Broken, str], ...] = (
    ("a task that a client has issued has run for as long as its worker had nothing to do",
     reworded(direct_dispatch.Loan, "use", 'partial(setattr, lane, "since", monotonic()),', ""), "C-163"),
)  # fmt: skip
SINCE: tuple[tuple[str, Broken, str], ...] = (
    ("a task has run for as long as its worker had nothing to do before it",
     reworded(RealPlatform, "_issue", "if not lane.ticketed:", "if False:"), "C-163"),
    ("a task has run for as long as it lay ahead of its worker",
     reworded(RealPlatform, "_hear", "lane.since = time.monotonic()", "pass"), "C-130 C-163"),
    ("a task has run for as long as the next one lies behind it",
     reworded(RealPlatform, "_issue", "if not lane.ticketed:", "if True:"), "C-163"),
    ("a task has run since a part of its answer came",
     reworded(RealPlatform, "_hear", "if answers:", "if True:"), "C-163"),
    ("a task has run since its worker said that it is full",
     reworded(RealPlatform, "_hear", "if answers:", "if frames:"), "C-163"),
    ("a task with a limit has run for as long as its worker did not take it",
     reworded(time_limits.TimeLimits, "begins", "lane.since = future.began", "future.began"), "C-163"),
)  # fmt: skip
WIDE: tuple[tuple[str, Broken, str], ...] = (
    ("a bound is what the interpreter can count", reworded(bounded.Gate, "__init__", "min(most, sys.maxsize)", "most"),
     "C-119"),
)  # fmt: skip
PLACES: tuple[tuple[str, Broken, str], ...] = (
    ("a place is looked at twice, and may be gone at the second look",
     reworded(stats, "_look", "{place[0].number: future for future in _taken(pool) if (place := future.place)",
              "{future.place[0].number: future for future in _taken(pool) if future.place"), "C-131"),
)  # fmt: skip
RIGHTS: tuple[tuple[str, Broken, str], ...] = (
    ("the group may enter where a pool listens", reworded(listening, "is_private", "0o077", "0o007"), "C-139"),
)
FILES: tuple[tuple[str, Broken, str], ...] = (
    ("the file of a process that was killed stays",
     reworded(listening, "answers", "path.unlink(missing_ok=True)", "pass"), "C-140"),
)  # fmt: skip
IN_TIME: tuple[tuple[str, Broken, str], ...] = (
    ("who is to end in time asks for everything at once",
     reworded(within, "shutdown_within", "if has_ended:", "if False:"), "C-147"),
)  # fmt: skip
SHAPES: tuple[tuple[str, Broken, str], ...] = (
    ("submit() has a parameter fn", patched(POOL, "submit", takes_fn_by_its_name), "C-15"),
)

# --- types ------------------------------------------------------------------------------------------------------------


def annotated(name: str, **annotations: str) -> Broken:
    """A method with other types."""
    return lambda: mock.patch.dict(getattr(POOL, name).__annotations__, annotations)


TYPES: tuple[tuple[str, Broken, str], ...] = (
    ("submit() takes anything", annotated("submit", fn="Callable[..., T]", args="Any", kwargs="Any"), "C-110"),
    ("a time-out is an integer", annotated("map", timeout="int | None"), "C-110"),
)

# --- instructions and lines -------------------------------------------------------------------------------------------

WAITS: tuple[tuple[str, Broken, str], ...] = (
    ("who is struck while he waits for the end holds up the next one",
     reworded(locks.Latch, "wait",
              "for _ in () if over() else held(self._gate, True, -1 if timeout is None else timeout):"
              "  # noqa: FBT003 - as of a lock\n            pass",
              "self._gate.acquire()\n        self._gate.release()"), "C-52"),
)  # fmt: skip
FORKED: tuple[tuple[str, Broken, str], ...] = (
    ("who has just looked whether this is a child sleeps, and so does his copy in a child",
     reworded(parking.ParkedFuture, "_sleep", "asleep[waker] = get_ident()\n        self._refuse_inherited()",
              "asleep[waker] = get_ident()"), "C-92"),
)  # fmt: skip
ENDED: tuple[tuple[str, Broken, str], ...] = (
    (
        "who waits for the pool's end sleeps in a child too",
        reworded(locks.Latch, "wait", "() if over() else ", ""),
        "C-91",
    ),
)
STARTS: tuple[tuple[str, Broken, str], ...] = (
    ("at some line of a start a child finds a lock that is held", patched(servers, "starting", nullcontext), "C-90"),
)

# --- what holds up others, what may not have children -----------------------------------------------------------------

SLOW: tuple[tuple[str, Broken, str], ...] = (
    ("no thread is added beside one that is held up", patched(Manager, "_add_user_thread", lambda _: None),
     "C-12 C-40"),
)  # fmt: skip
DAEMONS: tuple[tuple[str, Broken, str], ...] = (
    ("a daemonic process is told by multiprocessing", reworded(worker_channels.Starter, "check", "if process.daemon:",
                                                              "if False:"), "C-94"),
)  # fmt: skip

# --- the list ---------------------------------------------------------------------------------------------------------

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(name, breaks, ladder.tests(file, "-k", words), file.rpartition("/")[0], clauses)
    for file, words, mutants in (
        ("tests/shell/test_every_map.py", "whatever_happens", MAPS),
        ("tests/shell/test_mapping.py", "interrupted", INTERRUPTED),
        ("tests/shell/test_every_argument.py", "each", ARGUMENTS),
        ("tests/behaviour/test_every_exception.py", "each", EXCEPTIONS),
        ("tests/shell/test_every_callback.py", "each", CALLBACKS),
        ("tests/behaviour/test_every_request.py", "each", REQUESTS),
        ("tests/behaviour/test_every_refusal.py", "a_trace", TRACES),
        ("tests/behaviour/test_every_refusal.py", "gets_memory", MEMORIES),
        ("tests/behaviour/test_every_call_in_a_child.py", "each", IN_A_CHILD),
        ("tests/behaviour/test_submit.py", "each_shape and ours-fork", SHAPES),
        ("tests/behaviour/test_workers.py", "each_that_makes_no_sense", GIVEN),
        ("tests/behaviour/test_picklers.py", "(all_of_it or frames) and ours-fork and not forkserver", PICKLED),
        ("tests/behaviour/test_picklers.py", "without_the_package", NO_MODULE),
        ("tests/behaviour/test_forwarded_logs.py", "takes_long", LOGGED),
        ("tests/behaviour/test_forwarded_logs.py", "nobody_reads", UNREAD),
        ("tests/behaviour/test_forwarded_logs.py", "each_that_is_no_logger", NO_LOGGER),
        ("tests/behaviour/test_stderr_tails.py", "so_many_bytes", TAILS),
        ("tests/behaviour/test_stderr_tails.py", "far_behind", BEHIND),
        ("tests/behaviour/test_stderr_tails.py", "let_go_of_once", NUMBERS),
        ("tests/behaviour/test_stderr_tails.py", "no_thread", UNHEARD),
        ("tests/behaviour/test_stderr_tails.py", "error_of_a_limit and ours-forkserver", AT_A_LIMIT),
        ("tests/behaviour/test_stderr_tails.py", "no_number_of_bytes", NO_BYTES),
        ("tests/behaviour/test_workers.py", "followed_by_another_one", REUSED),
        ("tests/behaviour/test_workers.py", "in_the_place and ours-forkserver", NUMBERED),
        ("tests/behaviour/test_submit.py", "any_real_number", WAITS_FOR),
        ("tests/shell/test_interruptions.py", "wait_for_the_end", WAITS),
        ("tests/behaviour/test_pickling.py", "each_result", SLOW),
        ("tests/behaviour/test_fork.py", "each_first_call and ours-fork and not forkserver", DAEMONS),
        ("tests/shell/test_types.py", "method", TYPES),
        ("tests/shell/test_future.py", "no_worker_can_be_started", STOPS),
        ("tests/shell/test_future.py", "holder_is_not_there and plain", COPIES),
        ("tests/shell/test_every_option.py", "each_combination", OPTIONS),
        ("tests/shell/test_every_option.py", "each_state", CANCELS),
        ("tests/shell/test_time_limits.py", "each_step", AT_LIMITS),
        ("tests/checks/kills/test_killed_while_stopped.py", "without_end and forkserver-TAKE_TICKET-before", SIGNALS),
        ("tests/shell/test_retrying.py", "each_end", RETRIES),
        ("tests/shell/test_errors.py", "cause_of_a_death", ENDS),
        ("tests/shell/test_errors.py", "for_how_long", SO_LONG),
        ("tests/shell/test_every_bound.py", "as_many_places", BOUNDS),
        ("tests/shell/test_every_bound.py", "whenever", PLACE_WAITS),
        ("tests/behaviour/test_bounds.py", "any_positive", WIDE),
        ("tests/shell/test_every_bound.py", "every_shape", HANDLERS),
        ("tests/shell/test_every_arrival.py", "in_every_order", ARRIVALS),
        ("tests/shell/test_ends.py", "left_held", LEFT),
        ("tests/shell/test_ends.py", "less_and_less", TAKEN),
        ("tests/shell/test_every_death.py", "of_up_to_ten", TOLD_AGAIN),
        ("tests/shell/test_every_death.py", "would_tell_more", CURES),
        ("tests/shell/test_every_death.py", "without_a_finalizer", FOR_NOBODY),
        ("tests/shell/test_errors.py", "workers_of_a_pool_one", ONE_SPEAKS),
        ("tests/behaviour/test_how_long.py", "was_idle and ours-forkserver", IDLE_FOR),
        ("tests/shell/test_every_death.py", "since_it_was_given", SINCE),
        ("tests/shell/test_every_look.py", "middle_of_a_look", PLACES),
        ("tests/shell/test_every_look.py", "each_phase", WORDS),
        ("tests/shell/test_every_look.py", "is_private", RIGHTS),
        ("tests/shell/test_every_look.py", "nobody_answers", FILES),
        ("tests/shell/test_every_look.py", "was_enough", IN_TIME),
        ("tests/shell/test_fork_at_each_line.py", "any_line", STARTS),
        ("tests/behaviour/test_fork_while_waiting.py", "whichever_line_before", FORKED),
        ("tests/behaviour/test_fork_while_waiting.py", "whichever_line_of_its_wait", ENDED),
    )
    for name, breaks, clauses in mutants
)
"""Each with the test that finds it."""
