"""``map``: cuts the input into chunks, submits them, yields results in order, cancels the rest when it is closed."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import deque
from functools import partial

from checkedpool._core.typed import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Executor, Future
    from typing import Any

T = TypeVar("T")


def results(  # noqa: PLR0913, PLR0917 - map's own parameters
    executor: Executor, fn: Callable[..., T], iterables: tuple[Iterable[Any], ...], timeout: float | None,
    chunksize: int, buffersize: int | None,
) -> Iterator[T]:  # fmt: skip
    """Submit (all, or ``buffersize`` chunks) now; return the iterator over the results."""
    _check_buffersize(buffersize)
    until = None if timeout is None else time.monotonic() + timeout
    call: Callable[..., Any]
    items: Iterator[tuple[Any, ...]] = zip(*iterables, strict=False)
    if chunksize == 1:
        call = fn
    else:
        call, items = partial(run_chunk, fn), _chunks(items, chunksize)
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


def _chunks(items: Iterator[tuple[Any, ...]], size: int) -> Iterator[tuple[tuple[Any, ...], ...]]:
    while chunk := tuple(itertools.islice(items, size)):
        yield chunk


def run_chunk(fn: Callable[..., T], *chunk: tuple[Any, ...]) -> list[T]:
    """In the worker."""
    return [fn(*args) for args in chunk]
