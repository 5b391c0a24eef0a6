"""What ``map`` needs to hear of ends: to give results as their calls end, and to tell a progress bar.

Decides in which order results come when that of the inputs is not asked for, and what is told to a bar, when.  A map
that asks for neither does not import this.
"""

from __future__ import annotations

import importlib
import os
import time
from _thread import RLock
from collections import deque
from collections.abc import Sized
from functools import partial

from checkedpool._os.locks import Condition, held
from checkedpool.errors import INHERITED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from typing import Any, Protocol, TypeAlias, TypeVar

    F = TypeVar("F", bound="Future[Any]")

    class Bar(Protocol):
        """Shows how much is done."""

        def update(self, n: int, /) -> object:
            """So many more are."""

    Progress: TypeAlias = bool | Bar | None

NO_TQDM = (
    "map(progress=True) needs tqdm, which is not installed: pip install 'checkedpool[progress]'; "
    "or pass a bar of your own, anything with update(n)"
)


class Arrivals:
    """The tasks of one map, in the order in which they end."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._ended: deque[Future[Any]] = deque()
        self._somebody = Condition()

    def add(self, future: Future[Any]) -> None:
        """It has ended."""
        self._ended.append(future)
        for _ in held(self._somebody):
            self._somebody.notify_all()

    def next_of(self, futures: deque[Future[Any]], until: float | None) -> None:
        """Have the next one that ends at the front of these, in which it is; TimeoutError if none does in time."""
        while not self._ended:
            if self._pid != os.getpid():  # here no call ends any more
                raise RuntimeError(INHERITED.format(parent=self._pid, here=os.getpid()))
            timeout = None if until is None else until - time.monotonic()
            if not self._somebody.wait(timeout, over=self._has_some) and not self._ended:
                raise TimeoutError
        futures.remove(self._ended[0])  # it is among the first, behind those only that have been running for longer
        futures.appendleft(self._ended.popleft())

    def _has_some(self) -> bool:
        return bool(self._ended)


class Shown:
    """The progress of one map on a bar, which hears of one task at a time.  One of ours is closed after the last.

    The bar is the user's code: nobody waits for another thread that tells it.
    """

    def __init__(self, bar: Any, *, ours: bool) -> None:  # noqa: ANN401 - tqdm's, or the user's
        self._bar, self._ours = bar, ours
        self._lock = RLock()
        self._told: deque[tuple[int, bool]] = deque()  # sizes of what has ended, and whether it was cancelled
        self._expected = self._ended = 0  # whoever submits counts the first, one thread at a time
        self._is_over = False

    def expect(self) -> None:
        """One task more is to end."""
        self._expected += 1

    def over(self) -> None:
        """Nothing more is expected."""
        self._is_over = True
        self._close_after_the_last()

    def ended(self, size: int, future: Future[Any]) -> None:
        """A task of so many inputs has.  Where another thread tells the bar, it is left to that one."""
        self._told.append((size, future.cancelled()))
        try:
            self._tell_all()
        finally:
            self._close_after_the_last()

    def _tell_all(self) -> None:
        """What one of them raises keeps none of the others from being told."""
        try:
            while self._told and self._tell():
                pass
        except BaseException:
            self._tell_all()
            raise

    def _tell(self) -> bool:
        """Tell one; whether nobody else does."""
        for _ in held(self._lock, False):  # noqa: FBT003 - as of a lock
            size, cancelled = self._told.popleft() if self._told else (0, True)
            self._ended += size > 0
            if not cancelled:
                self._bar.update(size)
            return True
        return False

    def _close_after_the_last(self) -> None:
        for _ in held(self._lock, False):  # noqa: FBT003 - as of a lock; who has it comes here after that
            if self._ours and self._is_over and self._ended == self._expected:
                self._ours = False
                self._bar.close()


class Watch:
    """What one map hears of its tasks' ends."""

    def __init__(self, *, ordered: bool, progress: Progress, iterables: tuple[Iterable[Any], ...]) -> None:
        self.arrivals = None if ordered else Arrivals()
        self._shown = _shown(progress, iterables)

    def over(self, items: Iterator[Any]) -> Iterator[Any]:
        """The input, of whose end the bar hears, too."""
        return items if self._shown is None else _until_the_end(items, self._shown)

    def submit(self, submit: Callable[..., F], *call: Any, chunked: bool) -> F:  # noqa: ANN401 - the user's
        """Submit, and hear of its end.  A chunk is called with the function, and a column for each iterable."""
        shown, arrivals = self._shown, self.arrivals
        future = submit(*call)
        if arrivals is not None:
            future.add_done_callback(arrivals.add)
        if shown is not None:
            shown.expect()
            future.add_done_callback(partial(shown.ended, len(call[2]) if chunked else 1))
        return future


def _until_the_end(items: Iterator[Any], shown: Shown) -> Iterator[Any]:
    try:
        yield from items
    finally:
        shown.over()


def _shown(progress: Progress, iterables: tuple[Iterable[Any], ...]) -> Shown | None:
    if progress is None or progress is False:
        return None
    if progress is not True:
        return Shown(progress, ours=False)
    try:
        tqdm = importlib.import_module("tqdm").tqdm
    except ImportError as error:
        raise ImportError(NO_TQDM) from error
    lengths = [len(items) for items in iterables if isinstance(items, Sized)]
    return Shown(tqdm(total=min(lengths) if len(lengths) == len(iterables) > 0 else None), ours=True)
