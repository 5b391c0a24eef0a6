"""A local cluster of two worker processes for all tests of this folder, and executors on it.

Decides: when there is a cluster: where dask.distributed is installed, and not in a run of the whole suite, since
`make dask` is for that.  Must not know: what a test asks.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import limits, whole

if TYPE_CHECKING:
    from checkedpool.dask import DaskExecutor


ROOT = Path(__file__).parents[2]
WORKER = [
    "-m",
    "distributed.cli.dask_worker",
    "--nthreads",
    "1",
    "--no-dashboard",
    "--no-nanny",
    "--death-timeout",
    f"{limits.HANG}",
]
"""A worker process of its own, without a nanny; the scheduler's address follows, or its file."""


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> Any:
    """dask.distributed, where it is installed and wanted."""
    if whole.is_whole(pytestconfig):
        pytest.skip("a run of the whole leaves the cluster to `make dask`")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("distributed", reason="dask.distributed is not installed (the extra 'dask')")


def local() -> dict[str, Any]:
    """As an executor's own cluster is."""
    from checkedpool.dask.executor import LOCAL  # noqa: PLC0415 - it needs the engine

    return LOCAL


def is_whole(cluster: Any, workers: int) -> bool:
    """Whether so many workers are there, for the scheduler and for their nannies.

    Either may be the last to see that one has died, or is there again.  A nanny whose worker dies before it knows that
    this has started gives it up; a ticket that is issued then waits for ever.
    """
    running = {nanny.worker_address for nanny in cluster.workers.values() if runs(nanny.process)}
    return len(running) == workers and running == set(cluster.scheduler.workers)


def runs(process: Any) -> bool:
    """A nanny's worker, which has none while it makes another one."""
    return process is not None and process.is_alive() and process.status.name == "running"


class Clusters:
    """One at a time: a cluster that does not come back from what a test did to it is replaced."""

    def __init__(self, engine: Any, workers: int = 2) -> None:
        self._engine, self._workers = engine, workers
        self._made: Any = None

    def whole(self) -> Any:
        if self._made is not None:
            over = time.monotonic() + 5
            while not is_whole(self._made, self._workers) and time.monotonic() < over:
                time.sleep(0.01)
            if not is_whole(self._made, self._workers):
                self.close()
        if self._made is None:
            self._made = self._engine.LocalCluster(n_workers=self._workers, **local())
        return self._made

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
            self._made = None


@pytest.fixture(scope="session")
def clusters(engine: Any) -> Iterator[Clusters]:
    made = Clusters(engine)
    yield made
    made.close()


@pytest.fixture
def cluster(clusters: Clusters) -> Any:
    return clusters.whole()


@pytest.fixture
def client(engine: Any, cluster: Any) -> Iterator[Any]:
    with engine.Client(cluster, set_as_default=False) as made:
        yield made


@pytest.fixture
def executor(client: Any) -> Iterator[DaskExecutor]:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with DaskExecutor(client) as made:
        yield made


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return str(tmp_path / "journal")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """A file for which tasks wait; it is there in the end, so that they do."""
    made = tmp_path / "gate"
    yield made
    made.touch()


def until(true: Callable[[], object]) -> None:
    """Wait for it; a hang is a failure."""
    over = time.monotonic() + limits.HANG
    while not true():
        assert time.monotonic() < over, "it does not come"
        time.sleep(0.005)


def tickets_at(dask_scheduler: Any) -> Any:
    """Those that the scheduler holds."""
    from checkedpool.dask.messages import PLUGIN  # noqa: PLC0415 - it runs elsewhere

    return dask_scheduler.plugins[PLUGIN].tickets
