"""Large arguments and results: as small ones, wherever they travel; and nothing is left of them, whatever dies."""

from __future__ import annotations

import os
import signal
from concurrent.futures import wait
from pathlib import Path
from pickle import PickleBuffer
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._fast import memory, memory_files
from tests.behaviour.forked import in_forked_child
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, not_portable, ours_only, parent_only, with_room

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

SIZE = 1 << 20
IN_MEMORY = ours_only("new: large buffers travel in anonymous memory")
PORTABLE = not_portable("large values take the channels, so there are no descriptors of memory")
PLAIN = with_room("memory", "large values take the pipes, so there are no descriptors of memory")


class Block:
    """What pickles as a buffer of its own, as arrays do."""

    def __init__(self, content: Any) -> None:
        self.view = memoryview(content)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return Block, (PickleBuffer(self.view) if protocol >= 5 else bytearray(self.view),)


def same(value: Any) -> Any:
    return value


def filled(number: int) -> Block:
    return Block(bytearray([number]) * SIZE)


def raise_first(block: Block) -> int:
    """Write into the argument; what was there."""
    before: int = block.view[0]
    block.view[0] = before + 1
    return before


def hold_large(gate: Gate, block: Block) -> int:
    gate.pass_through()  # type: ignore[attr-defined]  # it has arrived as a Door
    return len(block.view)


def answer_and_die_half_way() -> bytes:
    """Die when the descriptor of the answer has been sent, and its frame has not."""
    send = memory_files.send_descriptor

    def send_and_die(*arguments: Any) -> None:
        send(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    memory_files.send_descriptor = send_and_die  # type: ignore[assignment]
    return bytes(SIZE)


class DiesOnArrival:
    """Unpickling it ends the worker: while it has a large argument half received."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _die, ()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def memory_descriptors() -> int:
    found = 0
    for entry in list(Path("/proc/self/fd").iterdir()):
        try:
            found += "memfd:checkedpool" in str(entry.readlink())
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    "value",
    [b"x" * SIZE, bytearray(b"y" * SIZE), "z" * SIZE, [b"a" * SIZE, {"b": bytearray(SIZE)}], list(range(200_000))],
    ids=["bytes", "bytearray", "str", "nested", "many"],
)
def test_a_large_value_comes_back_equal_and_of_its_own_type(pool: ProcessPoolExecutor, value: Any) -> None:
    """C-02, C-101."""
    found = pool.submit(same, value).result(LIMIT)
    assert (type(found), found) == (type(value), value)


def test_an_array_comes_back_writable_and_is_nobody_elses(pool: ProcessPoolExecutor) -> None:
    """C-101."""
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(SIZE, dtype="f8").reshape(1024, -1)
    first, second = (pool.submit(same, array).result(LIMIT) for _ in range(2))
    first += 1
    assert (first == array + 1).all()
    assert (second == array).all()
    assert not pool.submit(same, array.T[::2]).result(LIMIT).flags.owndata


def test_what_a_task_writes_into_its_argument_is_seen_nowhere_else(pools: Pools) -> None:
    """C-101: by no other task, not by the caller, and not in the same memory when it is used again."""
    pool = pools.make(max_workers=2)
    block = Block(bytearray(SIZE))
    futures = [pool.submit(raise_first, block) for _ in range(40)]
    assert [future.result(LIMIT) for future in futures] == [0] * 40
    assert block.view[0] == 0


@ours_only("no issue: it pickles later, in another thread")
def test_a_change_after_submit_is_not_seen_by_the_task(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-19: the first few are pickled in submit, and what was pickled is not changed."""
    content = bytearray(SIZE)
    held = pool.submit(hold_large, gate, Block(content))
    waiting = pool.submit(raise_first, Block(content))
    content[0] = 9
    gate.open()
    assert held.result(LIMIT) == SIZE
    assert waiting.result(LIMIT) == 0


def test_results_stay_as_they_are_while_others_come(pool: ProcessPoolExecutor) -> None:
    """C-101: no memory is written again while a result lies in it."""
    results = [pool.submit(filled, number).result(LIMIT) for number in range(20)]
    assert [set(bytes(block.view)) for block in results] == [{number} for number in range(20)]


@IN_MEMORY
def test_tasks_that_are_taken_back_arrive_unchanged_elsewhere(pools: Pools, gate: Gate) -> None:
    """C-23, C-101: those sent ahead to a busy worker are dealt anew, again and again."""
    pool = pools.make(max_workers=2)
    pool.submit(int).result(LIMIT)
    for _ in range(5):
        held = pool.submit(hold_large, gate, Block(bytes(SIZE)))
        gate.wait_for_arrival()
        futures = [pool.submit(raise_first, Block(bytearray([number]) * SIZE)) for number in range(12)]
        assert [future.result(LIMIT) for future in futures] == list(range(12))
        gate.open()
        assert held.result(LIMIT) == SIZE


def check_that_skipped_calls_leave_no_descriptor(pools: Pools, gate: Gate) -> None:
    """Calls with bytes: their files stay open until they are read, which these never are."""
    pool = pools.make()
    held = pool.submit(hold_large, gate, Block(bytes(SIZE)))
    gate.wait_for_arrival()
    skipped: list[Any] = [pool.submit(len, bytes(SIZE)) for _ in range(2)]
    eventually(lambda: all(future.place for future in skipped), "they have been sent ahead")
    assert [future.cancel() for future in skipped] == [True] * 2
    gate.open()
    assert held.result(LIMIT) == SIZE
    assert pool.submit(memory_descriptors).result(LIMIT) == 0


@IN_MEMORY
@PORTABLE
@PLAIN
def test_a_call_that_was_taken_back_leaves_no_descriptor_in_its_worker(pools: Pools, gate: Gate) -> None:
    """C-96, C-102: it is closed when the frame is skipped."""
    check_that_skipped_calls_leave_no_descriptor(pools, gate)


@IN_MEMORY
@PORTABLE
@PLAIN
@methods("fork")
def test_a_descriptor_that_is_not_closed_then_would_be_found(
    pools: Pools, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    received, forgotten = memory.received, []

    def received_and_never_dropped(*arguments: Any, **named: Any) -> Any:
        forgotten.append(received(*arguments, **named))
        return forgotten[-1]

    monkeypatch.setattr(memory, "received", received_and_never_dropped)
    with pytest.raises(AssertionError, match=r"assert \d+ == 0"):
        check_that_skipped_calls_leave_no_descriptor(pools, gate)


@IN_MEMORY
@PORTABLE
@PLAIN
@parent_only
def test_the_descriptors_of_waiting_tasks_are_bounded(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-102: beyond the bound a pickle is bytes."""
    held = pool.submit(hold_large, gate, Block(bytes(1 << 17)))
    gate.wait_for_arrival()
    futures = [pool.submit(raise_first, Block(bytearray([number]) * (1 << 17))) for number in range(200)]
    assert 64 <= memory_descriptors() <= 2 * 64
    gate.open()
    assert [future.result(LIMIT) for future in futures] == list(range(200))
    assert held.result(LIMIT) == 1 << 17


@IN_MEMORY
@PORTABLE
@PLAIN
@parent_only
def test_a_forked_child_has_none_of_the_descriptors(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-90."""
    futures = [pool.submit(hold_large, gate, Block(bytes(SIZE))) for _ in range(3)]
    gate.wait_for_arrival()
    assert memory_descriptors() > 0
    assert in_forked_child(lambda: str(memory_descriptors())) == "0"
    gate.open(3)
    assert [future.result(LIMIT) for future in futures] == [SIZE] * 3


def test_a_worker_that_is_killed_with_large_arguments_leaves_nothing(pools: Pools, gate: Gate) -> None:
    """C-82, C-96: the one that it holds, and those sent ahead to it."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(hold_large, gate, Block(bytes(SIZE))) for _ in range(10)]
    os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    wait(futures, LIMIT)
    assert all(death_of(future) for future in futures)


@ours_only("gh-82265: it breaks the pool; new: replace")
@methods("spawn", "forkserver")
def test_other_large_tasks_of_a_worker_that_is_killed_run_elsewhere(pools: Pools, gate: Gate) -> None:
    """C-84."""
    pool = pools.make(on_worker_death="replace")
    held = pool.submit(hold_large, gate, Block(bytes(SIZE)))
    futures = [pool.submit(raise_first, filled(number)) for number in range(6)]
    os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    assert death_of(held).ran
    assert [future.result(LIMIT) for future in futures] == list(range(6))


@IN_MEMORY
@pytest.mark.parametrize("way", ["receiving", pytest.param("answering", marks=[PORTABLE, PLAIN])])
def test_a_worker_that_is_killed_in_between_is_charged_and_leaves_nothing(pool: ProcessPoolExecutor, way: str) -> None:
    """C-79, C-96: while it unpickles a large argument, or between the descriptor of its answer and the frame."""
    if way == "receiving":
        future = pool.submit(same, [Block(bytes(SIZE)), DiesOnArrival(), Block(bytes(SIZE))])
    else:
        future = pool.submit(answer_and_die_half_way)
    assert death_of(future).ran


def test_a_pool_that_is_killed_with_large_tasks_on_their_way_leaves_nothing(pools: Pools, gate: Gate) -> None:
    """C-54, C-96."""
    pool = pools.make(max_workers=2)
    futures = [pool.submit(hold_large, gate, Block(bytes(SIZE))) for _ in range(10)]
    gate.wait_for_arrival()
    for process in list(pool._processes.values()):
        process.kill()
    pool.shutdown(wait=True, cancel_futures=True)
    assert all(future.done() for future in futures)
