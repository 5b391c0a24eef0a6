"""Which executors the suite runs against.

Decides: the two implementations and three start methods. Must not know: any single behaviour, and pytest: programs of
tests and each of their spawned workers import this file, and pytest would be most of what they do.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
from concurrent.futures.process import BrokenProcessPool as StandardBrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any, Self, cast

from tests import limits

if TYPE_CHECKING:
    from concurrent.futures import Future

    from checkedpool import BrokenProcessPool, ProcessPoolExecutor

METHODS = ("fork", "spawn", "forkserver")

LIMIT = limits.HANG
"""Seconds after which a wait of a test is called a hang."""


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
