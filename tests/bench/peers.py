"""Every pool behind one face, so that each row is written once.

Decides: by which of a peer's own calls a row is carried out; of several that are equally fast, the plainest. Must not
know: rows, clocks. A peer is imported when it is asked for, so a measurement pays for one peer only.
"""

import multiprocessing
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any

STANDARD, OURS, PLAIN, THREADS = "standard", "checkedpool", "plain", "threads"
WITHOUT = "without-"
"""With the name of a fast room of ours behind it: a peer that does without that room."""
AT = "at-"
"""With a commit's name behind it: a peer that is our pool as it was there."""


class Pool(ABC):
    """A running pool. `submit` is the peer's own, bound, wherever its arguments are these."""

    submit: Callable[..., Any]

    @abstractmethod
    def result(self, pending: Any) -> Any:
        """The value of one task; raises what it raised."""

    @abstractmethod
    def map(self, function: Callable[[Any], Any], items: Iterable[Any], chunksize: int) -> Iterable[Any]:
        """All values in order; they may still be under way."""

    @abstractmethod
    def close(self) -> None:
        """Run what was submitted, then end; return when the workers are gone."""

    @abstractmethod
    def cancel(self) -> None:
        """End without what has not begun; return when the workers are gone."""

    def limited(self, seconds: float) -> Callable[..., Any]:
        """As `submit`, of tasks that may run for so long; of those peers that have that."""
        raise NotImplementedError

    def settle(self, pending: Any) -> None:
        """Wait until a task has its end, whichever it is."""
        with suppress(Exception, self.cancelled):
            self.result(pending)

    cancelled: type[BaseException] = Exception


class _Executor(Pool):
    """Whatever has the face of concurrent.futures."""

    def __init__(self, executor: Any) -> None:
        self.executor = executor
        self.submit = executor.submit

    def result(self, pending: Any) -> Any:
        return pending.result()

    def map(self, function: Callable[[Any], Any], items: Iterable[Any], chunksize: int) -> Iterable[Any]:
        mapped: Iterable[Any] = self.executor.map(function, items, chunksize=chunksize)
        return mapped

    def close(self) -> None:
        self.executor.shutdown()

    def cancel(self) -> None:
        self.executor.shutdown(wait=True, cancel_futures=True)

    def limited(self, seconds: float) -> Callable[..., Any]:
        submit: Callable[..., Any] = self.executor.with_options(timeout=seconds).submit
        return submit


class _Loky(_Executor):
    def cancel(self) -> None:
        self.executor.shutdown(wait=True, kill_workers=True)


class _Pebble(Pool):
    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.submit = lambda function, *arguments: pool.schedule(function, args=arguments)

    def result(self, pending: Any) -> Any:
        return pending.result()

    def map(self, function: Callable[[Any], Any], items: Iterable[Any], chunksize: int) -> Iterable[Any]:
        mapped: Iterable[Any] = self.pool.map(function, items, chunksize=chunksize).result()
        return mapped

    def close(self) -> None:
        self.pool.close()
        self.pool.join()

    def cancel(self) -> None:
        self.pool.stop()
        self.pool.join()

    def limited(self, seconds: float) -> Callable[..., Any]:
        return lambda function, *arguments: self.pool.schedule(function, args=arguments, timeout=seconds)


class _Multiprocessing(Pool):
    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.submit = lambda function, *arguments: pool.apply_async(function, arguments)

    def result(self, pending: Any) -> Any:
        return pending.get()

    def map(self, function: Callable[[Any], Any], items: Iterable[Any], chunksize: int) -> Iterable[Any]:
        mapped: Iterable[Any] = self.pool.map(function, items, chunksize)
        return mapped

    def close(self) -> None:
        self.pool.close()
        self.pool.join()

    def cancel(self) -> None:
        self.pool.terminate()
        self.pool.join()


class _Mpire(_Multiprocessing):
    def map(self, function: Callable[[Any], Any], items: Iterable[Any], chunksize: int) -> Iterable[Any]:
        mapped: Iterable[Any] = self.pool.map(function, items, chunk_size=chunksize)
        return mapped

    def close(self) -> None:
        self.pool.stop_and_join()

    def cancel(self) -> None:
        self.pool.terminate()


def _standard(kind: Any, workers: int, method: str | None) -> Pool:
    return _Executor(kind(workers, mp_context=_context(method)))


def _loky(kind: Any, workers: int, method: str | None) -> Pool:
    return _Loky(kind(workers, context=method and _context(method)))


def _pebble(kind: Any, workers: int, method: str | None) -> Pool:
    return _Pebble(kind(max_workers=workers, context=_context(method)))


def _multiprocessing(kind: Any, workers: int, method: str | None) -> Pool:
    return _Multiprocessing(kind(workers, context=_context(method)))


def _mpire(kind: Any, workers: int, method: str | None) -> Pool:
    return _Mpire(kind(n_jobs=workers, start_method=method or _usual(), keep_alive=True))


def _threads(kind: Any, workers: int, _: str | None) -> Pool:
    return _Executor(kind(workers))


def _usual() -> str:
    """The start method of all rows but those about starting: one for all, whatever a version's default is."""
    methods = multiprocessing.get_all_start_methods()
    return "fork" if "fork" in methods else "spawn"


def _context(method: str | None) -> Any:
    return multiprocessing.get_context(method or _usual())


@dataclass(frozen=True)
class Peer:
    """Where a pool comes from and how it is opened."""

    module: str
    kind: str
    """The name of the class there."""
    open: Callable[[Any, int, str | None], Pool]
    package: str | None = None
    """Its distribution; None if it is a part of Python."""
    limited: str | None = None
    """What the class calls the number of tasks after which a worker is replaced; None if it has no such thing."""
    plain: str = ""
    """The fast rooms that it does without, in the words of CHECKEDPOOL_PLAIN."""
    revision: str = ""
    """The commit whose files it is made of; those that lie here if there is none."""

    @property
    def ours(self) -> bool:
        """Whether it is this project's pool, in whatever shape."""
        return self.package == "checkedpool"


class _Peers(dict[str, Peer]):
    """Our pool without one of its rooms, or as it was at a commit, need not be listed."""

    def __missing__(self, name: str) -> Peer:
        if name.startswith(AT):
            return replace(self[OURS], revision=name.removeprefix(AT))
        if name.startswith(WITHOUT):
            return replace(self[OURS], plain=name.removeprefix(WITHOUT))
        raise KeyError(name)


PEERS = _Peers({
    STANDARD: Peer("concurrent.futures.process", "ProcessPoolExecutor", _standard, None, "max_tasks_per_child"),
    OURS: Peer("checkedpool", "ProcessPoolExecutor", _standard, "checkedpool", "max_tasks_per_child"),
    PLAIN: Peer("checkedpool", "ProcessPoolExecutor", _standard, "checkedpool", "max_tasks_per_child", "1"),
    "loky": Peer("loky", "ProcessPoolExecutor", _loky, "loky"),
    "pebble": Peer("pebble", "ProcessPool", _pebble, "Pebble", "max_tasks"),
    "mp.Pool": Peer("multiprocessing.pool", "Pool", _multiprocessing, None, "maxtasksperchild"),
    "mpire": Peer("mpire", "WorkerPool", _mpire, "mpire"),
    THREADS: Peer("concurrent.futures.thread", "ThreadPoolExecutor", _threads),
})  # fmt: skip
"""By the name that a report shows. The first is the one that all are compared with."""


def opener(peer: str, method: str | None = None, limit: int | None = None, **options: object) -> Callable[[int], Pool]:
    """Import the peer now; what is returned opens a pool of so many workers.

    Under its usual start method, if none is named; ``limit``: tasks after which a worker is replaced; ``options``: what
    its class is told besides.
    """
    chosen = PEERS[peer]
    kind = partial(getattr(import_module(chosen.module), chosen.kind), **options)
    if limit is not None:
        kind = partial(kind, **{str(chosen.limited): limit})
    return lambda workers: chosen.open(kind, workers, method)
