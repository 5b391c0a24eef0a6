"""A worker dies and the policy is "break": what each future becomes, what the error says, what is left."""

from __future__ import annotations

import concurrent.futures
import os
import pickle
import signal
from concurrent.futures import BrokenExecutor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools

SAYS_NOTHING = ours_only("gh-139462: before 3.15 the error says neither which worker died nor how; never which task")
ONE_FOR_ALL = ours_only("gh-101267: one exception object for all futures")

DEATHS: dict[str, tuple[Callable[..., Any], tuple[object, ...], int]] = {
    "sigkill": (tasks.kill_self, (signal.SIGKILL,), -signal.SIGKILL),
    "sigterm": (tasks.kill_self, (signal.SIGTERM,), -signal.SIGTERM),
    "segfault": (tasks.segfault, (), -signal.SIGSEGV),
    "exit-3": (tasks.exit_at_once, (3,), 3),
    "exit-0": (tasks.exit_at_once, (0,), 0),
}
each_death = pytest.mark.parametrize("death", DEATHS)


def _submit_death(pool: ProcessPoolExecutor, death: str) -> Future[Any]:
    function, arguments, _ = DEATHS[death]
    return pool.submit(function, *arguments)


def _kill_held(gate: Gate) -> int:
    """Kill the worker that comes to the gate; its pid."""
    worker = gate.wait_for_arrival()
    os.kill(worker, signal.SIGKILL)
    return worker


def _two_busy(pool: ProcessPoolExecutor, gate: Gate) -> tuple[int, int]:
    """Two workers at the gate, the one that was started first first: the standard executor watches no other."""
    workers = []
    for _ in range(2):
        pool.submit(tasks.hold, gate)
        workers.append(gate.wait_for_arrival())
    return workers[0], workers[1]


# ------------------------------------------------------------------------------------------------ outcomes


@each_death
def test_a_death_ends_its_task_with_a_broken_pool(pool: ProcessPoolExecutor, death: str) -> None:
    """C-77, C-82, C-87: whatever the exit code."""
    error = _submit_death(pool, death).exception(LIMIT)
    assert isinstance(error, BrokenProcessPool)
    assert isinstance(error, BrokenExecutor)
    assert isinstance(error, RuntimeError)


def test_a_death_ends_every_unfinished_task_in_whatever_worker(pools: Pools, gate: Gate) -> None:
    """C-01, C-82."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(tasks.hold, gate) for _ in range(8)]
    gate.wait_for_arrival()
    _kill_held(gate)
    assert all(isinstance(future.exception(LIMIT), BrokenProcessPool) for future in futures)


def test_after_a_death_submit_and_map_say_that_the_pool_is_broken(pool: ProcessPoolExecutor) -> None:
    """C-17, C-83: also after a shutdown, for broken comes before shut down."""
    assert pool.submit(tasks.exit_at_once, 1).exception(LIMIT)
    for _ in range(2):
        with pytest.raises(BrokenProcessPool):
            pool.submit(int)
        with pytest.raises(BrokenProcessPool):
            pool.map(abs, [1])
        pool.shutdown()


def test_futures_that_had_ended_keep_their_outcome(pool: ProcessPoolExecutor) -> None:
    """C-83."""
    good: Future[Any] = pool.submit(tasks.double, 1)
    bad: Future[Any] = pool.submit(tasks.raise_it, ValueError())
    concurrent.futures.wait([good, bad], LIMIT)
    assert pool.submit(tasks.exit_at_once, 1).exception(LIMIT)
    assert good.result() == 2
    assert isinstance(bad.exception(), ValueError)


@pytest.mark.parametrize("size", [100_000, 200_000], ids=["through the pipe", "in memory"])
def test_what_was_answered_before_the_death_is_delivered(pools: Pools, size: int) -> None:
    """C-78: one worker answers twenty large tasks and dies in the next; none of the answers is lost."""
    pool = pools.make()
    futures = [pool.submit(tasks.blank, size) for _ in range(20)]
    last = pool.submit(tasks.exit_at_once, 1)
    assert isinstance(last.exception(LIMIT), BrokenProcessPool)
    assert [len(future.result(LIMIT)) for future in futures] == [size] * 20


@ours_only("gh-107219: in 3.11 the manager dies of the cancelled future; later it stays untold (gh-136655)")
def test_a_cancelled_future_stays_cancelled(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-01, C-88."""
    pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    later = [pool.submit(int) for _ in range(8)]
    assert all(future.cancel() for future in later[::2])
    os.kill(worker, signal.SIGKILL)
    assert not concurrent.futures.wait(later, LIMIT).not_done
    assert [future.cancelled() for future in later] == [True, False] * 4


def test_a_map_over_a_death_raises(pools: Pools) -> None:
    """C-29, C-82."""
    pool = pools.make(max_workers=2)
    with pytest.raises(BrokenProcessPool):
        list(pool.map(tasks.die_or_double, range(20), [5] * 20))


def test_whoever_waits_is_told(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-07."""
    futures = [pool.submit(tasks.hold, gate) for _ in range(4)]
    waiters = [
        Aside(lambda: len(concurrent.futures.wait(futures).done)),
        Aside(lambda: len(list(concurrent.futures.as_completed(futures)))),
    ]
    _kill_held(gate)
    assert [waiter.result() for waiter in waiters] == [4, 4]


def test_the_death_of_an_idle_worker_breaks_the_pool(pool: ProcessPoolExecutor) -> None:
    """C-77, C-82: it is noticed although nobody asks."""
    os.kill(pool.submit(os.getpid).result(LIMIT), signal.SIGKILL)
    eventually(lambda: _is_refused(pool), "the pool says that it is broken")


@ours_only("no issue: a worker that was started last goes unwatched until another one speaks")
@methods("spawn", "forkserver")
def test_the_death_of_the_worker_started_last_is_noticed_while_the_others_are_busy(pools: Pools, gates: Gates) -> None:
    """C-77."""
    pool = pools.make(max_workers=2)
    first, second = gates.make(), gates.make()
    held = [pool.submit(tasks.hold, first)]
    first.wait_for_arrival()
    held.append(pool.submit(tasks.hold, second))
    _kill_held(second)
    assert all(isinstance(future.exception(LIMIT), BrokenProcessPool) for future in held)


# ------------------------------------------------------------------------------------------------ what the error says


@SAYS_NOTHING
@each_death
def test_the_error_names_the_worker_its_end_and_its_task(pool: ProcessPoolExecutor, death: str) -> None:
    """C-80, C-116: in attributes and in words, and in the words of the standard library's newest."""
    worker = pool.submit(os.getpid).result(LIMIT)
    function, _, exitcode = DEATHS[death]
    error: Any = _submit_death(pool, death).exception(LIMIT)
    assert (error.pid, error.exitcode, error.task, error.ran) == (worker, exitcode, _name(function), True)
    end = f"code {exitcode}" if exitcode >= 0 else signal.Signals(-exitcode).name
    for part in (str(worker), end, _name(function)):
        assert part in str(error)
    assert f"Process {worker} terminated abruptly with exit code {exitcode}" in str(error.__cause__)


@SAYS_NOTHING
def test_only_the_task_that_ran_is_charged(pools: Pools, gates: Gates) -> None:
    """C-79, C-80, C-82: neither those behind it nor the one in the healthy worker."""
    pool = pools.make(max_workers=2)
    healthy, deadly = gates.make(), gates.make()
    beside = pool.submit(tasks.hold, healthy)
    healthy.wait_for_arrival()
    blamed = pool.submit(tasks.hold_then_die, deadly)
    worker = deadly.wait_for_arrival()
    behind = [pool.submit(int) for _ in range(4)]
    deadly.open()
    errors: list[Any] = [future.exception(LIMIT) for future in [blamed, beside, *behind]]
    assert [error.ran for error in errors] == [True] + [False] * 5
    assert {(error.pid, error.exitcode, error.task) for error in errors} == {(worker, 9, _name(tasks.hold_then_die))}


@SAYS_NOTHING
def test_the_death_of_an_idle_worker_is_charged_to_nobody(pools: Pools, gate: Gate) -> None:
    """C-79, C-80."""
    pool = pools.make(max_workers=2)
    held = pool.submit(tasks.hold, gate)
    busy = gate.wait_for_arrival()
    idle = pool.submit(os.getpid).result(LIMIT)
    assert idle != busy
    os.kill(idle, signal.SIGKILL)
    error: Any = held.exception(LIMIT)
    assert (error.pid, error.exitcode, error.task, error.ran) == (idle, -signal.SIGKILL, None, False)


@ONE_FOR_ALL
def test_each_future_has_an_error_of_its_own(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-81."""
    futures = [pool.submit(tasks.hold, gate) for _ in range(6)]
    _kill_held(gate)
    errors = [future.exception(LIMIT) for future in futures]
    assert len({id(error) for error in errors}) == 6


@SAYS_NOTHING
def test_the_error_survives_pickling_whole(pool: ProcessPoolExecutor) -> None:
    """C-80: a task of another pool may let it out."""
    error: Any = pool.submit(tasks.exit_at_once, 3).exception(LIMIT)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert (copy.pid, copy.exitcode, copy.task, copy.ran) == (error.pid, 3, _name(tasks.exit_at_once), True)


@ours_only("new: the class with the attributes")
def test_the_error_is_the_class_that_the_package_exports(pool: ProcessPoolExecutor) -> None:
    """C-87."""
    import checkedpool  # noqa: PLC0415 - the other kinds must run without it

    assert type(pool.submit(tasks.exit_at_once, 3).exception(LIMIT)) is checkedpool.BrokenProcessPool
    assert issubclass(checkedpool.BrokenProcessPool, BrokenProcessPool)


# ------------------------------------------------------------------------------------------------ the rest of the pool


def test_the_other_workers_are_terminated(pools: Pools, gate: Gate) -> None:
    """C-82."""
    victim, survivor = _two_busy(pools.make(max_workers=2), gate)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not leaks.is_alive(survivor), "the other worker ends")


@ours_only("no issue: the workers of a broken pool are joined without limit")
def test_another_worker_that_ignores_sigterm_is_killed_after_the_limit(pools: Pools, gate: Gate) -> None:
    """C-82."""
    pool = pools.make(max_workers=2, terminate_limit=0.2)
    deaf = pool.submit(tasks.hold_deaf, gate)
    survivor = gate.wait_for_arrival()
    pool.submit(tasks.exit_at_once, 1)
    assert isinstance(deaf.exception(LIMIT), BrokenProcessPool)
    eventually(lambda: not leaks.is_alive(survivor), "the deaf worker ends")
    pool.shutdown()


@pytest.mark.parametrize("wait", [True, False])
def test_a_broken_pool_can_be_shut_down(pools: Pools, gate: Gate, wait: bool) -> None:
    """C-83: a wait returns with every worker gone."""
    pool = pools.make(max_workers=2)
    victim, survivor = _two_busy(pool, gate)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: _is_refused(pool), "the pool says that it is broken")
    pool.shutdown(wait=wait)
    if wait:
        assert leaks.state_of(survivor) == ""


def test_a_death_during_a_drain_ends_it(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-48, C-82: the wait of another thread returns."""
    futures = [pool.submit(tasks.hold, gate) for _ in range(4)]
    worker = gate.wait_for_arrival()
    call = Aside(pool.shutdown)
    assert call.is_still_waiting()
    os.kill(worker, signal.SIGKILL)
    call.result()
    assert all(isinstance(future.exception(0), BrokenProcessPool) for future in futures)


@ours_only("gh-136655: what has not begun is broken or cancelled, and untold, by chance")
def test_a_death_after_a_cancel_request_leaves_the_cancelled_cancelled(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-88."""
    begun = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    later = [pool.submit(int) for _ in range(4)]
    pool.shutdown(wait=False, cancel_futures=True)
    assert not concurrent.futures.wait(later, LIMIT).not_done
    os.kill(worker, signal.SIGKILL)
    assert isinstance(begun.exception(LIMIT), BrokenProcessPool)
    assert all(future.cancelled() for future in later)


def test_a_stopped_worker_is_not_dead(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-77: it goes on when it is continued."""
    future = pool.submit(tasks.hold, gate, "went on")
    worker = gate.wait_for_arrival()
    os.kill(worker, signal.SIGSTOP)
    eventually(lambda: leaks.state_of(worker) == "T", "the worker has stopped")
    gate.open()
    assert not future.done()
    os.kill(worker, signal.SIGCONT)
    assert future.result(LIMIT) == "went on"


@ours_only("no issue: from 3.12 on the callbacks run under the lock that submit() wants")
def test_the_callback_of_a_broken_future_may_call_the_pool(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-09, C-83."""
    future = pool.submit(tasks.hold, gate)
    outcome: Future[None] = Future()

    def callback(_: Future[Any]) -> None:
        try:
            pool.submit(int)
        except BaseException as error:  # noqa: BLE001 - whatever it is
            outcome.set_exception(error)

    future.add_done_callback(callback)
    _kill_held(gate)
    assert isinstance(outcome.exception(LIMIT), BrokenProcessPool)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@ours_only("no issue: the manager's thread ends with a traceback, and every unfinished future never does")
def test_a_bug_of_the_pool_itself_breaks_it_and_is_told(
    pools: Pools, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-89, C-96: all futures end with the bug as cause, all workers are killed, and a wait returns."""
    before = leaks.take()
    pool = pools.make(max_workers=2)
    futures: list[Future[Any]] = [pool.submit(tasks.hold_deaf, gate)]
    worker = gate.wait_for_arrival()
    futures += [pool.submit(int) for _ in range(4)]
    monkeypatch.setattr("checkedpool._core.manager.Manager.step", _have_a_bug)
    with suppress(BrokenProcessPool):
        futures.append(pool.submit(tasks.hold, gate))
    for future in futures[:1] + futures[5:]:
        error = death_of(future)
        assert isinstance(error.__cause__, ZeroDivisionError)
        assert "a bug" in str(error)
    with pytest.raises(BrokenProcessPool):
        pool.submit(int)
    Aside(pool.shutdown).result()
    assert all(future.done() for future in futures)
    assert leaks.state_of(worker) == ""
    assert leaks.left_behind(before, leaks.AT_ONCE, collect=False) == []


def _have_a_bug(*_: object) -> None:
    raise ZeroDivisionError("a bug")


def _is_refused(pool: ProcessPoolExecutor) -> bool:
    try:
        pool.submit(int)
    except BrokenProcessPool:
        return True
    return False
