"""Values cross between processes at four places; a failure at any of them costs one task."""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures.process import BrokenProcessPool, _RemoteTraceback
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import awkward, tasks
from tests.behaviour.gates import Aside, Gate, Journal
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only, parent_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import MakeScript, Pools

UNPICKLING_BREAKS = ours_only("gh-132898: a message that cannot be unpickled breaks the whole pool")
LARGE = bytes(8 * 2**20)
MANY = 11
"""So many large tasks are more than the budget for what is pickled while the caller waits."""


def _at(place: str, pool: ProcessPoolExecutor, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Submit a task that calls the function at this place."""
    match place:
        case "argument-pickled":
            return pool.submit(tasks.identity, awkward.WhenPickled(function, *arguments))
        case "argument-unpickled":
            return pool.submit(tasks.identity, awkward.WhenUnpickled(function, *arguments))
        case "result-pickled":
            return pool.submit(awkward.make_pickled, function, *arguments)
        case _:
            return pool.submit(awkward.make_unpickled, function, *arguments)


IN_THE_STANDARD_ONE_TOO = ["argument-pickled", "result-pickled"]
WHERE_THE_STANDARD_ONE_BREAKS = ["argument-unpickled", "result-unpickled"]
PLACES = [*IN_THE_STANDARD_ONE_TOO, *WHERE_THE_STANDARD_ONE_BREAKS]


@pytest.fixture
def neighbours(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Tasks before and after the awkward one, which must not notice it; the worker must be the same at the end."""
    worker = pool.submit(os.getpid).result(LIMIT)
    before = [pool.submit(tasks.double, number) for number in range(3)]
    yield
    after = [pool.submit(tasks.double, number) for number in range(3)]
    assert [future.result(LIMIT) for future in before + after] == [0, 2, 4] * 2
    assert pool.submit(os.getpid).result(LIMIT) == worker


# ------------------------------------------------------------------------------------------------ failures


@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("place", IN_THE_STANDARD_ONE_TOO)
def test_a_failure_of_pickling_costs_one_task(pool: ProcessPoolExecutor, place: str) -> None:
    """C-20, C-38, C-41."""
    error = _at(place, pool, awkward.fail, LookupError("awkward")).exception(LIMIT)
    assert error is not None
    assert not isinstance(error, BrokenProcessPool)
    assert "awkward" in str(error)


@UNPICKLING_BREAKS
@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("place", WHERE_THE_STANDARD_ONE_BREAKS)
def test_a_failure_of_unpickling_costs_one_task(pool: ProcessPoolExecutor, place: str) -> None:
    """C-37, C-39, C-41."""
    error = _at(place, pool, awkward.fail, LookupError("awkward")).exception(LIMIT)
    assert error is not None
    assert not isinstance(error, BrokenProcessPool)
    assert "awkward" in str(error)


@UNPICKLING_BREAKS
@pytest.mark.usefixtures("neighbours")
def test_a_reducer_of_the_users_for_a_builtin_type_costs_one_task(pool: ProcessPoolExecutor) -> None:
    """C-39, C-41."""
    assert isinstance(pool.submit(awkward.make_complex_with_a_reducer).exception(LIMIT), LookupError)


@parent_only
@UNPICKLING_BREAKS
@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), awkward.Nasty()], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("place", PLACES)
def test_not_even_a_base_exception_costs_more(pool: ProcessPoolExecutor, place: str, error: BaseException) -> None:
    """C-41."""
    if place == "argument-pickled" and isinstance(error, KeyboardInterrupt):
        pytest.skip("an interrupt of the caller's own thread; the next test is about it")
    outcome = _at(place, pool, awkward.fail, error).exception(LIMIT)
    assert outcome is not None
    assert not isinstance(outcome, BrokenProcessPool)


@ours_only("no issue: pickling is done by a thread that no interrupt reaches")
@pytest.mark.usefixtures("neighbours")
def test_an_interrupt_while_submit_pickles_comes_out_of_submit_and_nothing_runs(
    pool: ProcessPoolExecutor, journal: Journal
) -> None:
    """C-18: Ctrl-C belongs to whoever called."""
    with pytest.raises(KeyboardInterrupt):
        pool.submit(tasks.write, journal, awkward.WhenPickled(awkward.fail, KeyboardInterrupt()))
    pool.submit(int).result(LIMIT)
    assert journal.words() == []


@UNPICKLING_BREAKS
@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("place", PLACES)
def test_a_failure_that_cannot_be_pickled_itself_costs_no_more(pool: ProcessPoolExecutor, place: str) -> None:
    """C-41: its text arrives all the same."""
    error = _at(place, pool, awkward.fail_unpicklable, "not for pickling").exception(LIMIT)
    assert error is not None
    assert not isinstance(error, BrokenProcessPool)
    assert "not for pickling" in f"{error} {error.__cause__}"


@UNPICKLING_BREAKS
@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("place", [*PLACES, "call"])
def test_an_error_whose_class_has_its_own_way_with_tracebacks_arrives_like_any_other(
    pool: ProcessPoolExecutor, place: str
) -> None:
    """C-01, C-20, C-33, C-37 to C-39: no method of the user's class is called on the way."""
    error = awkward.Headstrong("of its own")
    future = pool.submit(awkward.fail, error) if place == "call" else _at(place, pool, awkward.fail, error)
    outcome = future.exception(LIMIT)
    assert isinstance(outcome, awkward.Headstrong)
    assert "of its own" in str(outcome)


@UNPICKLING_BREAKS
@pytest.mark.usefixtures("neighbours")
def test_the_error_of_unpickling_in_the_worker_is_its_own_with_the_remote_traceback(pool: ProcessPoolExecutor) -> None:
    """C-37."""
    error = _at("argument-unpickled", pool, awkward.fail, LookupError("awkward")).exception(LIMIT)
    assert isinstance(error, LookupError)
    assert isinstance(error.__cause__, _RemoteTraceback)
    assert "in fail" in str(error.__cause__)


@pytest.mark.parametrize("place", ["argument-unpickled", "result-pickled"])
def test_user_code_that_ends_the_worker_is_a_death(pool: ProcessPoolExecutor, place: str) -> None:
    """C-41, C-77."""
    assert isinstance(_at(place, pool, os._exit, 3).exception(LIMIT), BrokenProcessPool)


@ours_only("gh-139462: before 3.15 the error says nothing about the death, and never which task")
@pytest.mark.parametrize("place", ["argument-unpickled", "result-pickled"])
def test_a_death_while_pickling_is_charged_to_its_task(pool: ProcessPoolExecutor, place: str) -> None:
    """C-79, C-80: begun is before the arguments are unpickled."""
    error: Any = _at(place, pool, os._exit, 3).exception(LIMIT)
    assert (error.exitcode, error.ran) == (3, True)


# ------------------------------------------------------------------------------------------------ exceptions


@ours_only("gh-81389: an exception that cannot be rebuilt breaks the whole pool")
@pytest.mark.usefixtures("neighbours")
def test_an_exception_that_cannot_be_rebuilt_costs_one_task_and_keeps_its_text(pool: ProcessPoolExecutor) -> None:
    """C-39: the traceback of the task is there to read."""
    error = pool.submit(awkward.fail_two_arguments, 7, "seven").exception(LIMIT)
    assert error is not None
    assert not isinstance(error, BrokenProcessPool)
    story = f"{error} {error.__cause__}"
    assert "TwoArguments" in story
    assert "seven (7)" in story
    assert "fail_two_arguments" in story


@pytest.mark.usefixtures("neighbours")
def test_an_exception_that_cannot_be_pickled_costs_one_task(pool: ProcessPoolExecutor) -> None:
    """C-38."""
    error = pool.submit(awkward.fail_unpicklable, "not for pickling").exception(LIMIT)
    assert error is not None
    assert not isinstance(error, BrokenProcessPool)


@ours_only("no issue: the error of pickling takes the place of the task's own, of which nothing is left to read")
def test_an_exception_that_cannot_be_pickled_keeps_its_text(pool: ProcessPoolExecutor) -> None:
    """C-38."""
    error = pool.submit(awkward.fail_unpicklable, "not for pickling").exception(LIMIT)
    story = f"{error} {error.__cause__}" if error else ""
    assert "not for pickling" in story
    assert "fail_unpicklable" in story


# ------------------------------------------------------------------------------------------------ cause and cure


@pytest.mark.usefixtures("neighbours")
def test_a_lambda_fails_as_a_task_and_not_out_of_submit(pool: ProcessPoolExecutor) -> None:
    """C-20."""
    assert pool.submit(lambda: 1).exception(LIMIT) is not None


@parent_only
@ours_only("no issue: the error says only that a name was not found")
@pytest.mark.parametrize("what", ["lambda", "closure", "local class", "argument", "lock"])
def test_what_cannot_be_pickled_is_named_with_its_cause_and_its_cure(pool: ProcessPoolExecutor, what: str) -> None:
    """C-20: somebody who sees this for the first time knows what to change."""

    def closure() -> str:
        return what

    class Local:
        pass

    awkward_task = {
        "lambda": (lambda: 1,),
        "closure": (closure,),
        "local class": (tasks.identity, Local()),
        "argument": (tasks.identity, [closure]),
        "lock": (tasks.identity, threading.Lock()),
    }[what]
    error = pool.submit(*awkward_task).exception(LIMIT)  # type: ignore[arg-type]
    story = "\n".join([str(error), *getattr(error, "__notes__", [])])
    assert {"lambda": "lambda", "local class": "Local", "lock": "lock"}.get(what, "closure") in story
    assert "pickle" in story
    assert what == "lock" or "module" in story, "the cure: define it at the top level of a module"


@ours_only("gh-132898: the error is a broken pool that says nothing")
def test_what_the_worker_cannot_find_is_named(pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-37: a function that exists in the parent only, as those typed at a prompt do."""
    pool.submit(int).result(LIMIT)  # under fork too the worker is there before the name is
    monkeypatch.setattr(_typed_at_a_prompt, "__module__", tasks.__name__)
    monkeypatch.setattr(tasks, "typed_at_a_prompt", _typed_at_a_prompt, raising=False)
    error = pool.submit(_typed_at_a_prompt).exception(LIMIT)
    assert isinstance(error, AttributeError)
    assert "typed_at_a_prompt" in str(error)


def _typed_at_a_prompt() -> None:
    pass


_typed_at_a_prompt.__qualname__ = "typed_at_a_prompt"


# ------------------------------------------------------------------------------------------------ when, and how often


@ours_only("no issue: a task is pickled by a thread at some later time, so a change after submit() may be seen")
def test_a_change_after_submit_is_not_seen(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-19: below the budget of bytes a task is pickled before submit() returns."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    value = [1]
    futures = [pool.submit(tasks.identity, value) for _ in range(10)]
    value.append(2)
    gate.open()
    assert [future.result(LIMIT) for future in futures] == [[1]] * 10


def test_a_task_is_pickled_once(pools: Pools) -> None:
    """C-19: small ones and those above the budget."""
    pool = pools.make(max_workers=2)
    awkward.Counted.times = 0
    futures = [pool.submit(_size_of, LARGE, awkward.Counted()) for _ in range(MANY)]
    for future in futures:
        future.result(LIMIT)
    assert awkward.Counted.times == MANY


def test_tasks_above_the_budget_arrive_whole_and_fail_alone(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-19, C-20: they are pickled later, and one of them cannot be."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    bad = awkward.WhenPickled(awkward.fail, LookupError("late"))
    futures = [pool.submit(_size_of, LARGE, bad if number == MANY - 2 else None) for number in range(MANY)]
    gate.open()
    for number, future in enumerate(futures):
        if number == MANY - 2:
            assert "late" in str(future.exception(LIMIT))
        else:
            assert future.result(LIMIT) == len(LARGE)


@ours_only("no issue: a task that waits in the call queue cannot be cancelled")
def test_a_task_above_the_budget_can_be_cancelled(pool: ProcessPoolExecutor, gate: Gate, journal: Journal) -> None:
    """C-05, C-19."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    futures = [pool.submit(_write_of, LARGE, journal, number) for number in range(MANY)]
    assert all(future.cancel() for future in futures[1:])
    gate.open()
    futures[0].result(LIMIT)
    pool.shutdown()
    assert journal.words() == ["0"]


def test_pickling_may_submit_to_the_same_pool(pool: ProcessPoolExecutor) -> None:
    """C-21: a hook in the pickle of an argument calls submit()."""
    inner: list[Future[int]] = []

    def hook() -> int:
        inner.append(pool.submit(tasks.double, 4))
        return 1

    outcome: Future[Any] = pool.submit(tasks.identity, awkward.WhenPickled(hook))
    assert outcome.result(LIMIT) == 1
    assert inner[0].result(LIMIT) == 8


@ours_only("no issue: results are unpickled by the manager, which then does nothing else")
def test_a_result_that_takes_long_to_unpickle_holds_up_nobody(pools: Pools, gate: Gate) -> None:
    """C-40."""
    pool = pools.make()
    slow: Future[Any] = pool.submit(awkward.make_unpickled, awkward.wait_at, gate.door)
    gate.wait_for_arrival()
    assert [pool.submit(tasks.double, number).result(LIMIT) for number in range(5)] == [0, 2, 4, 6, 8]
    assert pool.submit(tasks.identity, {1, 2}).result(LIMIT) == {1, 2}
    assert not slow.done()
    gate.open()
    assert slow.result(LIMIT) == "came through"


@methods("fork")
@ours_only("no issue: results are unpickled by the manager, which then does nothing else")
@pytest.mark.every("place of a result that takes long among three, of each kind")
def test_each_result_that_takes_long_to_unpickle_holds_up_none_of_the_others(pools: Pools, gate: Gate) -> None:
    """C-40."""
    others: dict[Callable[[], Any], Any] = {
        dict: {}, frozenset: frozenset(), partial(tasks.double, 2): 4, partial(tasks.identity, {1, 2}): {1, 2},
    }  # fmt: skip
    for (other, value), place in itertools.product(others.items(), range(3)):
        pool = pools.make()
        slow: list[Future[Any]] = []
        quick: list[Future[Any]] = []
        for at in range(3):
            if at == place:
                slow.append(pool.submit(awkward.make_unpickled, awkward.wait_at, gate.door))
            else:
                quick.append(pool.submit(other))
        gate.wait_for_arrival()
        assert [future.result(LIMIT) for future in quick] == [value] * 2, (other, place)
        assert not slow[0].done()
        gate.open()
        assert slow[0].result(LIMIT) == "came through"


def _shut_down_with_unpicklable_tasks(pool: ProcessPoolExecutor, gate: Gate, *, cancel_futures: bool) -> None:
    """The large task fills the way to the worker, so that those behind it are still to be pickled."""
    pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    bad = awkward.WhenPickled(awkward.fail, ValueError())
    futures = [pool.submit(_size_of, *arguments) for arguments in [(LARGE, None), *[(b"", bad)] * 5]]
    futures += [pool.submit(_size_of, LARGE, None) for _ in range(MANY)]
    call = Aside(pool.shutdown, cancel_futures=cancel_futures)
    assert call.is_still_waiting()
    gate.open()
    call.result()
    assert all(future.done() for future in futures)


def test_a_drain_ends_with_unpicklable_tasks_waiting(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-20, C-50: gh-83285."""
    _shut_down_with_unpicklable_tasks(pool, gate, cancel_futures=False)


@ours_only("gh-116685: the manager goes on waiting for what it does not see failing")
def test_a_shutdown_that_cancels_ends_with_unpicklable_tasks_waiting(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-20, C-50."""
    _shut_down_with_unpicklable_tasks(pool, gate, cancel_futures=True)


def test_a_writable_buffer_arrives_writable_and_the_parents_is_untouched(pool: ProcessPoolExecutor) -> None:
    """C-02: what the task writes is seen nowhere but in its result."""
    buffer = bytearray(2**20)
    assert pool.submit(_fill, buffer).result(LIMIT) == bytearray(b"x" * 2**20)
    assert not any(buffer)


def test_deep_recursion_fails_as_a_task(pool: ProcessPoolExecutor) -> None:
    """C-20."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert isinstance(pool.submit(tasks.identity, deep).exception(LIMIT), (RecursionError, MemoryError))
    while deep:
        deep = deep.pop()
    assert pool.submit(abs, -1).result(LIMIT) == 1


@ours_only("gh-155890: a thread pickles the task, and waits for the lock of the import that waits for the task")
@methods("fork")  # elsewhere the worker would import the same module, and find no guard in it
def test_a_module_may_wait_for_a_task_of_its_own_while_it_is_imported(script: MakeScript, tmp_path: Path) -> None:
    """C-19: submit() pickles in the thread that holds the import lock."""
    (tmp_path / "waits_while_imported.py").write_text(
        "import __main__\n\n\ndef four() -> int:\n    return 4\n\n\nvalue = __main__.pool.submit(four).result()\n"
    )
    program = script("""
        pool = make(1)
        sys.path.insert(0, sys.argv[2])
        import waits_while_imported
        print(waits_while_imported.value)
    """)
    assert program.output(tmp_path) == ["4"]


def _size_of(value: bytes, other: object) -> int:
    return len(value)


def _write_of(value: bytes, journal: Journal, word: object) -> None:
    journal.write(word)


def _fill(buffer: bytearray) -> bytearray:
    buffer[:] = b"x" * len(buffer)
    return buffer
