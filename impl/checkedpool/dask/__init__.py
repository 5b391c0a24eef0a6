"""The same promises on a cluster: tasks travel by dask.distributed, the right to begin is a ticket at its scheduler.

Nothing outside of this folder imports dask; the folder itself can be imported without it, what is in it cannot be used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool.dask.errors import BrokenCluster
    from checkedpool.dask.executor import DaskExecutor

__all__ = ["BrokenCluster", "DaskExecutor"]

WITHOUT_DASK = "checkedpool.dask needs dask.distributed, which is not installed: pip install 'checkedpool[dask]'"


def __getattr__(name: str) -> object:
    """The public names, at their first use."""
    if name == "BrokenCluster":
        from checkedpool.dask import errors  # noqa: PLC0415

        return errors.as_standard()
    if name != "DaskExecutor":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from checkedpool.dask import executor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ImportError(WITHOUT_DASK) from error
    return executor.DaskExecutor


def __dir__() -> list[str]:
    return __all__
