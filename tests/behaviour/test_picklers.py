"""A pickler of the program's own, and cloudpickle's: whatever goes from one process to the other goes through it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
from typing import TYPE_CHECKING

import pytest

from checkedpool._given.own_pickler import OwnCodec, OwnPickler
from checkedpool._payload.pickling import NOTHING
from tests.behaviour import tasks
from tests.behaviour.kinds import LIMIT, Kind, death_of
from tests.behaviour.marks import methods, ours_only
from tests.behaviour.picklers import RAISES_AT, Choosy, Packed, Wordy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.conftest import MakeScript, Pools

pytestmark = ours_only("new: the standard executor has one pickler")
once = methods("fork")


def count_of_set_up() -> int:
    return len(tasks.set_up)


def set_up_and(value: object) -> tuple[list[object], object]:
    return tasks.set_up, value


def test_all_of_it_goes_through_the_programs_pickler(pools: Pools) -> None:
    """C-133: initializer, calls, chunks, results, errors; frames of tasks that were cancelled are passed over."""
    pool = pools.make(pickler=Packed(), initializer=tasks.note, initargs=("a",))
    assert pool.submit(set_up_and, b"x" * 300_000).result(LIMIT) == ([("a",)], b"x" * 300_000)
    assert list(pool.map(tasks.double, range(5), chunksize=2)) == [0, 2, 4, 6, 8]
    error = pool.submit(tasks.raise_noted).exception(LIMIT)
    assert isinstance(error, ValueError)
    assert error.__notes__ == ["the note"]


@once
def test_frames_of_nothing_are_not_the_programs(kind: Kind) -> None:
    """C-133: with those a worker that waits is made to read what was cancelled."""
    codec = OwnCodec()
    codec.pickler = OwnPickler(Packed())
    assert codec.unpack(NOTHING) == (bool, (), {})


@once
@pytest.mark.parametrize(
    ("choosy", "argument", "note"),
    RAISES_AT.values(),
    ids=RAISES_AT,
)
def test_each_time_that_it_raises_costs_one_task(pools: Pools, choosy: Choosy, argument: str, note: str) -> None:
    """C-133, C-115: and the error says where."""
    pool = pools.make(pickler=choosy)
    error = pool.submit(list_of, argument).exception(LIMIT)
    assert isinstance(error, LookupError)
    assert note in error.__notes__[0]
    assert pool.submit(tasks.double, 4).result(LIMIT) == 8


def list_of(value: object) -> list[object]:
    return [value]


@once
def test_an_exception_that_it_cannot_take_is_replaced_by_one_that_says_so(pools: Pools) -> None:
    """C-133, C-38: whatever the pickler makes of exceptions."""
    pool = pools.make(pickler=Choosy(dumps_not="Error"))
    error = pool.submit(tasks.leave_by_exit, 1).exception(LIMIT)
    assert isinstance(error, SystemExit)
    error = pool.submit(tasks.raise_chained).exception(LIMIT)
    assert isinstance(error, pickle.PicklingError)
    assert "ValueError" in str(error)
    assert "the second" in str(error.__cause__)


@once
def test_what_is_not_bytes_is_refused(pools: Pools) -> None:
    """C-133."""
    error = pools.make(pickler=Wordy).submit(tasks.double, 1).exception(LIMIT)
    assert isinstance(error, TypeError)
    assert "not bytes" in str(error)


@once
@pytest.mark.parametrize(
    ("method", "pickler", "error"),
    [
        ("fork", "pickle", ValueError),
        ("fork", 5, TypeError),
        ("fork", object(), TypeError),
        ("spawn", type("Local", (Packed,), {})(), TypeError),
    ],
)
def test_each_that_is_no_pickler_is_refused(pools: Pools, method: str, pickler: object, error: type[Exception]) -> None:
    """C-133."""
    with pytest.raises(error, match="pickler must"):
        pools.make(pickler=pickler, mp_context=multiprocessing.get_context(method))


@once
def test_a_module_is_a_pickler(pools: Pools, tmp_path: Path) -> None:
    """C-133: and a traced pool has one, too."""
    assert pools.make(pickler=pickle, trace=tmp_path / "trace").submit(tasks.double, 4).result(LIMIT) == 8


# ------------------------------------------------------------------------------------------------ cloudpickle


def test_what_no_module_has_arrives(pools: Pools) -> None:
    """C-134: lambdas, closures, classes; results and errors of such classes; the initializer."""
    added: list[int] = []
    pool = pools.make(pickler="cloudpickle", initializer=lambda: tasks.set_up.append(3))
    added.append(4)

    class LocalError(Exception):
        pass

    def fail() -> None:
        raise LocalError(7)

    assert pool.submit(lambda: (tasks.set_up[-1], sum(added))).result(LIMIT) == (3, 4)
    assert list(pool.map(lambda number: number * added[0], range(3), chunksize=2)) == [0, 4, 8]
    assert isinstance(pool.submit(fail).exception(LIMIT), LocalError)
    assert pool.submit(lambda: lambda: 5).result(LIMIT)() == 5


@once
def test_what_multiprocessing_can_send_arrives(pools: Pools) -> None:
    """C-134: a connection, of which cloudpickle alone knows nothing."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    pool = pools.make(pickler="cloudpickle")
    pool.submit(lambda end: end.send(5), writer).result(LIMIT)
    assert reader.recv() == 5
    reader.close()
    writer.close()
    multiprocessing.resource_sharer.stop(timeout=LIMIT)  # its thread stays


@once
def test_an_initializer_with_what_only_a_start_can_send(pools: Pools) -> None:
    """C-133: a lock of multiprocessing goes as without the pickler."""
    context = multiprocessing.get_context("spawn")
    pool = pools.make(pickler=Packed(), mp_context=context, initializer=tasks.note, initargs=(context.Lock(),))
    assert pool.submit(count_of_set_up).result(LIMIT) == 1


@methods("spawn", "forkserver")
def test_a_program_without_a_file(script: MakeScript, kind: Kind) -> None:
    """C-134."""
    program = (
        "import multiprocessing, checkedpool\n"
        "def double(number):\n    return 2 * number\n"
        f"context = multiprocessing.get_context({kind.method!r})\n"
        "with checkedpool.ProcessPoolExecutor(1, context, pickler='cloudpickle') as pool:\n"
        "    print(pool.submit(double, 4).result())\n"
    )
    ended = script(f"""
        import subprocess
        subprocess.run([sys.executable, "-"], input={program!r}, text=True, check=True)
        """).run()
    assert ended.out == "8\n", ended.err


@once
def test_without_the_package_the_constructor_says_what_to_install(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-134."""
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    monkeypatch.delitem(sys.modules, "checkedpool._given.cloudpickled", raising=False)
    monkeypatch.delattr("checkedpool._given.cloudpickled", raising=False)
    with pytest.raises(ImportError, match=r"checkedpool\[cloudpickle\]"):
        pools.make(pickler="cloudpickle")


@once
def test_a_death_names_the_function(pools: Pools) -> None:
    """C-80."""
    assert death_of(pools.make(pickler="cloudpickle").submit(os._exit, 3)).task == "posix._exit"
