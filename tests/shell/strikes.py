"""Exceptions that strike between any two instructions: once, and again while what they have begun is being dealt with.

Decides: when they come. A signal handler's would come at some of these places only, other ones in each version of the
interpreter, and what is safe at all of them is safe at those.
Must not know: what is struck.
"""

from __future__ import annotations

import gc
import random
import sys
from _thread import get_ident
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType
from typing import Any, TypeAlias

StrikeAt: TypeAlias = Callable[[Callable[[], object]], int]
"""Calls something, and strikes; how often."""
TOOL = 4
DISTANCES = 1, 2, 3, 5, 8, 13, 21, 34, 55
HERE = __file__


class Strike(BaseException):
    """What comes."""


class Strikes:
    """So many instructions after the beginning, and after each other."""

    def __init__(self, after: Sequence[int], watched: frozenset[CodeType] | None = None) -> None:
        """``watched``: whose instructions are counted; None: everybody's."""
        self._after = list(after)
        self._watched = watched
        self.come = 0

    def instruction(self) -> None:
        """One is about to be executed."""
        if self._after:
            self._after[0] -= 1
            if self._after[0] <= 0:
                del self._after[0]
                self.come += 1
                raise Strike

    def call(self, function: Callable[[], object]) -> None:
        """They come in here, if it takes that long.  No code of anybody else's is run around it."""
        before = sys.gettrace(), sys.getprofile()
        monitoring: Any = getattr(sys, "monitoring", None)
        if monitoring is None:
            sys.setprofile(self._put_back)
            sys.settrace(self._trace)
        else:
            self._mine = get_ident()
            monitoring.use_tool_id(TOOL, "strikes")
            monitoring.register_callback(TOOL, monitoring.events.INSTRUCTION, self._monitor)
            monitoring.set_events(TOOL, monitoring.events.INSTRUCTION)
        try:
            function()
        finally:
            self._after.clear()
            if monitoring is None:
                sys.settrace(before[0])
                sys.setprofile(before[1])
            else:
                monitoring.set_events(TOOL, 0)
                monitoring.free_tool_id(TOOL)

    def _monitor(self, code: CodeType, _: int) -> None:
        if self._is_watched(code) and get_ident() == self._mine:
            self.instruction()

    def _is_watched(self, code: CodeType) -> bool:
        return code.co_filename != HERE if self._watched is None else code in self._watched

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not self._is_watched(frame.f_code):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            self.instruction()
        return self._trace

    def _put_back(self, frame: FrameType | None, _: str, __: object) -> None:
        """A trace function that has raised is gone: it comes back at the next call, or return."""
        if sys.gettrace() is None and self._after:
            sys.settrace(self._trace)
            while frame is not None and frame.f_code.co_filename != HERE:
                if self._is_watched(frame.f_code):
                    frame.f_trace_opcodes, frame.f_trace_lines, frame.f_trace = True, False, self._trace
                frame = frame.f_back


def struck(function: Callable[[], object], after: Sequence[int], watched: frozenset[CodeType] | None) -> int:
    """Call it; how many of the strikes came.  The collector waits: what it finds is not this call's."""
    strikes = Strikes(after, watched)

    def of_its_own() -> Iterator[None]:
        """A generator has its own account of which exceptions are being handled: some of it is never closed here."""
        strikes.call(function)
        yield

    gc.disable()
    try:
        next(of_its_own())
    except Strike:
        pass
    finally:
        gc.enable()
    return strikes.come


def at_every_instruction(
    attempt: Callable[[StrikeAt], None],
    times: int,
    least: int,
    watched: frozenset[CodeType] | None = None,
    step: int = 5,
) -> None:
    """Attempt with a strike at the first instruction, the second, and so on, until there is none; ``least`` so many.

    Where there are to be several ``times``, others follow each at distances that are drawn once and for all.
    """
    draw = random.Random(times)
    first = came = 1
    while came:
        after = first, *(draw.choice(DISTANCES) for _ in range(times - 1))
        counts: list[int] = []

        def strike(function: Callable[[], object], after: Sequence[int] = after, counts: list[int] = counts) -> int:
            counts.append(struck(function, after, watched))
            return counts[-1]

        try:
            attempt(strike)
        except BaseException as error:  # noqa: BLE001 - its traceback may have no line, and no reader then
            raise AssertionError(f"{counts} strikes after {after} instructions: {error!r}") from None
        came = max(counts)
        first += 1 if times == 1 else draw.randint(1, step)
    assert first >= least, first
