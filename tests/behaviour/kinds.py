"""Which executors the suite runs against, and the marks by which a test says which of them it speaks about.

Decides: the two implementations and three start methods, and the words of the marks.
Must not know: any single behaviour.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import re
import sys
from concurrent.futures.process import BrokenProcessPool as StandardBrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any, Self, cast

import pytest

from tests import limits

if TYPE_CHECKING:
    from concurrent.futures import Future

    from checkedpool import BrokenProcessPool, ProcessPoolExecutor

METHODS = ("fork", "spawn", "forkserver")

LIMIT = limits.HANG
"""Seconds after which a wait of a test is called a hang."""

REASON = re.compile(r"((gh|bpo)-\d+|no issue|new): .+")


@dataclass(frozen=True, slots=True)
class Kind:
    """One executor class under one start method."""

    implementation: str
    method: str

    def __str__(self) -> str:
        return f"{self.implementation}-{self.method}"

    @classmethod
    def parse(cls, text: str) -> Self:
        implementation, method = text.split("-")
        return cls(implementation, method)

    @property
    def is_ours(self) -> bool:
        return self.implementation == "ours"

    @property
    def context(self) -> BaseContext:
        return multiprocessing.get_context(self.method)

    @property
    def executor(self) -> type[ProcessPoolExecutor]:
        """The class itself; the standard one is passed off as ours, which is what a drop-in is for."""
        if self.is_ours:
            from checkedpool import ProcessPoolExecutor as Ours  # noqa: PLC0415 - the other kind must run without it

            return Ours
        return cast("type[ProcessPoolExecutor]", concurrent.futures.ProcessPoolExecutor)

    def make(self, max_workers: int | None = 1, **options: Any) -> ProcessPoolExecutor:
        """A new executor under this start method; one worker unless told otherwise."""
        return self.executor(max_workers, **{"mp_context": self.context, **options})


def death_of(future: Future[Any]) -> BrokenProcessPool:
    """The error of a future that a death has ended; its class has the attributes only where the test is ours only."""
    error = future.exception(LIMIT)
    assert isinstance(error, StandardBrokenProcessPool), repr(error)
    return cast("BrokenProcessPool", error)


def ours_only(reason: str) -> pytest.MarkDecorator:
    """Mark what the standard library's executor does not do, with the number of its issue.

    Where there is no issue the reason starts with "no issue", where it has no such feature with "new".
    """
    if not REASON.fullmatch(reason):
        raise ValueError(f"{reason!r} must read like 'gh-12345: what happens there', 'no issue: ...' or 'new: ...'")
    return pytest.mark.ours_only(reason)


def standard_since(*version: int) -> pytest.MarkDecorator:
    """Mark what the standard library's executor has had since this version of Python."""
    return pytest.mark.standard_since(version)


def methods(*names: str) -> pytest.MarkDecorator:
    """Mark what has a meaning under these start methods only."""
    unknown = set(names) - set(METHODS)
    if unknown:
        raise ValueError(f"no such start method: {', '.join(sorted(unknown))}")
    return pytest.mark.methods(*names)


def not_portable(reason: str) -> pytest.MarkDecorator:
    """Mark what the portable kind of channels does not do: there it is skipped, and counted as that."""
    from checkedpool._os.system import PORTABLE  # noqa: PLC0415 - as above

    return pytest.mark.skipif(PORTABLE, reason=f"the portable kind: {reason}")


def with_room(name: str, reason: str) -> pytest.MarkDecorator:
    """Mark what only a pool with this fast room does: without it, it is skipped, and counted as that."""
    from checkedpool import rooms  # noqa: PLC0415 - as above

    there = any(room.name == name for room in rooms.used())
    return pytest.mark.skipif(not there, reason=f"without the fast room {name}: {reason}")


parent_only = methods("fork")
"""What the parent alone decides is the same under every start method, and fork is the fastest."""


def kinds_for(definition: pytest.Item, choice: str) -> list[Kind]:
    """The kinds that a test speaks about, by its marks.

    The choice "both" takes the standard executor under one start method only: it is there to show that the test is
    fair. "claims" takes the standard executor for what it is said not to do.
    """
    chosen: tuple[str, ...] = METHODS
    if (marker := definition.get_closest_marker("methods")) is not None:
        chosen = marker.args
    claimed = definition.get_closest_marker("ours_only") is not None
    since = definition.get_closest_marker("standard_since")
    ours = [Kind("ours", method) for method in METHODS if method in chosen]
    standard = [Kind("standard", kind.method) for kind in ours]
    agrees = not claimed and (since is None or sys.version_info >= since.args[0])
    return {
        "both": ours + standard[:agrees],
        "ours": ours,
        "standard": standard if agrees else [],
        "claims": standard if claimed else [],
    }[choice]
