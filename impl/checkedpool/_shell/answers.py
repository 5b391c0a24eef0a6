"""What a worker's messages are to the manager: frames as answers.  Knows kinds and verdicts, opens no body."""

from __future__ import annotations

from functools import partial

from checkedpool._core import words
from checkedpool._shell.frames import Kind
from checkedpool._shell.memory import Received

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERDICTS: dict[int, words.Verdict] = {
    Kind.PLAIN: words.Verdict.PLAIN,
    Kind.VALUE: words.Verdict.VALUE,
    Kind.ERROR: words.Verdict.ERROR,
}

_quick: list[Any] = [
    partial(tuple.__new__, kind)
    for kind in (words.Tick, words.Submitted, words.Sent, words.Issued, words.Answered, words.Recalled, words.Answer)
]
TICK, SUBMITTED, SENT, ISSUED, ANSWERED, RECALLED, ANSWER = _quick
"""Of a tuple of fields that are known to be all there, the record: to check that would be three times the cost."""


def as_bytes(body: words.Body) -> bytes | bytearray:
    """A body as this platform puts it into answers."""
    if not isinstance(body, bytes | bytearray):
        msg = f"an answer's body is bytes here, not {type(body).__name__}"
        raise TypeError(msg)
    return body


def as_pickled(body: words.Body) -> bytes | bytearray | Received:
    """A body that may be in memory: one that user-code threads read."""
    return body if isinstance(body, Received) else as_bytes(body)
