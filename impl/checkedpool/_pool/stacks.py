"""The stack of a task that runs: ``get_stack`` and ``print_stack`` of a future.

Decides whose a dump is, and where in it the task begins: with the pool's frame that calls the function, so that what
runs has a frame even if all of it is C code.  A dump is the task's only if the worker has begun no other one by the
time that it is here.  Must not know how a worker is asked.
"""

from __future__ import annotations

import os
import re
import sys
from threading import Lock
from traceback import FrameSummary, StackSummary
from weakref import WeakKeyDictionary

from checkedpool._os import stack_dumps, system
from checkedpool._os.locks import held
from checkedpool._worker.worker import answer_to, worker_main
from checkedpool.errors import NO_STACK, NO_STACKS, STACK_LATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import RLock
    from multiprocessing.process import BaseProcess
    from typing import Protocol, TextIO

    from checkedpool._core.messages import Seq, TaskId

    class Claims(Protocol):
        """Of what clients and manager share."""

        unclaimed: dict[TaskId, None]

    class Lane(Protocol):
        """Of a worker's channels: what is asked here."""

        process: BaseProcess
        first_words: bytes
        lock: RLock
        ticketed: dict[Seq, TaskId]

        @property
        def shared(self) -> Claims: ...

        def untaken(self) -> bytearray:
            """Under its lock: the tickets that the worker has not taken."""


LIMIT = 5.0
"""Seconds that a worker may take to show its stack."""
LINE = re.compile(r'  File (?:"(?P<file>.*)"|\?\?\?), line (?:(?P<line>\d+)|\?\?\?) in (?P<name>.*)')
ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
OWN = os.path.join("checkedpool", "_worker", "worker.py")  # noqa: PTH118 - as the end of a text
WITH_HANDLER = os.path.join("checkedpool", "_os", "system.py")  # noqa: PTH118 - likewise
CALLING, OUTERMOST, HANDLER = answer_to.__name__, worker_main.__name__, system.show_stack.__name__
_asked: WeakKeyDictionary[Lane, Lock] = WeakKeyDictionary()


def stack_of(number: int, place: tuple[object, Seq] | None, limit: float = LIMIT) -> StackSummary:
    """Of the task of this number, which was sent there."""
    if place is None:
        return StackSummary()
    lane: Lane = place[0]  # type: ignore[assignment]  # there is no other place
    seq = place[1]
    if not runs(lane, seq, number):
        return StackSummary()
    try:
        stack = _stack_at(lane, limit)
    except RuntimeError:
        if runs(lane, seq, number):
            raise
        return StackSummary()
    return stack if runs(lane, seq, number) else StackSummary()


def runs(lane: Lane, seq: Seq, number: TaskId) -> bool:
    """Whether this task is the last that the worker has begun, and no answer to it is here."""
    for _ in held(lane.lock):
        if number in lane.shared.unclaimed:
            return False
        untaken = lane.untaken()
        out = list(lane.ticketed.items())  # in the order of their issue; an answer may take one away at any time
        return [item for item in out if item[0] not in untaken][-1:] == [(seq, number)]
    return False


def print_stack(stack: StackSummary, name: str | None, file: TextIO | None) -> None:
    """See ``PoolFuture.print_stack``."""
    said = [f"Stack of {name} (most recent call last):\n", *stack.format()]
    print("".join(said) if stack else f"{name} does not run\n", file=file or sys.stderr, end="")


def _stack_at(lane: Lane, limit: float) -> StackSummary:
    """Of its main thread; RuntimeError says why there is none."""
    if not system.HAS_PIDFD:
        raise NotImplementedError(NO_STACKS)
    about = {"pid": lane.process.pid, "limit": limit, "signals": f"{system.ASK} and {system.ASK_IN_C}"}
    lock = _asked.setdefault(lane, Lock())
    if not lock.acquire(timeout=limit):
        raise RuntimeError(STACK_LATE.format(**about))
    try:
        return stack_dumps.ask(lane.process.pid or 0, lane.first_words, read, limit) or StackSummary()
    except stack_dumps.CannotAskError:
        raise RuntimeError(NO_STACK.format(**about)) from None
    except stack_dumps.UnansweredError:
        raise RuntimeError(STACK_LATE.format(**about)) from None
    finally:
        lock.release()


def read(data: bytes, no_more: bool) -> StackSummary | None:  # noqa: FBT001 - as it is called
    """The task's frames, oldest first, if this dump is whole.

    One of another thread, or of a greenlet, does not come to the worker's outermost frame: it is whole if ``no_more``.
    What is no frame is faulthandler's word for why there are no others.
    """
    lines = data.decode("ascii", "replace").split("\n")[:-1]
    found = [match for line in lines if (match := LINE.fullmatch(line))]
    own = [match["name"] for match in found if (match["file"] or "").endswith(OWN)]
    if not found or not (no_more or OUTERMOST in own or len(found) >= system.FRAMES or len(found) < len(lines) - 1):
        return None
    frames = _of_the_task([_frame(match) for match in found])
    if CALLING in own:
        begin = next(at for at, frame in enumerate(frames) if frame.name == CALLING and frame.filename.endswith(OWN))
        frames = frames[: begin + 1]
    elif OUTERMOST in own:
        frames = []  # it has not come to the function, or has left it
    return StackSummary.from_list(frames[::-1])


def _of_the_task(frames: list[FrameSummary]) -> list[FrameSummary]:
    """Without the worker's own handler, in which the second signal may find it: it came of being asked."""
    handlers = [
        at for at, frame in enumerate(frames) if frame.name == HANDLER and frame.filename.endswith(WITH_HANDLER)
    ]
    return frames[handlers[-1] + 1 :] if handlers else frames


def _frame(match: re.Match[str]) -> FrameSummary:
    file, line = match["file"], match["line"]
    number = None if line is None else int(line)
    return FrameSummary(_unescaped(file or "???"), number, _unescaped(match["name"]), lookup_line=False)


def _unescaped(text: str) -> str:
    """Faulthandler writes ASCII."""
    return ESCAPED.sub(lambda match: chr(int(match[match.lastindex or 1], 16)), text)
