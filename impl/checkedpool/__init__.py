"""checkedpool: a process pool that can be audited.  A drop-in for ``concurrent.futures.ProcessPoolExecutor``.

The names are imported when they are first used: a worker process imports this package too, and needs neither.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool.errors import BrokenProcessPool
    from checkedpool.executor import ProcessPoolExecutor

__all__ = ["BrokenProcessPool", "ProcessPoolExecutor"]
_HOMES = {"BrokenProcessPool": "checkedpool.errors", "ProcessPoolExecutor": "checkedpool.executor"}


def __getattr__(name: str) -> object:
    """The public names, at their first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_HOMES[name])
    value = globals()[name] = home.as_standard() if name == "BrokenProcessPool" else getattr(home, name)
    return value


def __dir__() -> list[str]:
    return __all__
