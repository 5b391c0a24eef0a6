"""What crosses the simulated pipes: real pickles in real frames, cut and put together by the code that the pool runs.

Decides: which calls tasks make where a scope does not say. Must not know: pipes, worlds. All of it is a function of
its arguments, so it is remembered: a call whose body is known is not run again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from checkedpool._core import messages as words
from checkedpool._core.messages import Seq, TaskId, Verdict
from checkedpool._payload import pickling
from checkedpool._payload.pickling import HEADER, Assembler, Kind, header
from checkedpool._worker.worker import answer_of_error, answer_to

__all__ = [
    "FILLED", "NOTHING", "READY", "Begun", "Boxed", "answer", "begun", "call_of", "failed", "frame", "frames",
    "messages", "result_of",
]  # fmt: skip

KEPT = 1 << 14
"""How many of each are remembered."""
VERDICTS: dict[int, Verdict] = {Kind.PLAIN: Verdict.PLAIN, Kind.VALUE: Verdict.VALUE, Kind.ERROR: Verdict.ERROR}


class Boxed(NamedTuple):
    """A value that is not plain: it takes code of the user to rebuild it."""

    task: int


def same(task: int) -> int:
    """A task that answers with its own number."""
    return task


def boxed(task: int) -> Boxed:
    """A task that answers with something that is not plain."""
    return Boxed(task)


def raises(task: int) -> int:
    """A task that raises."""
    raise LookupError(task)


RUNS = {Verdict.PLAIN: same, Verdict.VALUE: boxed, Verdict.ERROR: raises}


@lru_cache(KEPT)
def call_of(task: TaskId, verdict: Verdict) -> bytes:
    """The pickled call of a task that answers in this way."""
    return pickling.dumps((RUNS[verdict], (task,), {}))


NOTHING = pickling.NOTHING
"""The call in a marked frame."""


def frame(seq: Seq, body: bytes) -> bytes:
    """A call as it is put into a call pipe."""
    return header(seq, Kind.CALL, body) + body


READY = header(0, Kind.READY, b"")
"""What a worker says when it has run its initializer."""
FILLED = header(0, Kind.FILLED, b"")
"""What it says before an answer when its memory is over the limit."""


class Begun(NamedTuple):
    """A worker has begun the call of this ticket, which has a limit: for the platform, the manager is not told."""

    lane: int
    seq: Seq


def begun(seq: Seq) -> bytes:
    """What a worker says when it begins such a call."""
    return header(seq, Kind.BEGUN, b"")


def failed(traceback: bytes = b"") -> bytes:
    """What a worker says whose initializer raised."""
    return header(0, Kind.INITIALIZER_FAILED, traceback) + traceback


@lru_cache(KEPT)
def result_of(body: bytes) -> tuple[Kind, bytes]:
    """What running this call comes to, as the worker process of the pool would say it."""
    held: list[object] = []
    try:
        kind, value = answer_to(body, pickling.Codec(), held)
    except BaseException as error:  # noqa: BLE001 - whatever the task raises is its answer
        kind, value = answer_of_error(error, held)
    return kind, bytes(value)


@lru_cache(KEPT)
def answer(seq: Seq, body: bytes) -> bytes:
    """The message about the call with this ticket."""
    kind, value = result_of(body)
    return header(seq, kind, value) + value


@lru_cache(KEPT)
def frames(data: bytes) -> tuple[tuple[tuple[int, int, bytes], ...], bytes]:
    """The frames (number, kind, body) that are whole, and what is left of the data."""
    whole = tuple(Assembler().feed(data))
    return whole, data[sum(HEADER.size + len(body) for _, _, body in whole) :]


@lru_cache(KEPT)
def messages(lane: int, data: bytes) -> tuple[tuple[words.Event | Begun, ...], bytes]:
    """What the messages of a worker are to the manager, and the beginning of one that is not whole."""
    whole, rest = frames(data)
    told: list[words.Event | Begun] = []
    answers: list[words.Answer] = []
    for seq, kind, body in whole:
        verdict = VERDICTS.get(kind)
        if verdict is not None:
            answers.append(words.Answer(seq, verdict, body))
        elif kind == Kind.BEGUN:
            told.append(Begun(lane, seq))
        elif kind == Kind.READY:
            told.append(words.Ready(lane))
        elif kind == Kind.FILLED:
            told.append(words.Filled(lane))
        else:
            told.append(words.InitializerFailed(lane, body))
    if answers:
        told.append(words.Answered(lane, tuple(answers)))
    return tuple(told), rest
