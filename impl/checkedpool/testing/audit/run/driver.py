"""Carries one scenario out on one executor.

Decides: in which threads the calls are made, and how long is waited.  It asks the contract one thing only: whether,
after what was seen so far, something must still come (``Checker.may_be_quiet``); so it waits for what is owed and for
nothing else.  Must not know: verdicts, other scenarios.  It may be killed at any moment, and what is written stays.
"""

import itertools
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from checkedpool.testing.audit.judge.check import Checker
from checkedpool.testing.audit.judge.events import Work, parse
from checkedpool.testing.audit.run.client import Client, Ready
from checkedpool.testing.audit.run.scenario import LEVELS, Do, Scenario, Step

__all__ = ["Driver"]

FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02

Act = Callable[[Ready], None]


class Driver:
    """One scenario under way."""

    def __init__(self, client: Client, checker: Checker, log: Path, limit: float) -> None:
        self.client = client
        self.checker = checker
        self._lines = log.open(encoding="utf-8")
        self._partial = ""
        self._limit = limit
        self._tasks = itertools.count()
        self._calls: list[threading.Thread] = []

    def run(self, scenario: Scenario) -> bool:
        """All steps; False if something does not come that must, which ends it early."""
        return all(self.settle() if step.do is Do.SETTLE else self.take(step) for step in scenario.steps)

    def take(self, step: Step) -> bool:
        """One step; a call that must come back at once and does not is waited for as long as anything is."""
        act = self._act(step)
        if act is None:
            return True
        begun = threading.Event()
        thread = threading.Thread(target=act, args=(begun.set,), name=str(step), daemon=True)
        self._calls = [*filter(threading.Thread.is_alive, self._calls), thread]
        thread.start()
        begun.wait()
        if step.beside:
            return True
        thread.join(self._limit)
        return not thread.is_alive() or self.settle()

    def settle(self) -> bool:
        """Wait until nothing is owed; if that does not come in time, say that all is quiet, and go on if it may be."""
        end, pause = time.monotonic() + self._limit, FIRST_PAUSE
        while True:
            late = time.monotonic() > end
            self.read()
            if self.checker.may_be_quiet():
                return True
            if late:
                self.client.give_up()
                self.read()
                return not self.checker.hangs
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def read(self) -> None:
        """Feed the checker what has been written since."""
        *whole, self._partial = (self._partial + self._lines.read()).split("\n")
        for line in whole:
            self.checker.feed(parse(line))

    def close(self, patience: float = 0.0) -> None:
        """Read no more, when the calls are over that are still under way, or after so many seconds."""
        end = time.monotonic() + patience
        for call in self._calls:
            call.join(max(0.0, end - time.monotonic()))
        self._lines.close()

    def _act(self, step: Step) -> Act | None:
        """What a thread has to do; None if there is nothing to do it to."""
        if step.do is Do.SUBMIT:
            new, work = next(self._tasks), step.work or Work.QUICK
            return lambda ready: self.client.submit(new, work, ready)
        if step.do in LEVELS:
            return self._request(step)
        return self._on_a_task(step)

    def _request(self, step: Step) -> Act | None:
        level, wait = LEVELS[step.do], step.wait
        if not step.is_from_callback:
            return lambda ready: self.client.shut_down(level, wait=wait, ready=ready)
        if not self._is_inside(step.task):  # a callback is certain to be called by the pool if a worker is inside
            return None
        return lambda ready: self.client.shut_down_from(step.task, level, wait=wait, ready=ready)

    def _on_a_task(self, step: Step) -> Act | None:
        client, task = self.client, step.task
        if step.do is Do.OPEN:
            return lambda ready: client.open(task, ready)
        if step.do is Do.STRIKE:
            return self._strike(task)
        if step.do is Do.SIGNAL:
            return self._signal(task)
        if task not in client.futures:
            return None
        return lambda ready: (client.cancel if step.do is Do.CANCEL else client.look)(task, ready)

    def _signal(self, task: int) -> Act | None:
        """Only where nothing is left to be run; a worker may still be putting its last task away."""
        self.read()
        if sys.platform == "win32":  # there it would be its end
            return None
        if task not in self.checker.facts.entered or not all(future.done() for future in self.client.futures.values()):
            return None
        return lambda ready: self.client.signal(self.checker.facts.entered[task], ready)

    def _strike(self, task: int) -> Act | None:
        """Only a worker that is certain to be inside the task is killed."""
        if not self._is_inside(task):
            return None
        return lambda ready: self.client.strike(task, self.checker.facts.entered[task], ready)

    def _is_inside(self, task: int) -> bool:
        self.read()
        facts = self.checker.facts
        return task in facts.entered and not facts.may_have_left(task)
