"""One executor for a process, kept from call to call, as loky has it: its workers need not be started again.

Decides when another one takes its place.
"""

from __future__ import annotations

from _thread import RLock

from checkedpool._os import system
from checkedpool._os.locks import held
from checkedpool.executor import ProcessPoolExecutor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Options = dict[str, Any]


class ReusableExecutor(ProcessPoolExecutor):
    """An executor that says whether it is of use to the next caller."""

    def takes_more(self) -> bool:
        """Whether it is neither broken nor shut down."""
        shared = self._pool.shared
        return shared.broken is None and shared.closed is None


class _OfThisProcess:
    """What is kept, and its lock, which a signal handler may have taken below."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.kept: tuple[ReusableExecutor, Options] | None = None


_own = [_OfThisProcess()]


def get_reusable_executor(max_workers: int | None = None, **options: Any) -> ProcessPoolExecutor:  # noqa: ANN401 - as there
    """The executor of this process with these options; it is made if there is none, and stays for the next caller.

    If the one that is there is broken or shut down, or has other options, another one takes its place.  The one before
    is shut down without waiting: what was submitted to it is run.  Takes what ``ProcessPoolExecutor`` takes.
    """
    options["max_workers"] = max_workers
    own = _own[0]
    for _ in held(own.lock):
        before = own.kept
        if before is not None and before[0].takes_more() and _is_same(before[1], options):
            return before[0]
        made = ReusableExecutor(**options)
        own.kept = made, options
        if before is not None:
            before[0].shutdown(wait=False)
        return made
    raise AssertionError("a lock that is waited for is held once")


def _is_same(some: Options, others: Options) -> bool:
    """Values that cannot be compared, such as arrays, are the same if they are the same object."""
    try:
        return bool(some == others)
    except Exception:  # noqa: BLE001 - what the values' classes make of it
        return False


def _in_child() -> None:
    """The executor is the parent's, and whoever held its lock may not be here."""
    _own[0] = _OfThisProcess()


system.in_child.append(_in_child)
