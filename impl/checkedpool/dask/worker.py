"""The task that a worker of the engine runs: a slot, which asks for a ticket, runs its call, and may ask for the next.

Which ticket it gets the scheduler says.  A slot goes on for a moment only: others' tasks wait for this thread, too.
Whatever a call raises is an answer, so the engine sees no error of it.  The slot is a coroutine of the worker's event
loop, where asking costs no change of threads; the call has a thread.
"""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from functools import partial

from distributed import Status, get_worker

from checkedpool._payload import pickling
from checkedpool._worker.worker import answer_of_error, answer_to
from checkedpool.dask.codec import PLAIN, codec_of
from checkedpool.dask.messages import BEGIN, END, FAIL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeAlias

    from distributed import Worker

    from checkedpool._worker.worker import Message

    Granted: TypeAlias = tuple[int, bytes]
    """The number of a ticket, and the call."""
    Ended: TypeAlias = tuple[int, int, bytes]
    """That number, and the answer: its kind and its body."""


MOMENT = 0.1
"""Seconds after which a slot begins no further task."""


async def run(executor: str, slot: int, client: str, pickler: bytes) -> None:
    """In the worker's event loop.  An answer to a scheduler that is not there is lost with its task."""
    worker = get_worker()
    ask = partial(getattr(worker.scheduler, BEGIN), executor=executor, slot=slot, worker=worker.address, client=client)
    try:
        ended = await _go_on(worker, ask, pickler)
    except Exception as error:  # noqa: BLE001 - of the connection, or whatever it is: the engine would not say of whom
        said = {"op": FAIL, "executor": executor, "slot": slot, "text": repr(error), "client": client}
        worker.batched_stream.send(said)
    else:
        if ended is not None:
            worker.batched_stream.send({"op": END, "executor": executor, "slot": slot, "ended": ended})


async def _go_on(worker: Worker, ask: Callable[..., Awaitable[Granted | None]], pickler: bytes) -> Ended | None:
    """Run one task after the other, for a moment; the answer that was not sent."""
    loop = asyncio.get_running_loop()
    until = loop.time() + MOMENT
    ended = None
    while granted := await ask(ended=ended):
        number, call = granted
        answered = loop.create_future()
        worker.executors["default"].submit(copy_context().run, _call, call, pickler, loop, answered)
        kind, body = await answered
        ended = number, kind.value, body
        if loop.time() > until or worker.status is not Status.running:
            return ended
    return None


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
