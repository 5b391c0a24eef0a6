"""``map``: cuts the input into chunks, submits them, yields results in order, cancels the rest when it is closed."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import deque
from functools import partial

from checkedpool._worker.worker import run_chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Executor, Future
    from typing import Any, TypeVar

    T = TypeVar("T")


def results(  # noqa: PLR0913, PLR0917 - map's own parameters
    executor: Executor, fn: Callable[..., T], iterables: tuple[Iterable[Any], ...], timeout: float | None,
    chunksize: int, buffersize: int | None,
) -> Iterator[T]:  # fmt: skip
    """Submit (all, or ``buffersize`` chunks) now; return the iterator over the results."""
    _check_buffersize(buffersize)
    until = None if timeout is None else time.monotonic() + timeout
    call: Callable[..., Any] = fn if chunksize == 1 else run_chunk
    items = zip(*iterables, strict=False) if chunksize == 1 else _chunks(fn, iterables, chunksize)
    futures = deque(executor.submit(call, *args) for args in itertools.islice(items, buffersize))
    more = None if buffersize is None else partial(_submit_next, executor, call, items, futures)
    chunks = _in_order(futures, until, more)
    return chunks if chunksize == 1 else _flatten(chunks)


def _check_buffersize(buffersize: object) -> None:
    if buffersize is None:
        return
    if not isinstance(buffersize, int):
        msg = "buffersize must be an integer or None"
        raise TypeError(msg)
    if buffersize < 1:
        msg = "buffersize must be None or > 0"
        raise ValueError(msg)


def _submit_next(
    executor: Executor, call: Callable[..., Any], items: Iterator[tuple[Any, ...]], futures: deque[Future[Any]]
) -> None:
    for args in itertools.islice(items, 1):
        futures.append(executor.submit(call, *args))


def _in_order(
    futures: deque[Future[Any]], until: float | None, more: Callable[[], None] | None
) -> Generator[Any, None, None]:
    """Yield; whoever closes this, or an error, cancels what has not been yielded."""
    try:
        while futures:
            if more is not None:
                more()
            yield _take(futures, until)
    finally:
        for future in futures:
            future.cancel()


def _take(futures: deque[Future[Any]], until: float | None) -> Any:  # noqa: ANN401 - the task's value
    """The first one's result; no reference to it stays here.  After a time-out it is still the first."""
    future = futures[0]
    try:
        value = future.result() if until is None else future.result(until - time.monotonic())
    except TimeoutError:
        if future.done():
            futures.popleft()
        raise
    except BaseException:
        futures.popleft()
        raise
    finally:
        del future
    futures.popleft()
    return value


def _flatten(chunks: Generator[list[T], None, None]) -> Generator[T, None, None]:
    """Item by item; closing this closes the chunks too."""
    with contextlib.closing(chunks):
        for chunk in chunks:
            chunk.reverse()
            while chunk:  # no reference to what has been yielded
                yield chunk.pop()


def _chunks(fn: Callable[..., T], iterables: tuple[Iterable[Any], ...], size: int) -> Iterator[tuple[Any, ...]]:
    """The arguments of ``run_chunk``: not an item's arguments together but each iterable's items, a quicker pickle."""
    if len(iterables) == 1:
        items = iter(iterables[0])
        while column := tuple(itertools.islice(items, size)):
            yield fn, column
    else:
        rows = zip(*iterables, strict=False)
        while chunk := tuple(itertools.islice(rows, size)):
            yield fn, *zip(*chunk, strict=True)
