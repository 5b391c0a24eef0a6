"""Real processes as the stage: the audit's own clients, faults at exact points, workers that are stopped for a while.

Decides: which faults a run may have, and that what was stopped goes on before anything is waited for.  Must not know:
rules, verdicts.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from checkedpool import ProcessPoolExecutor
from checkedpool._trace.fault_points import AFTER, BEFORE, HALF, INSIDE, START, Fault, Planned
from checkedpool.testing.audit import Checker, Event, Kind, Log
from checkedpool.testing.audit.run.client import Client
from checkedpool.testing.audit.run.driver import Driver
from checkedpool.testing.audit.run.scenario import Scenario, Step
from checkedpool_spec.vocabulary import DeathPolicy
from tests import leaks, limits
from tests.checks.stateful.counting import HAPPENED, Fate

LIMIT = limits.HANG
"""Seconds for what the contract owes; far more than it takes."""
POINTS = (
    (START, BEFORE), ("SAY_READY", BEFORE), ("TAKE_TICKET", BEFORE), ("TAKE_TICKET", INSIDE), ("TAKE_TICKET", AFTER),
    ("READ_FRAME", AFTER), ("RUN", BEFORE), ("RUN", AFTER), ("ANSWER", BEFORE), ("ANSWER", HALF), ("ANSWER", AFTER),
)  # fmt: skip
DEADLY = ("kill", "crash", "exit")
HOW = (*DEADLY, "stop")


def plan(seed: int) -> list[Fault]:
    """At most two faults; half of all plans have none."""
    chance = random.Random(seed)
    faults = []
    for _ in range(chance.choice((0, 0, 1, 2))):
        op, when = chance.choice(POINTS)
        nth = chance.randint(1, 3) if op not in (START, "SAY_READY") else 1
        faults.append(Fault(chance.randint(0, 1), op, when, nth, chance.choice(HOW)))
    return faults


class Real:
    """One executor of ours, and the audit's driver."""

    executor: type[ProcessPoolExecutor] = ProcessPoolExecutor
    limit = LIMIT

    def __init__(
        self, method: str, workers: int, policy: DeathPolicy, faults: list[Fault], restarts: int | None = None
    ) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="stateful"))
        log = self._directory / "history"
        options: dict[str, Any] = {
            "terminate_limit": 1.0, "on_worker_death": policy.value, "max_worker_restarts": restarts
        }  # fmt: skip
        if faults:
            options["trace"] = Planned(self._directory / "trace", faults)
        self.pool = self.executor(workers, multiprocessing.get_context(method), **options)
        self._client = Client(self.pool, log)
        self.checker = Checker(workers, policy, restarts=restarts)
        self._driver = Waking(self._client, self.checker, log, self.limit)
        history = Log(log)
        for fault in faults:
            HAPPENED[f"plans to {fault.how}"] += 1
            if fault.how in DEADLY:
                history.write(Event(Kind.PLANNED))
        history.close()

    def take(self, step: Step) -> bool:
        self._driver.read()
        return self._driver.run(Scenario(1, (step,)))

    def settle(self) -> bool:
        return self._driver.settle()

    def befall(self, number: int, *, torn: bool) -> None:
        """Stop one of the workers that are inside a task; it goes on when something is waited for."""
        self._driver.read()
        pids = sorted(self.checker.facts.entered.values())
        if pids and not torn:
            HAPPENED["stops a worker"] += 1
            with suppress(ProcessLookupError):
                os.kill(pids[number % len(pids)], signal.SIGSTOP)

    def doom(self, fate: Fate) -> None:
        """Not from outside."""

    def interrupt(self, client: int, steps: int) -> None:
        """Not from outside."""

    def go_on(self, choices: list[int]) -> None:
        """A real pool goes on by itself."""
        if choices:
            self._driver.read()

    def close(self) -> None:
        wake_all()
        if self.checker.difference is not None:
            self.pool.kill_workers()
        ending = threading.Thread(target=self.pool.shutdown, daemon=True)
        ending.start()
        ending.join(self.limit)
        self._driver.close(self.limit)  # who has waited for the end looks into the history once more
        self._client.close()
        if ending.is_alive():  # what waits for ever would stay behind
            self.pool.kill_workers()
            ending.join(self.limit)
        shutil.rmtree(self._directory, ignore_errors=True)


class Waking(Driver):
    """Whatever was stopped goes on whenever the driver looks."""

    def settle(self) -> bool:
        over = threading.Event()

        def wake() -> None:
            while not over.wait(0.05):
                wake_all()

        wake_all()
        waker = threading.Thread(target=wake, daemon=True)
        waker.start()
        try:
            return super().settle()
        finally:
            over.set()
            waker.join()


def wake_all() -> None:
    """Continue every process below this one that is stopped."""
    for process in leaks.descendants(os.getpid()):
        if process.state == "T":
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
