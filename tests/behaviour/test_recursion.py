"""Near the recursion limit RecursionError comes at every call, also while it is dealt with; and the pool goes on.

C-105: what raises it has done nothing, and what does not raise it has done all: at whatever distance from the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import limits
from tests.behaviour.marks import ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import MakeScript
    from tests.behaviour.scripts import Script

pytestmark = [
    pytest.mark.slow,
    pytest.mark.every("distance from the recursion limit"),
    pytest.mark.one_in(4, "make test-all alone"),
    ours_only("no issue: a submit that is cut short there leaves what it has begun"),
]
BEGINNING = """
    import threading
    from itertools import count
    from pathlib import Path
    from tempfile import mkdtemp
    from tests.behaviour import depths
    from tests.behaviour.gates import Gate, eventually
    deep = getattr(depths, sys.argv[2])

    def attempt(left, call):
        try:
            return [deep(left, call)]
        except RecursionError:
            return []

    def runs(future):
        error = future.exception(LIMIT)  # of a worker that was forked there, or of a pickler
        assert error is None or isinstance(error, RecursionError), error
        return error is None

    def end(pool):
        thread = threading.Thread(target=pool.shutdown, daemon=True)
        thread.start()
        thread.join(LIMIT)
        assert not thread.is_alive(), "shutdown hangs"
"""


def output(program: Script, *arguments: str) -> list[str]:
    """The words that it prints."""
    ended = program.run(*arguments, limit=limits.TEST / 2)
    assert ended.code == 0, ended.err
    return ended.out.split()


HOW = pytest.mark.parametrize("how", ["in_python", "in_c"])


@HOW
def test_a_first_submit_at_whatever_depth_starts_the_pool_or_leaves_it_as_it_was(how: str, script: MakeScript) -> None:
    program = script(
        BEGINNING
        + """
    if __name__ == "__main__":
        pool, accepted, left = make(1), 0, 0
        journal = Journal(mkdtemp() + "/journal")
        while accepted < 8:
            futures = attempt(left, lambda: pool.submit(tasks.write, journal, left))
            for future in futures:
                accepted += pool._pool.manager_thread is not None
                assert not runs(future) or journal.words()[-1] == str(left)
            if accepted or left % 16 == 0:
                before = journal.words()
                assert runs(pool.submit(tasks.double, left)) or futures
                assert journal.words() == before, "what has raised runs nothing"
                end(pool)
                pool = make(1)
            left += 1 if not accepted else 7
        end(pool)
        print(left)
    """
    )
    (left,) = output(program, how)
    assert int(left) > 50


@HOW
def test_a_later_submit_at_whatever_depth_runs_its_task_or_raises(how: str, script: MakeScript) -> None:
    program = script(
        BEGINNING
        + """
    if __name__ == "__main__":
        from checkedpool._pool import pool as pool_module
        BUDGET = pool_module.BUDGET
        pool, outcomes = make(1), []
        for turn in range(3 * 45):
            left = turn // 3
            pool.submit(tasks.double, left).result(LIMIT)
            if sys.argv[3] == "lends":
                eventually(lambda: pool._pool.shared.loan is not None, "a worker is lent")
                if turn % 3:  # the manager is woken for it
                    pool._pool.shared.loan._free.clear()
            pool_module.BUDGET = -1 if turn % 3 == 2 else BUDGET  # it is pickled later
            futures = attempt(left, lambda: pool.submit(tasks.note, left))
            pool_module.BUDGET = BUDGET
            outcomes += [(left,) for future in futures if runs(future)]
            noted = pool.submit(tasks.noted).result(LIMIT)[1]
            assert noted == outcomes, (left, futures, noted)
        assert attempt(0, lambda: list(pool.map(tasks.double, range(3)))) == []
        assert attempt(90, lambda: list(pool.map(tasks.double, range(3)))) == [[0, 2, 4]]
        end(pool)
        print(len(outcomes))
    """
    )
    from tests.lending import LENDS  # noqa: PLC0415 - ours only

    (accepted,) = output(program, how, "lends" if LENDS else "")
    assert 10 < int(accepted) < 135


@HOW
def test_what_is_asked_of_a_future_at_whatever_depth_is_answered_or_not_and_its_end_comes(
    how: str, script: MakeScript
) -> None:
    program = script(
        BEGINNING
        + """
    def calls_of(future, called):
        yield lambda: future.running()
        yield lambda: future.done()
        yield lambda: future.add_done_callback(called.append)
        yield lambda: future.result(0.001)
        yield lambda: future.exception(0.001)
        yield lambda: future.cancel()

    if __name__ == "__main__":
        pool, gate = make(1), Gate(Path(mkdtemp()), "gate")
        cancelled = 0
        for left in range(0, 60):
            held = pool.submit(tasks.hold, gate)
            gate.wait_for_arrival()
            future, called = pool.submit(tasks.double, left), []
            future.add_done_callback(called.append)
            added = 1
            for which, call in enumerate(calls_of(future, called)):
                try:
                    came = attempt(left, call)
                except TimeoutError:
                    came = []
                if which == 2:
                    added += len(came)
                if which == 5 and came == [True]:
                    cancelled += 1
                    assert future.cancelled(), left
                    assert called == [future] * added, left
                elif which == 5:
                    assert came == [], "nobody has begun it"
                    assert not future.done(), left
            gate.open()
            held.result(LIMIT)
            if not future.cancelled():
                assert future.result(LIMIT) == 2 * left
            assert pool.submit(tasks.double, 1).result(LIMIT) == 2
            eventually(lambda: called == [future] * added, f"each callback is called once: {left}, {called}")
        end(pool)
        print(cancelled)
    """
    )
    (cancelled,) = output(program, how)
    assert 5 < int(cancelled) < 60


@HOW
def test_a_shutdown_at_whatever_depth_can_be_asked_for_again(how: str, script: MakeScript) -> None:
    program = script(
        BEGINNING
        + """
    if __name__ == "__main__":
        raised = 0
        for left in range(0, 30, 3):
            pool = make(1)
            future = pool.submit(tasks.double, left)
            raised += not attempt(left, pool.shutdown)
            assert future.result(LIMIT) == 2 * left
            end(pool)
        print(raised)
    """
    )
    (raised,) = output(program, how)
    assert 0 < int(raised) < 10
