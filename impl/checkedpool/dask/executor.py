"""The face on a cluster: the pool's methods, on workers that dask.distributed has.

Decides whether arguments make sense.  Everything else is the session's.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from concurrent.futures import Executor

from distributed import Client, LocalCluster

from checkedpool._os.system import SIGKILL
from checkedpool.dask.codec import dumps
from checkedpool.dask.scheduler import TicketPlugin
from checkedpool.dask.session import Session, Wishes
from checkedpool.executor import ProcessPoolExecutor
from checkedpool.furnishing import own_pickler
from checkedpool_spec.vocabulary import DeathPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from typing import Any, Literal, ParamSpec, Self, TypeAlias, TypeVar, Unpack

    from checkedpool.arrivals import Progress
    from checkedpool.executor import TaskOptions
    from checkedpool.furnishing import Pickler

    Asked: TypeAlias = Literal["cloudpickle"] | Pickler | None
    T = TypeVar("T")
    P = ParamSpec("P")

NOT_OURS = (
    "the workers belong to the client's cluster and may run tasks of others: {what} is for DaskExecutor.local() only; "
    "shutdown(cancel_futures=True) cancels what has not begun"
)
ASYNCHRONOUS = (
    "the client is asynchronous: its event loop is the caller's thread, where nobody can wait for a scheduler; "
    "make a Client without asynchronous=True"
)


LOCAL: dict[str, Any] = {
    "threads_per_worker": 1,
    "processes": True,
    "memory_limit": 0,
    "host": "127.0.0.1",
    "dashboard_address": "127.0.0.1:0",
    "scheduler_kwargs": {"dashboard": False},
}
"""A cluster of one's own: processes of one thread, as the pool's are, without limits, which only this machine reaches.
Without an address the scheduler's web server would take the one that every cluster takes."""


class DaskExecutor(Executor):
    """An executor with the pool's promises on a cluster of dask.distributed; ``docs/cluster.md`` says which hold."""

    def __init__(  # noqa: PLR0913 - a keyword each
        self,
        client: Client,
        *,
        workers: str | Iterable[str] | None = None,
        resources: Mapping[str, float] | None = None,
        on_worker_death: str = "replace",
        pickler: Asked = None,
        trace: str | os.PathLike[str] | None = None,
    ) -> None:
        """Make an executor; the client goes on to belong to the caller.

        Args:
            client: A connected client; its scheduler gets a plugin, and must find this package, as its workers must.
            workers: Addresses, names or hosts of workers that may run the tasks; default all.
            resources: What each task takes of a worker's resources.
            on_worker_death: "replace" fails only what the lost worker had begun, "break" all unfinished futures.
            pickler: "cloudpickle", or an object or a module with dumps() and loads(): calls and answers go through it.
                By default things go by name, and by value where that fails or names the main module.
            trace: A directory of its own into which the client writes what it sends and hears; by default nothing.

        Raises ValueError or TypeError for arguments that make no sense, OSError where no trace can be written.
        """
        _check_client(client)
        where = _where(workers, resources)
        self._session = _session(client, where, _wishes(on_worker_death, pickler, trace))
        weakref.finalize(self, self._session.collected).atexit = False

    @staticmethod
    def local(
        n_workers: int, *, on_worker_death: str = "replace", pickler: Asked = None,
        trace: str | os.PathLike[str] | None = None,
    ) -> LocalExecutor:  # fmt: skip
        """An executor with a cluster of its own on this machine, which ends with it: one thread a worker process."""
        return LocalExecutor(n_workers, on_worker_death=on_worker_death, pickler=pickler, trace=trace)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have ``fn(*args, **kwargs)`` called by a worker of the cluster; returns its future and waits for no worker.

        Raises BrokenCluster if the executor is broken, ExecutorShutdownError after shutdown, RuntimeError in a child.
        """
        return self._session.submit(fn, args, kwargs)

    def map(  # noqa: PLR0913 - the standard signature, and keywords more
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
        ordered: bool = True,
        progress: Progress = None,
    ) -> Iterator[T]:
        """As the pool's ``map``, which asks of an executor what each has."""
        on: Any = self
        return ProcessPoolExecutor.map(
            on, fn, *iterables,
            timeout=timeout, chunksize=chunksize, buffersize=buffersize, ordered=ordered, progress=progress,
        )  # fmt: skip

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - standard
        """End the executor: run what was submitted, or with ``cancel_futures`` only what has been begun.

        With ``wait`` it returns when every future is done and every callback has run; a cluster of its own is closed by
        then.  From a callback, or the client's event loop, it returns at once.
        """
        self._session.shutdown(wait=wait, cancel=cancel_futures)

    def with_options(self, **options: Unpack[TaskOptions]) -> Self:
        """As the pool's: a view, an executor on the same session, whose own calls have these options.

        ``retries``, ``retry_on`` and ``priority`` are as there, the last among the tasks of this executor.  ``timeout``
        and ``cancel_running`` are a ValueError: no task on a cluster is stopped.
        """
        from checkedpool.dask import options as views  # noqa: PLC0415 - seldom used

        view, session = object.__new__(type(self)), views.View(self._session, options)
        vars(view).update(vars(self), _session=session, _viewed=self)  # lest that be collected
        return view

    def terminate_workers(self) -> None:
        """For an executor with a cluster of its own."""
        raise NotImplementedError(NOT_OURS.format(what="terminate_workers()"))

    def kill_workers(self) -> None:
        """For an executor with a cluster of its own."""
        raise NotImplementedError(NOT_OURS.format(what="kill_workers()"))


class LocalExecutor(DaskExecutor):
    """One with a cluster of its own."""

    def __init__(
        self, n_workers: int, *, on_worker_death: str = "replace", pickler: Asked = None,
        trace: str | os.PathLike[str] | None = None,
    ) -> None:  # fmt: skip
        _check_number(n_workers)
        wished = _wishes(on_worker_death, pickler, trace)
        ends = contextlib.ExitStack()  # that of the client, then that of the cluster
        try:
            self._cluster = LocalCluster(n_workers=n_workers, **LOCAL)
            ends.callback(self._cluster.close)
            client = Client(self._cluster, set_as_default=False)
            ends.callback(client.close)
            self._session = _session(client, _where(None, None), wished._replace(close=ends.close))
        except BaseException:
            ends.close()
            raise
        weakref.finalize(self, self._session.collected).atexit = False

    def terminate_workers(self) -> None:
        """The same as ``kill_workers``: a worker of the engine may take a SIGTERM for a wish to end its task first."""
        self.kill_workers()

    def kill_workers(self) -> None:
        """End now: cancel what has not begun and kill every worker."""
        self._session.shutdown(wait=False, cancel=True)
        for nanny in list(self._cluster.workers.values()):
            nanny.close_gracefully()  # it is not to start another one
            if nanny.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(nanny.pid, SIGKILL)


def _check_client(client: object) -> None:
    if not isinstance(client, Client):
        raise TypeError(f"client must be a distributed.Client, not {type(client).__name__}")
    if client.asynchronous:
        raise ValueError(ASYNCHRONOUS)


def _session(client: Client, where: dict[str, object], wished: Wishes) -> Session:
    client.register_plugin(TicketPlugin())
    if wished.trace is None:
        return Session(client, where, wished)
    from checkedpool.dask.tracing import TracedSession  # noqa: PLC0415 - seldom used

    return TracedSession(client, where, wished, wished.trace)


def _where(workers: str | Iterable[str] | None, resources: Mapping[str, float] | None) -> dict[str, object]:
    return {"workers": _workers(workers), "resources": _resources(resources), "allow_other_workers": False}


def _wishes(on_worker_death: str, pickler: Asked, trace: str | os.PathLike[str] | None) -> Wishes:
    breaks = _policy(on_worker_death) is DeathPolicy.BREAK
    own = None if pickler is None else own_pickler(pickler, dumps)
    if trace is None:
        return Wishes(breaks, own)
    from checkedpool.dask.trace_file import TraceFile  # noqa: PLC0415 - seldom used

    return Wishes(breaks, own, TraceFile(trace))


def _check_number(n_workers: object) -> None:
    if not isinstance(n_workers, int) or isinstance(n_workers, bool):
        raise TypeError(f"n_workers must be an integer, not {type(n_workers).__name__}")
    if n_workers <= 0:
        raise ValueError("n_workers must be greater than 0")


def _policy(name: str) -> DeathPolicy:
    try:
        return DeathPolicy(name)
    except ValueError:
        known = " or ".join(repr(policy.value) for policy in DeathPolicy)
        raise ValueError(f"on_worker_death must be {known}, not {name!r}") from None


def _workers(workers: str | Iterable[str] | None) -> list[str] | None:
    if workers is None:
        return None
    named: list[Any] = [workers] if isinstance(workers, str) else list(workers)
    if not named or not all(isinstance(name, str) for name in named):
        raise ValueError(f"workers must be the address, name or host of one worker, or of several, not {workers!r}")
    return named


def _resources(resources: Mapping[str, float] | None) -> dict[str, float] | None:
    if resources is None:
        return None
    asked: dict[Any, Any] = dict(resources)
    for name, amount in asked.items():
        if not isinstance(name, str) or not isinstance(amount, int | float) or not amount > 0:
            raise ValueError(f"resources must be names with positive numbers, such as {{'GPU': 1}}, not {resources!r}")
    return asked
