"""Hooks that the user has registered for a fork, and that use a pool: before it, and after it in the parent.

Decides: what such a hook does. Must not know: how a fork is kept from cutting something in two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.behaviour.marks import parent_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import MakeScript

PROGRAM = """
    import os

    uses = []

    def use():
        if uses:
            uses.pop()()

    {registration}
    # Hooks that are called before a fork are called in the reverse order of their registration: only now ours.
    import concurrent.futures, threading, checkedpool.executor

    def fork():
        child = os.fork()
        if child == 0:
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    if __name__ == "__main__":
        {body}
"""
BEFORE, AFTER = "os.register_at_fork(before=use)", "os.register_at_fork(after_in_parent=use)"

ONE_THAT_RUNS = """
        with make(1) as pool:
            pool.submit(tasks.double, 1).result()
            uses.append(lambda: print(pool.submit(tasks.double, 2).result(LIMIT)))
            fork()
            print(pool.submit(tasks.double, 3).result())
"""
A_NEW_ONE = """
        def use_new():
            with make(1) as pool:
                print(pool.submit(tasks.double, 2).result(LIMIT))

        uses.append(use_new)
        fork()
        print(6)
"""
FROM_THREADS = """
        def wait_in_threads():
            with make(1) as pool:
                values = []
                ask = lambda: values.append(pool.submit(tasks.double, 2).result())
                threads = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(LIMIT)
                print(*set(values))

        uses.append(wait_in_threads)
        fork()
        print(6)
"""


@pytest.mark.parametrize("registration", [BEFORE, AFTER], ids=["before", "after"])
@pytest.mark.parametrize("body", [ONE_THAT_RUNS, A_NEW_ONE, FROM_THREADS], ids=["running", "new", "threads"])
def test_a_hook_of_the_user_that_waits_for_a_pool_during_a_fork_gets_its_result(
    script: MakeScript, registration: str, body: str
) -> None:
    """C-90."""
    words = script(PROGRAM.format(registration=registration, body=body.strip())).output()
    assert words == ["4", "7", "6"]


LARGE = """
        def use_large():
            print(len(pool.submit(bytes, 1 << 20).result(LIMIT)), end=' ')
            print(len(pool.submit(bytes.upper, bytes(1 << 20)).result(LIMIT)))

        with make(1) as pool:
            pool.submit(tasks.double, 1).result()
            uses.append(use_large)
            fork()
"""


@parent_only
def test_large_values_come_and_go_while_a_hook_of_the_user_holds_up_a_fork(script: MakeScript) -> None:
    """C-102, and each of them takes descriptors."""
    words = script(PROGRAM.format(registration=BEFORE, body=LARGE.strip())).output()
    assert words == [str(1 << 20)] * 2 + ["7"]
