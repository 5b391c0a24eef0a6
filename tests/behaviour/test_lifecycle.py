"""Interpreter exit and garbage collection: what was submitted is run, whoever forgets the executor."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Gate, Journal, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import Gates, MakeScript, Pools

REFUSED = "cannot schedule new futures after"
TEN = [str(number) for number in range(10)]

# ------------------------------------------------------------------------------------------------ exit


@pytest.mark.parametrize("ending", ["", "pool.shutdown(wait=False)", "del pool", "import gc; gc.collect()"])
def test_exit_runs_what_was_submitted(script: MakeScript, journal: Journal, ending: str) -> None:
    """C-60, C-62."""
    program = script(f"""
        if __name__ == "__main__":
            journal = Journal(sys.argv[2])
            pool = make(2)
            for number in range(10):
                pool.submit(tasks.write, journal, number)
            {ending}
    """)
    ended = program.run(journal.path)
    assert (ended.code, ended.err) == (0, "")
    assert sorted(journal.words()) == TEN


def test_exit_waits_for_a_begun_task_without_limit(script: MakeScript, gate: Gate) -> None:
    """C-60: as long as the gate is closed the program is there."""
    program = script("""
        if __name__ == "__main__":
            pool = make(1)
            future, door = pool.submit(tasks.hold, Door(*sys.argv[2:4]), "result"), Door(*sys.argv[2:4])
            future.add_done_callback(lambda future: print(future.result()))
            door.arrive()
    """)
    pid = program.start(*gate.paths)
    for _ in ("the task has begun", "the callback has been added"):
        gate.wait_for_arrival()
    assert leaks.is_alive(pid)
    gate.open()
    ended = program.wait()
    assert (ended.code, ended.out, ended.err) == (0, "result\n", "")


@ours_only("no issue: what the manager has put into the call queue by then runs all the same")
def test_exit_does_not_take_back_an_earlier_stronger_request(
    script: MakeScript, gates: Gates, journal: Journal
) -> None:
    """C-43, C-60: the ten are submitted while the first one is held."""
    program = script("""
        from concurrent.futures import wait

        if __name__ == "__main__":
            held, ready = Door(*sys.argv[2:4]), Door(*sys.argv[4:6])
            pool = make(1)
            pool.submit(tasks.hold, held)
            ready.await_pass()
            others = [pool.submit(tasks.write, Journal(sys.argv[6]), number) for number in range(10)]
            pool.shutdown(wait=False, cancel_futures=True)
            wait(others)  # the return does not promise it: C-47
            ready.arrive()
    """)
    held, ready = gates.make(), gates.make()
    program.start(*held.paths, *ready.paths, journal.path)
    held.wait_for_arrival()
    ready.open()
    ready.wait_for_arrival()
    held.open()
    assert program.wait().code == 0
    assert journal.words() == []


@parent_only
@pytest.mark.parametrize(
    ("ending", "code"), [("sys.exit(3)", 3), ("raise LookupError('of the program')", 1), ("1 / 0", 1)]
)
def test_the_exit_status_is_the_programs_own(script: MakeScript, journal: Journal, ending: str, code: int) -> None:
    """C-60: whatever ends the main thread, everything runs."""
    program = script(f"""
        if __name__ == "__main__":
            journal = Journal(sys.argv[2])
            pool = make(1)
            for number in range(10):
                pool.submit(tasks.write, journal, number)
            {ending}
    """)
    assert program.run(journal.path).code == code
    assert journal.words() == TEN


def test_everything_has_run_before_the_exit_handlers_do(script: MakeScript) -> None:
    """C-60: atexit handlers find every future ended, its callbacks called, and the pool shut down."""
    program = script("""
        import atexit

        def handler():
            print(*[future.result(0) for future in futures], len(called))
            try:
                pool.submit(int)
            except RuntimeError as error:
                print(error)

        if __name__ == "__main__":
            atexit.register(handler)
            pool, called = make(1), []
            futures = [pool.submit(tasks.double, number) for number in range(5)]
            for future in futures:
                future.add_done_callback(called.append)
    """)
    outcomes, refusal = program.run().out.splitlines()
    assert outcomes == "0 2 4 6 8 5"
    assert refusal.startswith(REFUSED)


@parent_only
def test_a_pool_that_was_never_used_may_see_the_exit(script: MakeScript) -> None:
    """C-51, C-60: and be used for the first time when it is too late."""
    program = script("""
        import atexit

        def handler():
            try:
                pool.submit(int)
            except RuntimeError as error:
                print(error)

        if __name__ == "__main__":
            pool = make(1)
            atexit.register(handler)
    """)
    assert program.run().out == f"{REFUSED} interpreter shutdown\n"


@parent_only
@ours_only("no issue: a pool that was at work when the exit came says only that it was shut down")
def test_the_refusal_names_the_interpreters_exit(script: MakeScript) -> None:
    """C-17, C-107."""
    program = script("""
        import atexit
        from checkedpool import ExecutorShutdownError

        def handler():
            try:
                pool.submit(int)
            except ExecutorShutdownError as error:
                print(error)

        if __name__ == "__main__":
            pool = make(1)
            pool.submit(int)
            atexit.register(handler)
    """)
    assert program.run().out == f"{REFUSED} interpreter shutdown\n"


def test_a_thread_that_outlives_the_main_thread_is_refused(script: MakeScript) -> None:
    """C-17, C-61."""
    program = script("""
        import threading

        def submit_late():
            threading.main_thread().join()
            for _ in range(100_000):
                try:
                    pool.submit(int)
                except RuntimeError as error:
                    print(error)
                    break

        if __name__ == "__main__":
            pool = make(1)
            pool.submit(int).result()
            threading.Thread(target=submit_late).start()
    """)
    ended = program.run()
    assert ended.out.startswith(REFUSED)
    assert ended.err == ""


@ours_only("gh-109047: from 3.12 on what is submitted beside the exit may be lost")
@pytest.mark.parametrize("daemon", [True, False])
def test_each_submit_beside_the_exit_raises_or_is_run(script: MakeScript, journal: Journal, daemon: bool) -> None:
    """C-61: threads submit under load while the main thread ends."""
    program = script("""
        import atexit, threading

        accepted = []

        def submit_on_and_on():
            for number in range(1_000_000):
                try:
                    future = pool.submit(tasks.double, number)
                except RuntimeError:
                    break
                accepted.append((number, future))

        def check():
            wrong = [number for number, future in accepted if not future.done() or future.result() != 2 * number]
            print(len(wrong), bool(accepted))

        if __name__ == "__main__":
            pool = make(2)
            pool.submit(int).result()
            atexit.register(check)
            for _ in range(3):
                threading.Thread(target=submit_on_and_on, daemon=sys.argv[2] == "True").start()
            while len(accepted) < 50:
                pass
    """)
    assert program.output(daemon) == ["0", "True"]


def test_the_exit_of_a_program_with_a_broken_pool_is_quick_and_clean(script: MakeScript) -> None:
    """C-60, C-83."""
    program = script("""
        if __name__ == "__main__":
            pool = make(2)
            print(type(pool.submit(tasks.exit_at_once, 1).exception()).__name__)
    """)
    ended = program.run()
    assert (ended.code, ended.out, ended.err) == (0, "BrokenProcessPool\n", "")


def test_many_pools_may_see_the_exit(script: MakeScript, journal: Journal) -> None:
    """C-60."""
    program = script("""
        if __name__ == "__main__":
            journal = Journal(sys.argv[2])
            pools = [make(1) for _ in range(3)]
            for number in range(10):
                pools[number % 3].submit(tasks.write, journal, number)
    """)
    assert program.run(journal.path).code == 0
    assert sorted(journal.words()) == TEN


def test_a_callback_that_submits_during_the_exit_is_refused_and_nothing_hangs(script: MakeScript, gate: Gate) -> None:
    """C-17, C-60."""
    program = script("""
        def callback(future):
            for _ in range(1_000_000):
                try:
                    pool.submit(int)
                except RuntimeError as error:
                    print(error)
                    break

        if __name__ == "__main__":
            pool, door = make(1), Door(*sys.argv[2:4])
            pool.submit(tasks.hold, door).add_done_callback(callback)
            door.arrive()
    """)
    program.start(*gate.paths)
    for _ in ("the task has begun", "the callback has been added"):
        gate.wait_for_arrival()
    gate.open()
    assert program.wait().out.startswith(REFUSED)


# ------------------------------------------------------------------------------------------------ garbage collection


def test_a_collected_executor_finishes_its_work_and_leaves_nothing(pools: Pools, gates: Gates) -> None:
    """C-62: the leak check says that workers and threads have gone, although nobody called shutdown."""
    gate = gates.make()
    pool = pools.make()
    begun = pool.submit(tasks.hold, gate, "begun")
    gate.wait_for_arrival()
    later = [pool.submit(tasks.double, number) for number in range(5)]
    gone = weakref.ref(pool)
    del pool
    pools.forget()
    eventually(lambda: gc.collect() >= 0 and gone() is None, "the executor is collected while it works")
    gate.open()
    assert begun.result(LIMIT) == "begun"
    assert [future.result(LIMIT) for future in later] == [0, 2, 4, 6, 8]


def test_an_idle_executor_that_is_collected_leaves_nothing(pools: Pools) -> None:
    """C-62."""
    pools.make(max_workers=2).submit(int).result(LIMIT)
    pools.forget()


def test_an_executor_in_a_cycle_is_collected(pools: Pools) -> None:
    """C-62: its end comes from the garbage collector, in whatever thread that runs."""
    pool = pools.make()
    pool.itself = pool  # type: ignore[attr-defined]
    future = pool.submit(tasks.double, 4)
    del pool
    pools.forget()
    gc.collect()
    assert future.result(LIMIT) == 8


def test_the_futures_of_a_collected_executor_call_their_callbacks(pools: Pools, gate: Gate) -> None:
    """C-08, C-62."""
    called: list[object] = []
    pool = pools.make()
    future = pool.submit(tasks.hold, gate)
    future.add_done_callback(called.append)
    del pool
    pools.forget()
    gc.collect()
    gate.open()
    eventually(lambda: called == [future], "the callback is called")
