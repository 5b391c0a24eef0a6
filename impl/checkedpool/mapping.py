"""``map``: cuts the input into chunks, submits them, gives results in order, cancels the rest when it is closed."""

from __future__ import annotations

import itertools
import time
from collections import deque
from concurrent.futures import CancelledError
from functools import partial

from checkedpool._worker.worker import run_chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Executor, Future
    from typing import Any, TypeVar

    from checkedpool.arrivals import Arrivals, Watch

    T = TypeVar("T")


def results(  # noqa: PLR0913, PLR0917 - map's own parameters
    executor: Executor, fn: Callable[..., T], iterables: tuple[Iterable[Any], ...], timeout: float | None,
    chunksize: int, buffersize: int | None, watch: Watch | None = None,
) -> Iterator[T]:  # fmt: skip
    """Submit (all, or ``buffersize`` chunks) now; return the iterator over the results."""
    _check_buffersize(buffersize)
    until = None if timeout is None else time.monotonic() + timeout
    call: Callable[..., Any] = fn if chunksize == 1 else run_chunk
    items = zip(*iterables, strict=False) if chunksize == 1 else _chunks(fn, iterables, chunksize)
    futures: deque[Future[Any]] = deque()
    submit: Callable[..., Future[Any]] = executor.submit
    if watch is not None:
        items, submit = watch.over(items), partial(watch.submit, submit, chunked=chunksize > 1)
    try:
        futures.extend(submit(call, *args) for args in itertools.islice(items, buffersize))
    except Exception as error:
        _cancel_if_full(futures, error)
        raise
    more = None if buffersize is None else partial(_submit_next, submit, call, items, futures)
    if watch is not None and watch.arrivals is not None:
        more = partial(_bring_next, more, watch.arrivals, futures, until)
    return Results.of(_parts(futures, until, more, chunked=chunksize > 1))


class Results(itertools.chain["T"]):
    """The iterator.  It is a chain, since a generator is finished by what it raises: the next one goes on.

    Whoever drops this drops the generators, which cancel the rest.
    """

    parts: Generator[Iterator[T], None, None]

    @classmethod
    def of(cls, parts: Generator[Iterator[T], None, None]) -> Results[T]:
        """One after another."""
        made: Any = cls.from_iterable(parts)
        made.parts = parts
        return made  # type: ignore[no-any-return]

    def close(self) -> None:
        """Once ``next()`` has been called: give nothing more, and cancel what has not begun."""
        self.parts.close()


def _cancel_if_full(futures: deque[Future[Any]], error: Exception) -> None:
    """Where there is no place for all of it, what has not begun is cancelled: it may be tried again."""
    from queue import Full  # noqa: PLC0415 - seldom needed

    if isinstance(error, Full):
        _give_up(futures, deque())


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
    submit: Callable[..., Future[Any]], call: Callable[..., Any], items: Iterator[tuple[Any, ...]],
    futures: deque[Future[Any]],
) -> None:  # fmt: skip
    for args in itertools.islice(items, 1):
        futures.append(submit(call, *args))


def _bring_next(
    more: Callable[[], None] | None, arrivals: Arrivals, futures: deque[Future[Any]], until: float | None
) -> None:
    """Have the next one that ends at the front."""
    if more is not None:
        more()
    arrivals.next_of(futures, until)


def _parts(
    futures: deque[Future[Any]], until: float | None, more: Callable[[], None] | None, *, chunked: bool
) -> Generator[Iterator[Any], None, None]:
    """After each exception of a call another generator, of what is left."""
    ready: deque[Any] = deque()
    try:
        while futures:
            yield _in_order(futures, until, more, ready, ready.extend if chunked else ready.append)
    finally:
        _give_up(futures, ready)


def _in_order(
    futures: deque[Future[Any]], until: float | None, more: Callable[[], None] | None, ready: deque[Any],
    put: Callable[[Any], None],
) -> Generator[Any, None, None]:  # fmt: skip
    """Up to an exception of a call.  After any other, an interruption also, the next one may not be at its place."""
    error = None
    try:
        while futures:
            if more is not None:
                more()
            error = _take(futures, until, put)
            if error is not None:
                raise error  # noqa: TRY301 - what is raised here is told from what comes here
            while ready:  # no reference to what has been yielded
                yield ready.popleft()
    except BaseException as raised:
        if raised is not error:
            _give_up(futures, ready)
        raise
    finally:
        del error


def _give_up(futures: deque[Future[Any]], ready: deque[Any]) -> None:
    """Give nothing more, and cancel what has not begun."""
    while futures:
        futures.popleft().cancel()
    ready.clear()


def _take(futures: deque[Future[Any]], until: float | None, put: Callable[[Any], None]) -> BaseException | None:
    """Put the first one's value, or return its error; no reference stays here.  If waiting fails it is still there."""
    future = futures[0]
    try:
        value = future.result() if until is None else future.result(until - time.monotonic())
    except BaseException as error:
        if not _has_ended_with(future, error):
            raise
        futures.popleft()
        return error
    finally:
        del future
    futures.popleft()
    put(value)
    return None


def _has_ended_with(future: Future[Any], error: BaseException) -> bool:
    """Whether this is the call's own, be it a TimeoutError; else the time was over, or a signal handler has raised it.

    It may have ended in between.
    """
    if future.cancelled():
        return isinstance(error, CancelledError)
    return future.done() and future.exception() is error


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
