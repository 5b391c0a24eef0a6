"""The task that a worker of the engine runs: ask for the ticket, run the call if it is granted, answer.

What the engine starts twice is refused here.  Whatever the call raises is an answer, so the engine sees no error of it.
"""

from __future__ import annotations

import asyncio

from distributed import get_worker

from checkedpool._worker.worker import answer_of_error, answer_to
from checkedpool.dask import codec
from checkedpool.dask.messages import BEGIN, END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._worker.worker import Message

CODEC = codec.ClusterCodec()


def run(executor: str, number: int, payload: bytes) -> None:
    """In a thread of the worker.  An answer to a scheduler that is not there is lost with its task."""
    worker = get_worker()
    ask = getattr(worker.scheduler, BEGIN)
    asked = ask(executor=executor, number=number, worker=worker.address)
    if asyncio.run_coroutine_threadsafe(asked, worker.loop.asyncio_loop).result():
        held: list[Any] = []  # the call's objects, until its answer has been handed over
        kind, body = _answer(payload, held)
        said = {"op": END, "executor": executor, "number": number, "kind": kind.value, "body": body}
        worker.loop.add_callback(worker.batched_stream.send, said)


def _answer(payload: bytes, held: list[Any]) -> Message:
    try:
        return answer_to(payload, CODEC, held)
    except BaseException as error:  # noqa: BLE001 - user code may raise anything
        return answer_of_error(error, held, codec.dumps)
