"""Runs the checks, two at once at most, and ends them all when somebody interrupts.

Decides: which checks run beside which, what becomes of one that breaks down, what is left when SIGINT or SIGTERM
interrupts it: the rows that were done, and no process. Must not know: which checks there are; how anything is shown.

The checks run in threads of their own, on two tracks. What they say and the rows that are done go to the main thread,
which waits for nothing else: so an interrupt strikes there, and no check has to expect one. A check is told to stop at
its next word, and every process below this one is killed until the tracks have ended.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType
from typing import Protocol

from checkedpool.testing.audit.run.process_group import adopt_orphans, end_below, kill_below
from tests.checks.verify.report import Check, Report, Row, Verdict

__all__ = ["Watch", "collect"]

PATIENCE = 10.0
"""Seconds for the checks to notice that their processes are gone. What still computes in a thread is left to itself."""
PAUSE = 0.05


class Watch(Protocol):
    """Is told what happens, in the main thread."""

    def said(self, check: Check, words: str) -> None:
        """What the check looks at now; "": at nothing any more."""

    def came(self, check: Check, row: Row) -> None:
        """A row is done."""


class _StoppedError(BaseException):
    """The check is to end."""


def collect(checks: Iterable[Check], watch: Watch) -> Report:
    """Run the checks; one that breaks down is a row of the report, not the report's end, nor is an interrupt."""
    run = _Run(list(checks))
    with _heard(partial(_interrupt, os.getpid()), signal.SIGTERM):  # as from whoever limits the time
        run.begin()
        try:
            for tell in run.events():
                tell(watch)
        except KeyboardInterrupt:
            run.stop()
    return run.report()


class _Run:
    """The checks and what has come of them so far."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._rows: list[list[Row]] = [[] for _ in checks]
        self._over = [False] * len(checks)
        self._events: SimpleQueue[Callable[[Watch], object]] = SimpleQueue()
        self._stopped = Event()
        tracks = [[at for at, check in enumerate(checks) if check.beside is beside] for beside in (False, True)]
        self._tracks = [Thread(target=self._track, args=(track,), daemon=True) for track in tracks if track]

    def begin(self) -> None:
        for track in self._tracks:
            track.start()

    def events(self) -> Iterator[Callable[[Watch], object]]:
        """What the watcher is to be told, until all tracks have ended."""
        open_ = len(self._tracks)
        while open_:
            event = self._events.get()
            if event is _over:
                open_ -= 1
            else:
                yield event

    def stop(self) -> None:
        """End everything, and wait for the checks to see it."""
        self._stopped.set()
        with _heard(signal.SIG_IGN, signal.SIGINT, signal.SIGTERM):  # who presses twice leaves no process behind either
            is_everybodys_parent = adopt_orphans()
            until = time.monotonic() + PATIENCE
            while any(track.is_alive() for track in self._tracks) and time.monotonic() < until:
                if is_everybodys_parent:
                    kill_below()
                for track in self._tracks:
                    track.join(PAUSE)
            if is_everybodys_parent:
                end_below()

    def report(self) -> Report:
        """What is done by now, in the order of the checks and of the rows of each."""
        rows = tuple(row for of_check in self._rows for row in sorted(of_check, key=lambda row: row.place))
        left = dict.fromkeys(check.section for check, over in zip(self._checks, self._over, strict=True) if not over)
        return Report(rows, left=tuple(left))

    # --- on a track ---------------------------------------------------------------------------------------------------

    def _track(self, track: Sequence[int]) -> None:
        try:
            for at in track:
                self._check(at)
        except _StoppedError:
            pass
        except KeyboardInterrupt:  # of a worker that Ctrl-C reached, as the main thread was
            self._events.put(_interrupted)
        finally:
            self._events.put(_over)

    def _check(self, at: int) -> None:
        check, begun = self._checks[at], time.perf_counter()
        self._said(check, check.section)
        try:
            for row in check.rows(lambda words: self._said(check, words)):
                self._came(at, row)
        except Exception as error:  # noqa: BLE001 - whatever a check raises, the others still have something to say
            self._came(at, _broken_down(check, time.perf_counter() - begun, f"{type(error).__name__}: {error}"))
        if not self._rows[at]:
            self._came(at, _broken_down(check, time.perf_counter() - begun, "it looked at nothing"))
        self._over[at] = True
        self._said(check, "")

    def _said(self, check: Check, words: str) -> None:
        self._go_on()
        self._events.put(lambda watch: watch.said(check, words))

    def _came(self, at: int, row: Row) -> None:
        self._go_on()
        self._rows[at].append(row)
        self._events.put(lambda watch: watch.came(self._checks[at], row))

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise _StoppedError


def _over(_watch: Watch) -> None:
    """A track has ended."""


def _interrupted(_watch: Watch) -> None:
    raise KeyboardInterrupt


def _interrupt(here: int, number: int, _frame: FrameType | None) -> None:
    """In this process; a forked worker of a pool, which has the handler too, ends as others do."""
    if os.getpid() != here:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise KeyboardInterrupt


@contextmanager
def _heard(by: Callable[[int, FrameType | None], None] | signal.Handlers, *signals: signal.Signals) -> Iterator[None]:
    """These signals go there meanwhile."""
    before = {one: signal.signal(one, by) for one in signals}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _broken_down(check: Check, seconds: float, reason: str) -> Row:
    return Row(
        section=check.section,
        name="the whole of it",
        verdict=Verdict.NOT_FINISHED,
        seconds=seconds,
        seen="broke down",
        trouble=(reason,),
        again=check.again,
        place=LAST,
    )


LAST = 1_000_000
"""Behind all that was done."""
