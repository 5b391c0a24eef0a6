"""The two executors on a cluster, as an audit makes them: each with a cluster of its own, of so many workers.

Decides: how each is made, and that its cluster ends when the executor has.  Must not know: what is asked of it.
"""

from __future__ import annotations

from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def ours(max_workers: int, on_worker_death: str = "replace") -> Executor:
    """Of this project."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    return DaskExecutor.local(max_workers, on_worker_death=on_worker_death)


class EnginesOwn(Executor):
    """``client.get_executor()``: each call is made by the engine's own, and nothing is put right."""

    config: Mapping[str, int] = {}

    def __init__(self, max_workers: int) -> None:
        from dask import config  # noqa: PLC0415 - likewise
        from distributed import Client, LocalCluster  # noqa: PLC0415 - likewise

        from checkedpool.dask.executor import LOCAL  # noqa: PLC0415 - likewise

        with config.set(self.config):
            self._cluster = LocalCluster(n_workers=max_workers, **LOCAL)
        self._client = Client(self._cluster, set_as_default=False)
        self._own = self._client.get_executor()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = self._own.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True) -> None:  # type: ignore[override]  # noqa: FBT002 - it cannot cancel
        self._own.shutdown(wait)
        if wait:  # whoever has made a cluster closes it
            self._client.close()
            self._cluster.close()


class Impatient(EnginesOwn):
    """The same, where the engine gives a task up at the first death that it was near, and not at the fourth."""

    config = {"distributed.scheduler.allowed-failures": 0}  # noqa: RUF012 - nobody changes it
