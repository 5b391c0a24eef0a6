"""What a worker does first and last, where its executor was given more than an initializer.

Stands in the initializer's place, so a worker that was given no more neither has nor imports this.
"""

from __future__ import annotations

import os
from contextlib import suppress
from multiprocessing import util

from checkedpool._core.tables import Record
from checkedpool._os.log import CRITICAL, log_exception

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

BEFORE_ALL = 1 << 30
"""The priority of an exit handler of multiprocessing's that runs before all others: what tasks have made is there."""


class Given(Record):
    """All of it."""

    initializer: Callable[..., object] | None
    initargs: tuple[Any, ...]
    finalizer: Callable[..., object] | None = None
    finalargs: tuple[Any, ...] = ()
    environment: Mapping[str, str | None] = {}  # only where it was not set when the worker was started
    memory: int | None = None  # bytes, above which it is to leave after its task


def begin(given: Given) -> None:
    """The worker's initializer."""
    change_environment(given.environment)
    if given.memory is not None:
        from checkedpool._worker.memory_limit import limit_memory  # noqa: PLC0415 - seldom used

        limit_memory(given.memory)
    if given.initializer is not None:
        given.initializer(*given.initargs)
    if given.finalizer is not None:  # else it has begun nothing that is to be ended
        util.Finalize(None, end, (given.finalizer, given.finalargs), exitpriority=BEFORE_ALL)


def change_environment(changes: Mapping[str, str | None]) -> None:
    """Set these variables; None takes one away."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def end(finalizer: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    """The worker leaves.  What the finalizer raises is nobody's, and the other exit handlers run."""
    try:
        finalizer(*arguments)
    except BaseException:  # noqa: BLE001 - user code
        with suppress(BaseException):  # a logging handler is user code too
            log_exception("Exception in finalizer:", level=CRITICAL)
