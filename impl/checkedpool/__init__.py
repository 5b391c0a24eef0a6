"""checkedpool: a process pool that can be audited.  A drop-in for ``concurrent.futures.ProcessPoolExecutor``."""

from checkedpool.errors import BrokenProcessPool
from checkedpool.executor import ProcessPoolExecutor

__all__ = ["BrokenProcessPool", "ProcessPoolExecutor"]
