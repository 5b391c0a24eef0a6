"""Decides: by which name every interpreter of the suite finds an executor on a cluster, its own: `ClusterExecutor`.

CPython's tests start programs that import their executor from `concurrent.futures`, in isolated mode.  A `.pth` line
imports this at the start of each interpreter of the suite's environment; the name is looked up at its first use.
Must not know: which tests there are.
"""

from __future__ import annotations

import concurrent.futures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "ClusterExecutor"
WORKERS = 1
"""Of such a cluster.  CPython's programs ask for five, and each has one task."""


def install() -> None:
    """Asked again, do nothing: the site module reads the `.pth` files of a virtual environment twice."""
    before: Callable[[str], object] = getattr(concurrent.futures, "__getattr__", unknown)
    if before.__qualname__ == f"{install.__name__}.<locals>.look_up":
        return

    def look_up(name: str) -> object:
        return its_own() if name == NAME else before(name)

    vars(concurrent.futures)["__getattr__"] = look_up


def unknown(name: str) -> object:
    raise AttributeError(f"module 'concurrent.futures' has no attribute {name!r}")


def its_own() -> object:
    """A class whose executors have clusters of their own."""
    from checkedpool.dask.executor import LocalExecutor  # noqa: PLC0415 - not before it is needed

    class ClusterExecutor(LocalExecutor):
        def __init__(self, max_workers: int) -> None:  # noqa: ARG002 - see WORKERS
            super().__init__(WORKERS)

    return ClusterExecutor
