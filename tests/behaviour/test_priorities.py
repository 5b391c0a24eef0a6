"""``with_options(priority=...)``: of what waits, a higher one goes first, also before what was sent ahead of a worker.

A worker stops in front of a gate while tasks are submitted; what it begins when that opens, it writes down.  Decides:
which tasks with which priorities.  Must not know: how they are sorted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._pool.settling import settle_down
from checkedpool_model.traces.verdict import Verdict, judge
from tests.behaviour import tasks
from tests.behaviour.gates import eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Gates, Pools
    from tests.behaviour.gates import Gate, Journal

pytestmark = ours_only("new: the standard executor has no priorities")


def settle(pool: Any) -> None:
    """Wait until the manager has seen all that was submitted."""
    settle_down(pool._pool, LIMIT)


def holding(pool: ProcessPoolExecutor, gate: Gate) -> Future[Any]:
    """The only worker stands in front of the gate."""
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    return held


def test_the_highest_begins_first_and_equal_ones_in_their_order(
    pool: ProcessPoolExecutor, gate: Gate, journal: Journal
) -> None:
    """C-156, C-157: also before those that were sent ahead; a view of a view changes what is named."""
    held = holding(pool, gate)
    high, low = pool.with_options(priority=2), pool.with_options(priority=-1)
    higher = high.with_options(priority=10**20)
    again = higher.with_options(priority=0)
    done = [low.submit(tasks.write, journal, "low")]
    done += [pool.submit(tasks.write, journal, f"plain-{n}") for n in range(3)]
    settle(pool)
    done += [high.submit(tasks.write, journal, f"high-{n}") for n in range(3)]
    done.append(again.submit(tasks.write, journal, "plain-3"))
    done.append(higher.submit(tasks.write, journal, "higher"))
    settle(pool)
    gate.open()
    for future in (*done, held):
        future.result(LIMIT)
    assert journal.words() == [
        "higher", "high-0", "high-1", "high-2", "plain-0", "plain-1", "plain-2", "plain-3", "low",
    ]  # fmt: skip


@parent_only
def test_the_chunks_of_a_map_have_the_priority(pool: ProcessPoolExecutor, gate: Gate, journal: Journal) -> None:
    """C-25, C-156."""
    held = holding(pool, gate)
    last = pool.submit(tasks.write, journal, "last")
    results = pool.with_options(priority=1).map(tasks.write, [journal] * 4, range(4), chunksize=2)
    settle(pool)
    gate.open()
    assert list(results) == [None] * 4
    for future in held, last:
        future.result(LIMIT)
    assert journal.words() == ["0", "1", "2", "3", "last"]


@parent_only
def test_what_is_cancelled_holds_nobody_up(pool: ProcessPoolExecutor, gate: Gate, journal: Journal) -> None:
    """C-05, C-156."""
    held = holding(pool, gate)
    high = pool.with_options(priority=1)
    gone, last, first = (
        high.submit(tasks.write, journal, "cancelled"),
        pool.submit(tasks.write, journal, "last"),
        high.submit(tasks.write, journal, "first"),
    )
    settle(pool)
    assert gone.cancel()
    gate.open()
    for future in held, last, first:
        future.result(LIMIT)
    assert journal.words() == ["first", "last"]


@parent_only
def test_a_further_attempt_has_the_priority_of_the_first(
    pool: ProcessPoolExecutor, gates: Gates, journal: Journal
) -> None:
    """C-149, C-156."""
    one, two = gates.make(), gates.make()
    held = holding(pool, one)
    stubborn = pool.with_options(priority=1, retries=1, retry_on=OSError)
    call: Any = stubborn.submit(tasks.raise_until, journal, 2, OSError("once"))
    attempt = call.attempt
    between = pool.submit(tasks.hold, two)
    last = pool.submit(tasks.write, journal, "last")
    settle(pool)
    one.open()
    two.wait_for_arrival()  # after the first attempt, perhaps after the second
    eventually(lambda: call.attempt is not attempt, "it is tried again")
    settle(pool)
    two.open()
    for future in held, between, call, last:
        future.result(LIMIT)
    assert journal.words()[-1] == "last"
    assert len(journal.words()) == 3


@pytest.mark.parametrize("priority", [1.0, "1", None, (1,)])
@parent_only
def test_a_priority_is_an_integer(pool: ProcessPoolExecutor, priority: Any) -> None:
    """C-117, C-156."""
    with pytest.raises(TypeError, match="priority must be an integer, the higher the sooner, not"):
        pool.with_options(priority=priority)


@parent_only
def test_many_tasks_of_many_priorities_all_end(pools: Pools) -> None:
    """C-01, C-156: the numbers of their frames come round; tickets are revoked again and again."""
    pool = pools.make(2)
    views = [pool.with_options(priority=n % 7) for n in range(600)]
    futures = [view.submit(tasks.double, n) for n, view in enumerate(views)]
    assert [future.result(LIMIT) for future in futures] == [2 * n for n in range(600)]


@parent_only
def test_a_trace_says_the_priorities_and_is_held_against_them(
    pools: Pools, gate: Gate, journal: Journal, tmp_path: Path
) -> None:
    """C-100, C-156: with other priorities, what the workers did is no run of the protocol."""
    pool = pools.make(1, trace=tmp_path / "run")
    held = holding(pool, gate)
    last = pool.submit(tasks.write, journal, "last")
    first = pool.with_options(priority=3).submit(tasks.write, journal, "first")
    settle(pool)
    gate.open()
    for future in held, last, first:
        future.result(LIMIT)
    pool.shutdown()
    assert journal.words() == ["first", "last"]
    report = judge(tmp_path / "run", draw=False)
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())
    turn_round(tmp_path / "run")
    assert judge(tmp_path / "run", draw=False).verdict is Verdict.DIVERGED


def turn_round(run: Path) -> None:
    """Have the trace say that the higher priorities were the lower ones."""
    changed = 0
    for file in run.glob("*.jsonl"):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        for line in lines:
            if "priority" in line:
                line["priority"] = -line["priority"]
                changed += 1
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert changed
