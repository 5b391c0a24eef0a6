"""One batch as seen from outside: its process, its lines, its traces, its end.

Its end is the process's, told by a pidfd: a worker that outlives it may hold its pipe open for ever.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp

from tests.checks.stress import procs, tasks
from tests.checks.stress.batch import START, Order
from tests.checks.stress.plan import Method
from tests.checks.stress.record import Violation

ROOT = Path(__file__).resolve().parents[3]
LINGER = 15.0  # seconds that what multiprocessing started has to end after its parent
START_LIMIT = 60.0  # seconds until a batch's first line
TAIL = 4000  # characters of standard error that are kept
PAUSE = 0.01


@dataclass(frozen=True)
class Job:
    """Rounds for one batch."""

    method: Method
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Setting:
    """What is the same for all batches."""

    executor: str
    seed: int
    limit: float  # seconds a round
    directory: Path


class Child:
    """A running batch."""

    def __init__(self, setting: Setting, job: Job, pipe: Path) -> None:
        self.job = job
        self.directory = Path(mkdtemp(dir=setting.directory))
        self.mark = self.directory.name
        (self.directory / "tmp").mkdir()
        self.lines, writer = os.pipe()
        os.set_blocking(self.lines, False)
        order = Order(
            executor=setting.executor,
            seed=setting.seed,
            method=job.method.value,
            numbers=job.numbers,
            limit=setting.limit,
            mark=self.mark,
            directory=str(self.directory),
            report=writer,
        )
        self.process = self._start(order, pipe)
        os.close(writer)
        self.pid = self.process.pid
        self.handle = os.pidfd_open(self.pid)
        self.begun = 0
        self.finished = 0
        self.left: int | None = None  # tasks left to the interpreter's exit
        self.deadline = time.monotonic() + START_LIMIT
        self._partial = b""

    def _start(self, order: Order, pipe: Path) -> "subprocess.Popen[bytes]":
        environment = os.environ | {
            procs.MARK: self.mark,
            tasks.STACKS: str(pipe),
            "TMPDIR": str(self.directory / "tmp"),
        }
        with (self.directory / "output").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-c", START, json.dumps(asdict(order))],
                cwd=ROOT,
                env=environment,
                pass_fds=[order.report],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def current(self) -> int:
        """The round it is in, or was in last; -1 once it has left work to the interpreter's exit."""
        if self.left is not None or self.begun == 0:
            return -1
        return self.job.numbers[self.begun - 1]

    @property
    def rest(self) -> tuple[int, ...]:
        """The rounds it did not come to."""
        return self.job.numbers[self.begun :]

    def read(self) -> list[dict[str, object]]:
        """The whole lines that are there."""
        with suppress(BlockingIOError):
            while part := os.read(self.lines, 65536):
                self._partial += part
        *whole, self._partial = self._partial.split(b"\n")
        return [json.loads(line) for line in whole]

    def output(self) -> str:
        """The end of what it and its workers wrote."""
        return (self.directory / "output").read_text(errors="replace")[-TAIL:]

    def autopsy(self) -> list[Violation]:
        """What is wrong with how it ended."""
        code = self.process.wait()
        found = [Violation("batch died", f"exit code {code}")] if code else []
        if self.left is not None:
            found += self._unrun(self.left)
        return found + self._left_behind()

    def destroy(self) -> None:
        """Kill whatever carries its mark, and remove its files."""
        while alive := procs.marked(self.mark, procs.everyone()):
            for pid in alive:
                procs.kill(pid)
        with suppress(ChildProcessError):
            self.process.wait()
        os.close(self.lines)
        os.close(self.handle)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _unrun(self, amount: int) -> list[Violation]:
        """The tasks that the interpreter's exit should have run, each once."""
        try:
            lines = (self.directory / "exit-journal").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        ran = sorted(line.split()[0] for line in lines)
        if ran == sorted(str(number) for number in range(amount)):
            return []
        return [Violation("interpreter exit", f"of {amount} tasks left to it, it ran {ran}")]

    def _left_behind(self) -> list[Violation]:
        """What still carries its mark when multiprocessing's own helpers have had time to notice its end."""
        deadline = time.monotonic() + LINGER
        while (alive := procs.marked(self.mark, procs.everyone())) and time.monotonic() < deadline:
            for process in alive.values():
                if process.is_grandchild:
                    procs.kill(process.pid)
            threading.Event().wait(PAUSE)
        return [Violation("left behind", f"after the batch: {p.name} {p.state}") for p in alive.values()]
