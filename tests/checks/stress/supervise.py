"""Runs batches as child processes, two at a time, and watches them: their lines, their time, their end.

It trusts no batch: one that is silent for longer than a round may take is looked at, counted as a hang and killed
with everything that carries its mark; one that ends must leave nothing with its mark behind.
"""

import selectors
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.checks.stress import procs, stacks
from tests.checks.stress.child import Child, Job, Setting
from tests.checks.stress.plan import Method
from tests.checks.stress.record import Violation
from tests.checks.stress.tally import Failure, Tally

GRACE = 60.0  # seconds beyond a round's own limit, for starting, settling and judging


@dataclass(frozen=True)
class Bounds:
    """When to stop, and how much at a time."""

    seconds: float
    failures: int
    parallel: int = 2


class Supervisor:
    """One run over many jobs."""

    def __init__(self, setting: Setting, jobs: list[Job], tally: Tally, bounds: Bounds) -> None:
        self.setting = setting
        self.jobs = deque(jobs)
        self.tally = tally
        self.bounds = bounds
        self.selector = selectors.DefaultSelector()
        self.pipe = stacks.Pipe(setting.directory / "stacks")
        self.running: set[Child] = set()
        self.started = time.monotonic()

    def run(self, progress: Callable[[Tally], None]) -> None:
        """Until all jobs are done, the time is over, or enough has failed."""
        try:
            while self.goes_on():
                while self.jobs and len(self.running) < self.bounds.parallel:
                    self.start(self.jobs.popleft())
                self.listen()
                self.tally.elapsed = time.monotonic() - self.started
                progress(self.tally)
        finally:
            for child in list(self.running):
                self.forget(child)
                child.destroy()
            self.selector.close()
            self.pipe.close()

    def goes_on(self) -> bool:
        """Whether there is more to do, and leave to do it."""
        if time.monotonic() - self.started > self.bounds.seconds or len(self.tally.failures) >= self.bounds.failures:
            return False
        return bool(self.jobs or self.running)

    def start(self, job: Job) -> None:
        """One batch more."""
        child = Child(self.setting, job, self.pipe.path)
        self.running.add(child)
        self.selector.register(child.lines, selectors.EVENT_READ, child)
        self.selector.register(child.handle, selectors.EVENT_READ, child)

    def forget(self, child: Child) -> None:
        """Listen to it no more."""
        self.running.discard(child)
        self.selector.unregister(child.lines)
        self.selector.unregister(child.handle)

    def listen(self) -> None:
        """Take what the batches say until something happened, a batch is late, or a second has passed."""
        for key, _ in self.selector.select(1.0):
            child: Child = key.data
            if child not in self.running:
                continue
            for line in child.read():
                self.heed(child, line)
            if key.fd == child.handle and child in self.running:
                self.ended(child)
        for child in list(self.running):
            if time.monotonic() > child.deadline:
                self.hang(child, [Violation("hang", "the batch itself does not answer")])

    def heed(self, child: Child, line: dict[str, object]) -> None:
        """One line of a batch."""
        child.deadline = time.monotonic() + self.setting.limit + GRACE
        if "begin" in line:
            child.begun += 1
        elif "left" in line:
            child.left = _int(line["left"])
        elif "end" in line:
            self.round_over(child, line)

    def round_over(self, child: Child, line: dict[str, object]) -> None:
        """A round's result."""
        summary = line["summary"]
        if isinstance(summary, dict):
            self.tally.add(child.job.method, float(str(line["seconds"])), summary)
        items = line["violations"]
        violations = [Violation(i["rule"], i["detail"]) for i in items] if isinstance(items, list) else []
        if line["hang"]:
            self.hang(child, violations or [Violation("hang", "nobody knows why")])
        elif violations:
            self.fail(child, violations)

    def fail(self, child: Child, violations: list[Violation], seen: str = "") -> None:
        """Note a failure of the current round."""
        failure = Failure(child.job.method, child.current, tuple(violations), seen, child.output())
        self.tally.failures.append(failure)

    def hang(self, child: Child, violations: list[Violation]) -> None:
        """Look at all its processes, then end them; the rest of its rounds go to a fresh batch."""
        self.tally.hangs += 1
        self.fail(child, violations, stacks.collect(child.mark, child.pid, self.pipe))
        self.forget(child)
        child.destroy()
        self.rest_of(child)

    def ended(self, child: Child) -> None:
        """A batch's process is over."""
        self.forget(child)
        if problem := child.autopsy():
            self.fail(child, problem)
        child.destroy()
        self.rest_of(child)

    def rest_of(self, child: Child) -> None:
        """What it did not come to; the round it failed in is not tried again."""
        procs.reap_orphans(but={other.pid for other in self.running})
        if child.left is not None:
            self.tally.exits += 1
        elif child.rest:
            self.jobs.append(Job(child.job.method, child.rest))


def _int(value: object) -> int:
    return int(str(value))


def plan_jobs(wanted: dict[Method, int], sizes: dict[Method, int]) -> list[Job]:
    """Batches of all methods in turns, so that a run that is cut short has seen something of each."""
    queues = {
        method: deque(
            Job(method, tuple(range(first, min(first + sizes[method], total))))
            for first in range(0, total, sizes[method])
        )
        for method, total in wanted.items()
    }
    most = max((len(queue) for queue in queues.values()), default=0)
    jobs: list[tuple[float, Job]] = []
    for queue in queues.values():
        jobs += [(index / len(queue) * most, job) for index, job in enumerate(queue)]
    return [job for _, job in sorted(jobs, key=lambda pair: pair[0])]
