"""A worker that is told to leave ends as a multiprocessing process does: handlers run, output is flushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.behaviour import tasks
from tests.behaviour.gates import Gate, Journal
from tests.behaviour.kinds import LIMIT

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import MakeScript, Pools


def test_finalizers_of_multiprocessing_run_when_a_worker_leaves(pools: Pools, journal: Journal) -> None:
    """C-74: coverage tools and the like hang on them."""
    pool = pools.make()
    worker = pool.submit(tasks.at_exit_write, journal, "left").result(LIMIT)
    assert worker > 0
    assert journal.words() == []
    pool.shutdown()
    assert journal.words() == ["left"]


def test_exit_handlers_run_where_those_of_a_plain_process_do(pools: Pools, journal: Journal) -> None:
    """C-74: that differs among start methods and versions; a process of multiprocessing itself is the measure."""
    process = pools.kind.context.Process(target=tasks.atexit_write, args=(journal, "plain"))  # type: ignore[attr-defined]
    process.start()
    process.join(LIMIT)
    process.close()
    pool = pools.make()
    pool.submit(tasks.atexit_write, journal, "pool").result(LIMIT)
    pool.shutdown()
    assert journal.words() in ([], ["plain", "pool"])


def test_what_tasks_printed_is_flushed(script: MakeScript) -> None:
    """C-74: each part once, the parent's own included."""
    program = script("""
        if __name__ == "__main__":
            sys.stdout.write("<parent>")
            with make(1) as pool:
                for part in ("<a>", "<b>"):
                    pool.submit(tasks.print_unflushed, part).result()
    """)
    ended = program.run()
    assert ended.out.count("<parent>") == 1
    assert "<a><b>" in ended.out


def test_a_worker_that_is_terminated_runs_no_handlers(pools: Pools, gate: Gate, journal: Journal) -> None:
    """C-74: neither is one that died with the pool."""
    pool = pools.make()
    pool.submit(tasks.at_exit_write, journal, "left").result(LIMIT)
    assert pool.submit(tasks.exit_at_once, 1).exception(LIMIT) is not None
    pool.shutdown()
    assert journal.words() == []


def test_handlers_may_take_part_in_a_drain_of_many(pools: Pools, journal: Journal) -> None:
    """C-45, C-74: every worker runs its own."""
    pool: ProcessPoolExecutor = pools.make(max_workers=2, initializer=tasks.at_exit_write, initargs=(journal, "left"))
    futures = [pool.submit(tasks.double, number) for number in range(10)]
    pool.shutdown()
    assert [future.result(0) for future in futures] == [2 * number for number in range(10)]
    assert journal.words() in (["left"], ["left", "left"])
