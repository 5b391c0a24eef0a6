"""The parent is killed: none of its workers stays, whatever it is doing. Each script's end checks that all are gone."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.behaviour.gates import Gate
from tests.behaviour.marks import not_portable, ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import MakeScript

pytestmark = [ours_only("gh-111873: each worker holds a writing end of its own call pipe, and so waits for ever")]

REACHES_C_CODE = not_portable(
    "the guard is a thread there, which C code keeps from running (limits.md)", linux_only=True
)
DOINGS = {
    "idle": "pool.submit(int).result(); door.arrive()",
    "waiting": "pool.submit(tasks.hold, door)",
    "busy in C": "pool.submit(tasks.busy_in_c, door)",
    "deaf": "pool.submit(tasks.hold_deaf, door)",
    "leaving": "pool.submit(tasks.at_exit_hold, door).result(); pool.shutdown(wait=False)",
    "sending": "pool.submit(tasks.arrive_and_make, door, 2**26)",
    "nested": "pool.submit(tasks.nested_hold, sys.argv[1], door)",
}


@pytest.mark.parametrize(
    "doing", [pytest.param(doing, marks=REACHES_C_CODE) if doing == "busy in C" else doing for doing in DOINGS]
)
def test_when_the_parent_is_killed_no_worker_stays(script: MakeScript, gate: Gate, doing: str) -> None:
    """C-97: idle workers, busy ones and those with work sent ahead."""
    program = script(f"""
        if __name__ == "__main__":
            door = Door(*sys.argv[2:4])
            pool = make(2)
            {DOINGS[doing]}
            later = [pool.submit(tasks.double, number) for number in range(10)] if {doing != "leaving"} else []
            door.await_pass()
    """)
    pid = program.start(*gate.paths)
    gate.wait_for_arrival()
    os.kill(pid, signal.SIGKILL)
    assert program.wait().code == -signal.SIGKILL


@REACHES_C_CODE
def test_when_the_parent_leaves_without_its_exit_handlers_no_worker_stays(script: MakeScript, gate: Gate) -> None:
    """C-97: os._exit runs neither finalizers nor exit handlers."""
    program = script("""
        import os

        if __name__ == "__main__":
            door = Door(*sys.argv[2:4])
            pool = make(2)
            pool.submit(tasks.busy_in_c, door)
            door.await_pass()
            os._exit(4)
    """)
    program.start(*gate.paths)
    gate.wait_for_arrival()
    gate.open()
    assert program.wait().code == 4


def test_when_the_parent_is_killed_while_workers_start_none_stays(script: MakeScript, gate: Gate) -> None:
    """C-97: they are in their initializer, and have never said a word."""
    program = script("""
        if __name__ == "__main__":
            door = Door(*sys.argv[2:4])
            pool = make(2, initializer=tasks.hold, initargs=(door,))
            futures = [pool.submit(int) for _ in range(2)]
            futures[0].result()
    """)
    pid = program.start(*gate.paths)
    gate.wait_for_arrival()
    os.kill(pid, signal.SIGKILL)
    assert program.wait().code == -signal.SIGKILL


def test_a_sibling_that_was_forked_beside_the_pool_keeps_no_worker_alive(script: MakeScript, gate: Gate) -> None:
    """C-90, C-97: a process that the program forked itself lives on; the workers end all the same."""
    program = script("""
        import os, signal

        if __name__ == "__main__":
            door = Door(*sys.argv[2:4])
            pool = make(1)
            worker = pool.submit(os.getpid).result()
            parent = os.getpid()
            if os.fork() == 0:
                os.kill(parent, signal.SIGKILL)
                while leaks.is_alive(worker):
                    pass
                door.arrive()
                os._exit(0)
            door.await_pass()
    """)
    program.start(*gate.paths)
    gate.wait_for_arrival()
    assert program.wait().code == -signal.SIGKILL
