"""The tests of ``tests/behaviour`` with executors on a cluster where they ask for pools.

Decides: what stands in the place of a pool of one worker or of two, and that nothing of it is left at the scheduler.
Must not know: which tests are asked (``listed``), or what one asks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from tests import whole
from tests.behaviour.conftest import Pools, gate, gates, journal, pool, pools
from tests.behaviour.kinds import Kind
from tests.dask.behaviour_suite import listed
from tests.dask.conftest import Clusters, until
from tests.dask.test_executor import left_at

__all__ = ["Pools", "gate", "gates", "journal", "pool", "pools"]


# --- which tests ------------------------------------------------------------------------------------------------------


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """In the place of the list stand the files that it names; a run of the whole leaves them to `make dask`."""
    if file_path != Path(listed.__file__) or whole.is_whole(parent.config):
        return None
    return Suite.from_parent(parent, path=file_path)


class Suite(pytest.File):
    """All files of the suite of which anything is asked."""

    def collect(self) -> Iterator[pytest.Collector]:
        for name in listed.files():
            yield Borrowed.from_parent(self, path=self.path, name=name, nodeid=f"{self.nodeid}::{name}")


class Borrowed(pytest.Module):
    """One file: its tests and fixtures, and for all else the fixtures of this folder."""

    def _getobj(self) -> ModuleType:
        return import_module(f"tests.behaviour.{self.name}")

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        for item in super().collect():
            if "kind" in getattr(item, "fixturenames", ()) and not listed.why(self.name, item.name):
                yield item


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", ["cluster"], indirect=True)


# --- where they run ---------------------------------------------------------------------------------------------------


class OnACluster(Kind):
    """Executors on a cluster of as many workers as a pool would have; all else is as a pool's under spawn."""

    clients: Any

    @property
    def executor(self) -> NoReturn:
        """It is made with a client."""
        raise NotImplementedError

    def make(self, max_workers: int | None = 1, **options: Any) -> Any:
        from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

        assert max_workers is not None
        return DaskExecutor(self.clients[max_workers], **{"on_worker_death": "break", **options})


@pytest.fixture(scope="session")
def one(engine: Any) -> Iterator[Clusters]:
    made = Clusters(engine, 1)
    yield made
    made.close()


class Clients:
    """One for each cluster; another one where the cluster is another."""

    def __init__(self, engine: Any, clusters: dict[int, Clusters]) -> None:
        self._engine, self._clusters = engine, clusters
        self._made: dict[int, tuple[Any, Any]] = {}

    def __getitem__(self, workers: int) -> Any:
        from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

        cluster = self._clusters[workers].whole()
        if workers in self._made and self._made[workers][0] is not cluster:
            self._made.pop(workers)[1].close()
        if workers not in self._made:
            client = self._engine.Client(cluster, set_as_default=False)
            self._made[workers] = cluster, client
            DaskExecutor(client).shutdown()  # the scheduler has its plugin
        return self._made[workers][1]

    def left(self) -> dict[int, tuple[int, int]]:
        return {workers: client.run_on_scheduler(left_at) for workers, (_, client) in self._made.items()}

    def close(self) -> None:
        for _, client in self._made.values():
            client.close()


@pytest.fixture(scope="session")
def clients(engine: Any, one: Clusters, clusters: Clusters) -> Iterator[Clients]:
    made = Clients(engine, {1: one, 2: clusters})
    yield made
    made.close()


@pytest.fixture
def kind(clients: Clients) -> Kind:
    made = OnACluster("ours", "spawn")
    object.__setattr__(made, "clients", clients)
    return made


@pytest.fixture(autouse=True)
def _nothing_is_left(clients: Clients, tmp_path: Path) -> Iterator[None]:
    """Neither ticket nor task at the scheduler, nor a thread of ours."""
    yield
    until(lambda: set(clients.left().values()) <= {(0, 0)})
    until(lambda: not [thread.name for thread in threading.enumerate() if "checkedpool" in thread.name])
