"""A worker whose memory is limited: after each task it looks how much it has, and says when that is too much.

It says so before its answer.  So the parent, which sends such a worker nothing ahead, knows it when it has the answer,
and tells the worker to leave instead of giving it another task.  Is imported by workers of such a pool alone.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from checkedpool._core.tables import MARK
from checkedpool._os import resident_memory
from checkedpool._payload.pickling import Kind
from checkedpool._worker import announcing, worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from checkedpool._worker.worker import Message, Worker

    AnswerTo: TypeAlias = Callable[..., Message]


def limit_memory(most: int) -> None:
    """From its next task on this worker looks."""
    for one in worker.at_work:
        one.answer_to = partial(answer_and_look, one, one.answer_to, most)


def answer_and_look(one: Worker, answer_to: AnswerTo, most: int, *call: object) -> Message:
    """Run the call, whatever comes of it; then look, where no SIGINT reaches."""
    try:
        return answer_to(*call)
    finally:
        one.interrupts.open = False
        # A child that the task has forked, and that comes back from it, says nothing; nor is a marked frame a task.
        if one.does and one.machine.ticket != MARK and is_over(most):
            announcing.say(one, Kind.FILLED)


def is_over(most: int) -> bool:
    """Whether this process has more; it has not where the task has left nothing to look with."""
    with suppress(OSError, MemoryError):
        return resident_memory.resident_memory() > most
    return False
