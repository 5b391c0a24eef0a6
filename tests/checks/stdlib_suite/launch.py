"""Decides: how one test is run: in a process and a session of its own, for a limited time, and nothing may outlive it.

Every process of a test carries a mark in its environment, by which it is found again whoever its parent is; only
marked processes are ever signalled. A test that hangs is asked for the stacks of all its processes before it is killed.
Must not know: which tests exist, what their outcome is worth.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .interpreters import clean_environment
from .trail import Trail, read_trail
from .verdict import Outcome, Run

MARK = "CHECKEDPOOL_SUITE_RUN"
GRACE = 10.0
PROC = Path("/proc")


class InterruptedRunError(Exception):
    """The harness is being stopped; the test has been killed."""


@dataclass(frozen=True)
class Launcher:
    """What all tests share: the interpreter, the time limit, a directory, and the request to stop."""

    python: Path
    limit: float
    directory: Path
    stop: threading.Event

    def list_tests(self) -> dict[str, object]:
        """Ask the interpreter which tests there are."""
        case = self._case()
        code = self._finish(case, self._start(case, ["list"]))
        if code != 0 or not case.answer.exists():
            raise RuntimeError(f"the tests cannot be listed (exit code {code}):\n{case.output_text()}")
        listed: dict[str, object] = json.loads(case.answer.read_text(encoding="utf-8"))
        return listed

    def run(self, test: str) -> Run:
        """Run one test."""
        case = self._case()
        began = time.monotonic()
        process = self._start(case, ["run", test])
        try:
            code = self._finish(case, process)
            left = [] if code is None else _wait_for_the_end(case.mark)
            outcome, detail = _outcome(case, code, left)
        finally:
            _kill(process, case.mark)
        return Run(test, outcome, time.monotonic() - began, detail, case.read_trail())

    def _case(self) -> "_Case":
        mark = secrets.token_hex(8)
        directory = self.directory / mark
        directory.mkdir()
        return _Case(mark, directory)

    def _start(self, case: "_Case", arguments: list[str]) -> "subprocess.Popen[bytes]":
        variables = clean_environment() | {
            MARK: case.mark,
            "CHECKEDPOOL_SUITE_TRAIL": str(case.trail),
            "CHECKEDPOOL_SUITE_STACKS": str(case.stacks),
        }
        command = [str(self.python), "-X", "faulthandler", "-m", "stdlib_suite_inside", *arguments, str(case.answer)]
        with case.output.open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=case.directory,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _finish(self, case: "_Case", process: "subprocess.Popen[bytes]") -> int | None:
        """The exit code, or None if the limit was reached: then the stacks are on file."""
        deadline = time.monotonic() + self.limit
        while time.monotonic() < deadline:
            if self.stop.is_set():
                _kill(process, case.mark)
                raise InterruptedRunError
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=0.1)
        _ask_for_stacks(case)
        _kill(process, case.mark)
        return None


@dataclass(frozen=True)
class _Case:
    """The files of one run."""

    mark: str
    directory: Path

    @property
    def answer(self) -> Path:
        return self.directory / "answer.json"

    @property
    def trail(self) -> Path:
        return self.directory / "trail"

    @property
    def stacks(self) -> Path:
        return self.directory / "stacks"

    @property
    def output(self) -> Path:
        return self.directory / "output"

    def output_text(self) -> str:
        return _text(self.output)

    def read_trail(self) -> Trail:
        return read_trail(_text(self.trail))


def _outcome(case: _Case, code: int | None, left: list[str]) -> tuple[Outcome, str]:
    output = case.output_text()
    if code is None:
        return Outcome.HUNG, f"stacks of all processes:\n{_text(case.stacks)}\noutput:\n{output}"
    if code != 0 or not case.answer.exists():
        return Outcome.DIED, f"exit code {code}\n{output}"
    answer = json.loads(case.answer.read_text(encoding="utf-8"))
    outcome, detail = Outcome(answer["outcome"]), str(answer["detail"])
    if left and outcome is not Outcome.FAILED:
        outcome, detail = Outcome.LEFTOVERS, "\n".join(["processes that outlived the test:", *left, detail])
    if outcome in (Outcome.FAILED, Outcome.LEFTOVERS) and output:
        detail = f"{detail}\noutput:\n{output}"
    return outcome, detail


def _marked(mark: str) -> list[int]:
    """The living processes that carry the mark; where there is no /proc, none are found."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def _wait_for_the_end(mark: str) -> list[str]:
    """Give helpers such as the resource tracker a moment to leave; name those who stay."""
    deadline = time.monotonic() + GRACE
    while (pids := _marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [_describe(pid) for pid in pids]


def _describe(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
        return f"{pid}: {os.fsdecode(b' '.join(words)).strip()}"
    return str(pid)


def _ask_for_stacks(case: _Case) -> None:
    for pid in sorted(_marked(case.mark)):
        with case.stacks.open("a", encoding="utf-8") as stacks:
            stacks.write(f"\n==== process {_describe(pid)}\n")
        _signal(pid, case.mark, signal.SIGUSR2)
        time.sleep(0.3)


def _kill(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """Kill what is left of the test; safe to call twice."""
    if process.poll() is None:
        process.kill()
        process.wait()
    for _ in range(20):
        pids = _marked(mark)
        if not pids:
            return
        for pid in pids:
            _signal(pid, mark, signal.SIGKILL)
        time.sleep(0.05)


def _signal(pid: int, mark: str, number: signal.Signals) -> None:
    """Signal a process if it still is the marked one: the handle is taken first, then the mark is read again."""
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if pid in _marked(mark):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
