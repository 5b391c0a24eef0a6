"""checkedpool: a process pool that can be audited.  A drop-in for ``concurrent.futures.ProcessPoolExecutor``.

The names are imported when they are first used: a worker process imports this package too, and needs neither.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool._pool.shared import PoolFuture as Future
    from checkedpool._worker.worker import worker_index
    from checkedpool.errors import BrokenProcessPool, ExecutorShutdownError
    from checkedpool.executor import ProcessPoolExecutor
    from checkedpool.reusable import get_reusable_executor

__all__ = [
    "BrokenProcessPool", "ExecutorShutdownError", "Future", "ProcessPoolExecutor", "get_reusable_executor",
    "worker_index",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """The public names, at their first use."""
    value: object
    if name == "ProcessPoolExecutor":
        from checkedpool import executor  # noqa: PLC0415

        value = executor.ProcessPoolExecutor
    elif name == "Future":
        from checkedpool._pool import shared  # noqa: PLC0415

        value = shared.PoolFuture
    elif name == "BrokenProcessPool":
        from checkedpool import errors  # noqa: PLC0415

        value = errors.as_standard()
    elif name == "ExecutorShutdownError":
        from checkedpool import errors  # noqa: PLC0415

        value = errors.ExecutorShutdownError
    elif name == "get_reusable_executor":
        from checkedpool import reusable  # noqa: PLC0415

        value = reusable.get_reusable_executor
    elif name == "worker_index":
        from checkedpool._worker import worker  # noqa: PLC0415

        value = worker.worker_index
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
