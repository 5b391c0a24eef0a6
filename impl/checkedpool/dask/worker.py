"""The task that a worker of the engine runs: ask for the ticket, run the call if it is granted, answer.

What the engine starts twice is refused here.  Whatever the call raises is an answer, so the engine sees no error of it.
The task is a coroutine of the worker's event loop, where asking costs no change of threads; the call has a thread.
"""

from __future__ import annotations

import asyncio
from contextvars import copy_context

from distributed import get_worker

from checkedpool._payload import pickling
from checkedpool._worker.worker import answer_of_error, answer_to
from checkedpool.dask.codec import PLAIN, codec_of
from checkedpool.dask.messages import BEGIN, END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from typing import Any

    from checkedpool._worker.worker import Message


async def run(executor: str, number: int, payload: bytes, pickler: bytes) -> None:
    """In the worker's event loop.  An answer to a scheduler that is not there is lost with its task."""
    worker = get_worker()
    if await getattr(worker.scheduler, BEGIN)(executor=executor, number=number, worker=worker.address):
        loop = asyncio.get_running_loop()
        answered = loop.create_future()
        worker.executors["default"].submit(copy_context().run, _call, payload, pickler, loop, answered)
        kind, body = await answered
        worker.batched_stream.send(
            {"op": END, "executor": executor, "number": number, "kind": kind.value, "body": body}
        )


def _call(payload: bytes, pickler: bytes, loop: AbstractEventLoop, answered: Future[Message]) -> None:
    """In a thread, as the engine's own tasks are."""
    held: list[Any] = []  # the call's objects, until its answer has been handed over
    codec = None
    try:
        codec = codec_of(pickler) if pickler else PLAIN
        answer = answer_to(payload, codec, held)
    except BaseException as error:  # noqa: BLE001 - user code may raise anything
        answer = answer_of_error(error, held, PLAIN.dump if codec is None else codec.dump)
        if codec is None:  # the program's pickler could not be read here: it has not made this answer
            answer = answer[0], pickling.dumps((*pickling.loads(answer[1])[:2], True))
    loop.call_soon_threadsafe(_hand_over, answered, answer)


def _hand_over(answered: Future[Message], answer: Message) -> None:
    if not answered.done():  # else the worker is closing
        answered.set_result(answer)
