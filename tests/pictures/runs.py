"""Traces that are kept, so that a picture of them is always the same. Must not know: how they are drawn.

They were written by real runs: ``calm``, two tasks one after the other; ``death``, five tasks of which one is cancelled
and one aborts its worker; ``reused``, three workers one after the other, two of them in the same lane of the model.
"""

from functools import cache
from pathlib import Path

from checkedpool_model.checker.membership import DEFAULT_LIMIT
from checkedpool_model.traces.timed import TimedRun, timed_run

__all__ = ["KEPT", "NAMES", "kept"]

KEPT = Path(__file__).parent / "kept"
NAMES = ("calm", "death", "reused")


@cache
def kept(name: str) -> TimedRun:
    """The run of a kept trace."""
    return timed_run(KEPT / name, limit=DEFAULT_LIMIT)
