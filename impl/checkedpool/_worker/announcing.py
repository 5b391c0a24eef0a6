"""A call that says when it has begun: the first thing that is rebuilt of it writes that to the parent.

Decides when that is: before anything of the call is imported, rebuilt or run.  What arrives is the function itself, so
nothing else is different in the worker.  Must not know: who is interested.
"""

from __future__ import annotations

from functools import partial

from checkedpool._core.tables import Do
from checkedpool._payload.pickling import Kind
from checkedpool._worker import worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Announced(partial["Any"]):
    """A function as it travels; errors of pickling name it as they name what a partial calls."""

    whole: Callable[..., Any]
    """Of a partial around a partial the parts alone are left."""

    def __reduce__(self) -> tuple[Any, ...]:
        return of_call, (Announcement(), self.whole)


class Announcement:
    """What is rebuilt first."""

    def __reduce__(self) -> tuple[Any, ...]:
        return announce, ()


def announced(fn: Any) -> Any:
    """The function as it is to travel; what cannot be called never begins (C-24)."""
    if not callable(fn):
        return fn
    made = Announced(fn)
    made.whole = fn
    return made


def announce() -> None:
    """Tell the parent that the call has begun whose pickle this is read from."""
    for one in worker.at_work:
        say(one, Kind.BEGUN)


def say(one: worker.Worker, kind: Kind) -> None:
    """Say this of the call that is just being run: that it has begun, or what comes after it.

    No SIGINT tears the message.
    """
    is_open, one.interrupts.open = one.interrupts.open, False
    one.message = kind, b""
    getattr(one, worker.DOES[Do.ANSWER])()
    one.interrupts.open = is_open


def of_call(_: None, fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function."""
    return fn
