"""Other pools with the face of an executor, for the audit: ``checkedpool audit pebble``.

Decides: by which of a pool's own calls each of an executor's is made, and what it has no call for (``not_offered``, in
the words of the audit).  Nothing is put right: what a pool does wrong it does wrong here.  Must not know: the contract;
the executor of this project.  A pool is imported when it is made, since none is a dependency.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future
from importlib import import_module
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple, TypeVar

from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["KNOWN", "Known", "joblib", "loky", "mpire", "multiprocessing_pool", "pebble"]

T = TypeVar("T")


class Known(NamedTuple):
    """Where an executor comes from, and what a death costs by its own documents."""

    target: str
    policy: DeathPolicy = DeathPolicy.BREAK


KNOWN = {
    "standard": Known("concurrent.futures:ProcessPoolExecutor"),
    "checkedpool": Known("checkedpool:ProcessPoolExecutor"),
    "loky": Known("checkedpool.testing.adapters:loky"),
    "joblib": Known("checkedpool.testing.adapters:joblib"),
    "pebble": Known("checkedpool.testing.adapters:pebble", DeathPolicy.REPLACE),
    "multiprocessing.Pool": Known("checkedpool.testing.adapters:multiprocessing_pool", DeathPolicy.REPLACE),
    "mpire": Known("checkedpool.testing.adapters:mpire"),
    "deadpool": Known("deadpool:Deadpool", DeathPolicy.REPLACE),
}
"""By a short name: what ``checkedpool audit`` takes beside MODULE:CLASS."""


def _killable(kind: Any) -> Any:
    """Loky's executor; it kills its workers by a keyword of its shutdown()."""

    class Killable(kind):  # type: ignore[misc, no-any-unimported]  # whichever of the two
        def kill_workers(self) -> None:
            self.shutdown(wait=False, kill_workers=True)

    return Killable


def loky(max_workers: int, context: BaseContext | None = None) -> Executor:
    """loky.ProcessPoolExecutor."""
    executor: Executor = _killable(import_module("loky").ProcessPoolExecutor)(max_workers, context=context)
    return executor


def joblib(max_workers: int, context: BaseContext | None = None) -> Executor:
    """The loky that joblib brings along."""
    kind = import_module("joblib.externals.loky").ProcessPoolExecutor
    executor: Executor = _killable(kind)(max_workers, context=context)
    return executor


class _Wrapped(Executor):
    """A pool that is closed, joined and stopped by calls of its own."""

    not_offered: frozenset[str] = frozenset()

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def shutdown(self, wait: bool = True) -> None:  # type: ignore[override]  # noqa: FBT001, FBT002 - it cannot cancel
        self._pool.close()
        if wait:
            self._pool.join()


class _Pebble(_Wrapped):
    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = self._pool.schedule(fn, args=args, kwargs=kwargs)
        return future

    def terminate_workers(self) -> None:
        self._pool.stop()


def pebble(max_workers: int, mp_context: BaseContext | None = None) -> Executor:
    """pebble.ProcessPool."""
    context = mp_context or multiprocessing.get_context()
    return _Pebble(import_module("pebble").ProcessPool(max_workers=max_workers, context=context))


class _Result(Future[T]):
    """Raises what is false, too, as a result of multiprocessing does, and a future of Python 3.11 does not."""

    def result(self, timeout: float | None = None) -> T:
        error = self.exception(timeout)
        if error is not None:
            raise error
        return super().result(timeout)


class _Multiprocessing(_Wrapped):
    """It hands out results that know neither cancelling nor running."""

    not_offered = frozenset({"Future.cancel", "Future.running"})

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = _Result()
        try:
            self._apply(fn, args, kwargs, future)
        except ValueError as error:  # how it says that it is closed
            raise RuntimeError(str(error)) from error
        return future

    def _apply(self, fn: Any, args: Any, kwargs: Any, future: Any) -> None:
        self._pool.apply_async(fn, args, kwargs, future.set_result, future.set_exception)

    def terminate_workers(self) -> None:
        self._pool.terminate()


def multiprocessing_pool(max_workers: int, mp_context: BaseContext | None = None) -> Executor:
    """multiprocessing.Pool."""
    return _Multiprocessing((mp_context or multiprocessing).Pool(max_workers))


class _Mpire(_Multiprocessing):
    """It can be closed by whoever waits for its end, and by nobody else."""

    not_offered = _Multiprocessing.not_offered | {"shutdown(wait=False)"}

    def _apply(self, fn: Any, args: Any, kwargs: Any, future: Any) -> None:
        self._pool.apply_async(fn, args, kwargs, callback=future.set_result, error_callback=future.set_exception)

    def shutdown(self, wait: bool = True) -> None:  # type: ignore[override]  # noqa: ARG002, FBT001, FBT002
        self._pool.stop_and_join()


def mpire(max_workers: int, mp_context: BaseContext | None = None) -> Executor:
    """mpire.WorkerPool."""
    method = None if mp_context is None else mp_context.get_start_method()
    return _Mpire(import_module("mpire").WorkerPool(n_jobs=max_workers, start_method=method or "fork"))
