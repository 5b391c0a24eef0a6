"""The scheduler killed, the connection cut, the client closed: every unfinished future ends, and says what is known."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import limits
from tests.dask import tasks
from tests.dask.conftest import ROOT, WORKER, until

if TYPE_CHECKING:
    from checkedpool.dask import DaskExecutor

SCHEDULER = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]


class Apart:
    """A scheduler and a worker, each a process of its own."""

    def __init__(self, directory: Path) -> None:
        file = directory / "scheduler.json"
        with (directory / "log").open("w") as log:
            options = {"stdout": log, "stderr": log, "cwd": ROOT}
            self.scheduler = subprocess.Popen([sys.executable, *SCHEDULER, "--scheduler-file", file], **options)  # type: ignore[call-overload]
            until(file.exists)
            self.worker = subprocess.Popen([sys.executable, *WORKER, "--scheduler-file", file], **options)  # type: ignore[call-overload]
        self.file = str(file)

    def end(self) -> None:
        for process in (self.worker, self.scheduler):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


@pytest.fixture
def apart(engine: Any, tmp_path: Path) -> Iterator[Apart]:
    made = Apart(tmp_path)
    yield made
    made.end()


def held_and_waiting(executor: DaskExecutor, gate: Path) -> list[Any]:
    held = [executor.submit(tasks.wait_for, str(gate)) for _ in range(2)]
    until(lambda: any(future.running() for future in held))
    return [*held, *(executor.submit(abs, -number) for number in range(3))]


def all_unknown(executor: DaskExecutor, futures: list[Any]) -> None:
    """Each has ended, with an error of its own that says that nobody knows; nothing more is accepted."""
    errors = [future.exception(timeout=limits.HANG) for future in futures]
    assert {type(error).__name__ for error in errors} == {"BrokenCluster"}
    assert {error.ran for error in errors} == {None}
    assert len({id(error) for error in errors}) == len(errors)
    with pytest.raises(BrokenExecutor):
        executor.submit(abs, -1)
    begun = time.monotonic()
    executor.shutdown(cancel_futures=True)
    assert time.monotonic() - begun < limits.HANG


def test_the_scheduler_is_killed(engine: Any, apart: Apart, gate: Path) -> None:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with engine.Client(scheduler_file=apart.file, set_as_default=False, timeout=limits.HANG) as client:
        executor = DaskExecutor(client)
        client._timeout = 2  # so soon it gives up to connect again
        futures = held_and_waiting(executor, gate)
        os.kill(apart.scheduler.pid, signal.SIGKILL)
        all_unknown(executor, futures)
        gate.touch()


def test_the_connection_is_cut(client: Any, gate: Path, journal: str) -> None:
    """What waits at the scheduler is revoked there, and never begins."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client)
    futures = held_and_waiting(executor, gate)
    futures += [executor.submit(tasks.noted, journal, number) for number in range(3)]
    client.loop.add_callback(client.scheduler_comm.comm.abort)
    all_unknown(executor, futures)
    gate.touch()
    until(lambda: client.status == "running")
    with DaskExecutor(client) as again:  # the client has connected again
        assert again.submit(abs, -1).result() == 1
    assert not Path(journal).exists()


def test_the_client_is_closed(engine: Any, cluster: Any, gate: Path) -> None:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    client = engine.Client(cluster, set_as_default=False)
    executor = DaskExecutor(client)
    futures = held_and_waiting(executor, gate)
    client.close()
    all_unknown(executor, futures)
    gate.touch()


def test_a_cancel_that_nobody_answers_returns(client: Any, gate: Path) -> None:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client)
    futures = held_and_waiting(executor, gate)
    client.loop.add_callback(client.scheduler_comm.comm.abort)
    assert futures[-1].cancel() in (True, False)
    gate.touch()
    executor.shutdown()
    assert all(future.done() for future in futures)
    until(lambda: client.status == "running")
