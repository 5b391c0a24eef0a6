"""Carries one scenario out on one executor.

Decides: in which threads the calls are made, and how long is waited.  It asks the contract one thing only: whether,
after what was seen so far, something must still come (``Checker.may_be_quiet``); so it waits for what is owed and for
nothing else.  Must not know: verdicts, other scenarios.  It may be killed at any moment, and what is written stays.
"""

import itertools
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
        """All steps; False if the history has left the contract, which ends it early."""
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
        """Wait until nothing is owed; if that does not come in time, say that all is quiet."""
        end, pause = time.monotonic() + self._limit, FIRST_PAUSE
        while True:
            late = time.monotonic() > end
            self.read()
            if self.checker.difference is not None:
                return False
            if self.checker.may_be_quiet():
                return True
            if late:
                self.client.give_up()
                self.read()
                return False
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
        client, task = self.client, step.task
        if step.do is Do.SUBMIT:
            new, work = next(self._tasks), step.work or Work.QUICK
            return lambda ready: client.submit(new, work, ready)
        if step.do in LEVELS:
            return lambda ready: client.shut_down(LEVELS[step.do], wait=step.wait, ready=ready)
        if step.do is Do.STRIKE:
            return self._strike(task)
        if step.do is Do.OPEN:
            return lambda ready: client.open(task, ready)
        if task not in client.futures:
            return None
        return lambda ready: (client.cancel if step.do is Do.CANCEL else client.look)(task, ready)

    def _strike(self, task: int) -> Act | None:
        """Only a worker that is certain to be inside the task is killed."""
        self.read()
        facts = self.checker.facts
        if task not in facts.entered or facts.may_have_left(task):
            return None
        return lambda ready: self.client.strike(task, facts.entered[task], ready)
