"""A worker that dies before it has read what it is to do is a worker that has died, and nobody is left of it."""

from __future__ import annotations

import os
import signal
from multiprocessing.popen_spawn_posix import Popen
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from tests.behaviour.conftest import MakeScript, Pools

pytestmark = [
    methods("spawn"),
    ours_only("no issue: since gh-118981 submit() raises BrokenPipeError, and a zombie is left"),
]

DEAD_AT_ONCE = """\
import os, signal
from multiprocessing import active_children, util

spawn, killed = util.spawnv_passfds, []

def killed_at_once(path, arguments, descriptors):
    pid = spawn(path, arguments, descriptors)
    if "spawn_main" in str(arguments) and len(killed) < deaths:
        killed.append(pid)
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid

def zombies():
    found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return int(found is not None)

if __name__ == "__main__":
    deaths, util.spawnv_passfds = int(sys.argv[2]), killed_at_once
"""
"""The system kills so many workers when they have been made, and before anything has been written to them."""


def test_it_breaks_the_pool_and_the_error_says_which_process_died_and_of_what(script: MakeScript) -> None:
    """C-77, C-80, C-86."""
    source = """
        pool = make()
        error = pool.submit(tasks.double, 1).exception(LIMIT)
        pool.shutdown()
        print([error.pid] == killed, error.exitcode, error.ran, len(active_children()), zombies())
    """
    assert script(DEAD_AT_ONCE + _under_guard(source)).output(1) == ["True", str(-signal.SIGKILL), "False", "0", "0"]


def test_another_takes_its_place_under_replace(script: MakeScript) -> None:
    """C-69, C-86."""
    source = """
        pool = make(on_worker_death="replace")
        print(pool.submit(tasks.double, 1).result(LIMIT))
        pool.shutdown()
        print(len(killed), len(active_children()), zombies())
    """
    assert script(DEAD_AT_ONCE + _under_guard(source)).output(2) == ["2", "2", "0", "0"]


def test_a_process_whose_start_raises_afterwards_is_ended_and_reaped(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-69: another start follows."""
    spawned: Any = Popen
    launch, made = spawned._launch, []

    def raise_afterwards(popen: Popen, process: BaseProcess) -> None:
        launch(popen, process)
        made.append(popen.pid)
        if len(made) == 1:
            raise OSError("no")

    monkeypatch.setattr(Popen, "_launch", raise_afterwards)
    pool = pools.make()
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    with pytest.raises(ProcessLookupError):
        os.kill(made[0], 0)
    pool.shutdown()
    assert len(made) == 2


def _under_guard(source: str) -> str:
    return 'if __name__ == "__main__":\n' + source
