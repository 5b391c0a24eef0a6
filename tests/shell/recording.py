"""What threads share, made to keep a record of every access, in order.

Decides: what counts as an access (one operation on a container or attribute that several threads use) and its name.
Must not know: which call makes it. `others` says what other threads do right after an access.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable
from typing import Any

from checkedpool._core.manager import Settings
from checkedpool._pool.pool import Pool
from checkedpool._pool.shared import Once, Shared

ATTRIBUTES = frozenset({"broken", "closed", "sleep", "pending_bytes", "burst"})


class Record(list[str]):
    """The accesses so far."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = False
        self.others: dict[str, Callable[[], None]] = {}

    def note(self, access: str) -> None:
        """An access was made; others may act on it, which is not recorded."""
        if self.paused:
            return
        self.append(access)
        act = self.others.pop(access, None)
        if act is not None:
            self.paused = True
            act()
            self.paused = False


class Claims(dict[int, None]):
    """`unclaimed`."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record

    def __setitem__(self, number: int, value: None) -> None:
        super().__setitem__(number, value)
        self.record.note("make claimable")

    def pop(self, number: int, *default: Any) -> Any:
        found = super().pop(number, *default)
        self.record.note("claim")
        return found

    def __contains__(self, number: object) -> bool:
        found = super().__contains__(number)
        self.record.note("is it claimable")
        return found


class Inbox(deque[Any]):
    """`inbox`."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record

    def append(self, post: object) -> None:
        super().append(post)
        self.record.note(f"post {type(post).__name__}")

    def popleft(self) -> Any:
        post = super().popleft()
        self.record.note("take a post")
        return post


class Start(Once):
    """`start`."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record

    def __bool__(self) -> bool:
        taken = len(self) > 0
        self.record.note("is the start free")
        return taken

    def take(self, taker: object) -> bool:
        found = super().take(taker)
        self.record.note("take the start")
        return found

    def give_back(self) -> None:
        super().give_back()
        self.record.note("give the start back")


class RecordingShared(Shared):
    """A `Shared` that records."""

    record: Record

    def __init__(self) -> None:
        object.__setattr__(self, "record", Record())
        self.record.paused = True
        super().__init__()
        self.inbox, self.unclaimed, self.start = Inbox(self.record), Claims(self.record), Start(self.record)
        self.record.paused = False

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name in ATTRIBUTES:
            super().__getattribute__("record").note(f"read {name}")
        return value

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in ATTRIBUTES:
            self.record.note(f"write {name}")


class NoStart(Exception):  # noqa: N818 - the reason why nothing starts
    """The pool cannot be started."""


class RecordingPool(Pool):
    """A pool whose start is a switch."""

    def __init__(self) -> None:
        super().__init__(Settings(1), multiprocessing.get_context("spawn"), (None, ()))
        self.shared: RecordingShared = RecordingShared()
        self.starts = True

    def _start(self, _: object) -> None:
        """No thread, no process."""
        if not self.starts:
            raise NoStart
