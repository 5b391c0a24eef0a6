"""``with_options(priority=)`` on a cluster: whoever asks gets the first ticket, whatever the engine has sent where.

One worker stands in front of a gate while tasks are submitted; what it begins when that opens, it writes down.
"""

from __future__ import annotations

import os
from concurrent.futures import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import limits
from tests.dask import tasks
from tests.dask.conftest import tickets_at, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from checkedpool.dask import DaskExecutor


@pytest.fixture
def alone(client: Any) -> Iterator[DaskExecutor]:
    """An executor that uses one worker."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with DaskExecutor(client, workers=next(iter(client.run(os.getpid)))) as made:
        yield made


def holding(executor: DaskExecutor, gate: Path) -> Future[Any]:
    held = executor.submit(tasks.wait_for, str(gate))
    until(held.running)
    return held


def settle(client: Any, executor: DaskExecutor, waiting: int) -> None:
    """Until the scheduler knows of all that waits."""
    until(lambda: client.run_on_scheduler(known, name=executor._session.name) == waiting)


def known(name: str, dask_scheduler: Any) -> int:
    return len(tickets_at(dask_scheduler).waiting.get(name, ()))


def words(journal: str) -> list[str]:
    return Path(journal).read_text().split()


def test_the_highest_begins_first_and_equal_ones_in_their_order(
    client: Any, alone: DaskExecutor, gate: Path, journal: str
) -> None:
    """C-22, C-156, C-157: also where the engine has sent slots ahead; a view of a view, and large ones."""
    held = holding(alone, gate)
    high, low = alone.with_options(priority=2), alone.with_options(priority=-1)
    higher = high.with_options(priority=10**20)
    again = higher.with_options(priority=0)
    done = [low.submit(tasks.go_on, journal, "low")]
    done += [alone.submit(tasks.go_on, journal, f"plain-{n}") for n in range(30)]
    settle(client, alone, 31)
    done += [high.submit(tasks.go_on, journal, f"high-{n}") for n in range(3)]
    done += [again.submit(tasks.go_on, journal, "plain-30"), higher.submit(tasks.go_on, journal, "higher")]
    settle(client, alone, 36)
    gate.touch()
    assert not wait([*done, held], limits.HANG).not_done
    assert words(journal) == ["higher", "high-0", "high-1", "high-2", *(f"plain-{n}" for n in range(31)), "low"]


def test_what_takes_long_does_not_change_the_order(
    client: Any, alone: DaskExecutor, gate: Path, journal: str, tmp_path: Path
) -> None:
    """C-156: where each task has a slot of its own, and a higher one comes in between."""
    held = holding(alone, gate)
    second = tmp_path / "second gate"
    done = [alone.submit(tasks.noted, journal, 0, 0.15)]
    between = alone.submit(tasks.wait_for, str(second))
    done += [alone.submit(tasks.noted, journal, n, 0.15) for n in (1, 2)]
    settle(client, alone, 4)
    gate.touch()
    until(between.running)
    done.append(alone.with_options(priority=1).submit(tasks.noted, journal, 7))
    settle(client, alone, 3)
    second.touch()
    assert not wait([*done, held], limits.HANG).not_done
    begun = [int(line.split()[1]) for line in Path(journal).read_text().splitlines() if line.startswith("begun")]
    assert begun == [0, 7, 1, 2]


def test_the_chunks_of_a_map_have_the_priority(client: Any, alone: DaskExecutor, gate: Path, journal: str) -> None:
    """C-25, C-156."""
    held = holding(alone, gate)
    last = alone.submit(tasks.go_on, journal, "last")
    results = alone.with_options(priority=1).map(tasks.go_on, [journal] * 4, map(str, range(4)), chunksize=2)
    settle(client, alone, 3)
    gate.touch()
    assert list(results) == [None] * 4
    assert not wait([held, last], limits.HANG).not_done
    assert words(journal) == ["0", "1", "2", "3", "last"]


def test_what_is_cancelled_holds_nobody_up(client: Any, alone: DaskExecutor, gate: Path, journal: str) -> None:
    """C-05, C-156."""
    held = holding(alone, gate)
    high = alone.with_options(priority=1)
    gone = high.submit(tasks.go_on, journal, "cancelled")
    done = [alone.submit(tasks.go_on, journal, "last"), high.submit(tasks.go_on, journal, "first")]
    settle(client, alone, 3)
    assert gone.cancel()
    gate.touch()
    assert not wait([*done, held], limits.HANG).not_done
    assert words(journal) == ["first", "last"]


def test_a_further_attempt_has_the_priority_of_the_first(
    client: Any, alone: DaskExecutor, gate: Path, journal: str, tmp_path: Path
) -> None:
    """C-149, C-156."""
    held = holding(alone, gate)
    second = tmp_path / "second gate"
    stubborn = alone.with_options(priority=1, retries=1, retry_on=ValueError)
    call = stubborn.submit(tasks.fail, journal)
    between = stubborn.with_options(retries=0).submit(tasks.wait_for, str(second))
    last = alone.submit(tasks.go_on, journal, "last")
    settle(client, alone, 3)
    gate.touch()
    until(between.running)  # after the first attempt
    settle(client, alone, 2)
    second.touch()
    assert not wait([held, call, between, last], limits.HANG).not_done
    assert [word for word in words(journal) if not word.isdigit()] == ["begun", "begun", "last"]


@pytest.mark.parametrize("priority", [1.0, "1", None, (1,)])
def test_a_priority_is_an_integer(executor: DaskExecutor, priority: Any) -> None:
    """C-117, C-156."""
    with pytest.raises(TypeError, match="priority must be an integer, the higher the sooner, not"):
        executor.with_options(priority=priority)


def test_many_tasks_of_many_priorities_all_end(executor: DaskExecutor) -> None:
    """C-01, C-156."""
    futures = [executor.with_options(priority=n % 7 - 3).submit(abs, -n) for n in range(300)]
    assert [future.result(limits.HANG) for future in futures] == list(range(300))
