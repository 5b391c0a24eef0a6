"""The child that runs many rounds in a row and reports each as a line of JSON.

It exists so that a hang can be contained: after one it reports and waits to be looked at and killed. It is started by
supervise.py with `-c`, so that spawned workers have no main module to import again.
"""

import gc
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.checks.stress import catalogue, leaks, procs, tasks
from tests.checks.stress.actions import RaisedByCallbackBaseError, RaisedByCallbackError
from tests.checks.stress.generate import generate
from tests.checks.stress.oracle import judge
from tests.checks.stress.plan import Initializer, Method, Plan, Policy, Task, Work
from tests.checks.stress.profiles import load, profile_of
from tests.checks.stress.record import Record
from tests.checks.stress.rounds import Stage, build, run_round

START = "from tests.checks.stress.batch import main; main()"
SETTLING = 20.0  # seconds that processes, threads and descriptors of a finished round have to go
AT_EXIT = 5  # tasks left to the interpreter's exit

left_open: list[Executor] = []  # lives until the interpreter ends


@dataclass(frozen=True)
class Order:
    """What a batch has to do."""

    executor: str
    seed: int
    method: str
    numbers: tuple[int, ...]
    limit: float
    mark: str
    directory: str
    report: int  # descriptor


def main() -> None:
    """Run the batch that the command line describes."""
    order = Order(**json.loads(sys.argv[1]))
    os.set_inheritable(order.report, False)  # noqa: FBT003 - os wants it by position
    logging.getLogger("concurrent.futures").addFilter(unexpected)
    Batch(order).run()


class Batch:
    """The rounds of one order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.method = Method(order.method)
        self.executor = load(order.executor)
        self.profile = profile_of(self.executor)
        procs.become_subreaper()
        procs.take_private_shared_memory()
        procs.warm_up(self.method)
        files = Path(os.environ["TMPDIR"])
        gc.freeze()  # what was imported is no garbage: rounds collect often
        self.stage = Stage(
            before=leaks.snapshot(order.mark, files),
            mark=order.mark,
            files=files,
            journal=Path(order.directory) / "journal",
            limit=order.limit,
            settling=SETTLING,
            keeps_futures=self.profile.strict,
        )

    def run(self) -> None:
        """Round by round; after a leak the rest is left to a fresh process."""
        for number in self.order.numbers:
            self.tell(begin=number)
            started = time.monotonic()
            plan = generate(self.profile, self.order.seed, self.method, number)
            record = run_round(plan, self.make, self.stage)
            violations = judge(plan, record, strict=self.profile.strict)
            self.tell(
                end=number,
                seconds=time.monotonic() - started,
                violations=[asdict(violation) for violation in violations],
                summary=summarise(record),
                hang=hung(record),
            )
            if hung(record):
                self.wait_to_be_looked_at()
            if record.leaks:
                os._exit(0)
        self.leave_work_to_the_exit()

    def make(self, plan: Plan) -> Executor:
        """A new pool."""
        return build(self.executor, self.profile, plan)

    def tell(self, **line: object) -> None:
        """One line to the supervisor."""
        os.write(self.order.report, json.dumps(line).encode() + b"\n")

    def wait_to_be_looked_at(self) -> None:
        """Stay as we are: stacks are the only evidence of a hang."""
        while True:
            signal.pause()

    def leave_work_to_the_exit(self) -> None:
        """The interpreter's exit must run what was submitted and leave nothing behind; the supervisor looks."""
        plan = Plan(
            seed=self.order.seed,
            method=self.method,
            number=-1,
            workers=2,
            max_tasks=None,
            policy=Policy.BREAK,
            initializer=Initializer.NONE,
            terminate_limit=5.0,
            switch_interval=0.005,
            deaf=False,
            scripts=((),),
        )
        left_open.append(self.make(plan))
        journal = str(Path(self.order.directory) / "exit-journal")
        for number in range(AT_EXIT):
            task = Task(Work.SPINS if number else Work.QUICK, 1000 * number)
            left_open[0].submit(
                catalogue.FUNCTIONS[task.work], journal, str(number), *catalogue.arguments(task, self.executor)
            )
        self.tell(left=AT_EXIT)


def unexpected(record: logging.LogRecord) -> bool:
    """Whether a line of the log is more than what the plans provoke all the time."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, (RaisedByCallbackError, RaisedByCallbackBaseError, tasks.StressError))


def hung(record: Record) -> bool:
    """Whether something did not end in time, so that this process cannot go on."""
    undone = any(seen.outcome.kind is catalogue.Kind.UNDONE for seen in record.slots.values())
    unheard = any(not {0, *seen.early, *seen.late} <= set(seen.ran) for seen in record.slots.values() if seen.accepted)
    return bool(record.stuck) or undone or unheard


def summarise(record: Record) -> dict[str, int]:
    """What the final table counts."""
    counts = Counter(seen.outcome.kind.value for seen in record.slots.values())
    deaths = {seen.death.pid for seen in record.slots.values() if seen.death and seen.death.pid}
    counts["strikes"] = record.strikes
    counts["deaths"] = len(deaths)
    counts["calls"] = len(record.cancels) + len(record.closes) + len(record.maps)
    return dict(counts)
