"""A KeyboardInterrupt that comes once, where the interpreter looks for signals, or at a line.

Decides: when it comes. `strikes` comes anywhere, and again.
Must not know: what is interrupted.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any


def interrupted_after(count: int, function: Callable[[], object]) -> bool:
    """Call; a KeyboardInterrupt comes at so many-th place where Python looks for signals. False: it ended before that.

    These are the entry of each function written in Python and the return of each one that is not, in whatever code,
    the standard library's included. (Python looks at the ends of loops too.)
    """
    left = count

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        if event in ("call", "c_return"):
            left -= 1
            if not left:
                raise KeyboardInterrupt

    before = sys.getprofile()
    gc.disable()  # what it would find is another test's, and what comes in a finalizer is swallowed there
    sys.setprofile(profile)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(before)
        gc.enable()
    return left <= 0  # it was swallowed: an error that only one call of these tests makes, and wants


def interrupted_at(line: int, watched: frozenset[CodeType], function: Callable[[], object]) -> bool:
    """Call; a KeyboardInterrupt comes at so many lines of the watched code. False: it ended before that."""
    left = line

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if frame.f_code not in watched:
            return None
        if event == "line":
            left -= 1
            if not left:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    gc.disable()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
        gc.enable()
    return False


def at_each(attempt: Callable[[int], bool], every: int = 1) -> int:
    """Attempt at the first moment, the next, and so on, while it is interrupted; the first at which it is not.

    ``every``: only at one in so many.
    """
    moment = 1
    while attempt(moment):
        moment += every
    return moment
