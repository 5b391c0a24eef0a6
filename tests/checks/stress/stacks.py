"""What every process of a hung batch is doing: kernel state, and Python stacks where it can be asked.

It looks from outside, one process after another, and changes nothing: SIGUSR1 is sent only where it is caught (it
would kill the others), and the stacks come back through a pipe.
"""

import os
import select
import signal
from contextlib import suppress
from pathlib import Path

from tests.checks.stress import procs

SILENCE = 0.3  # seconds without a byte: a dump is over
FIRST = 3.0  # seconds to begin one


class Pipe:
    """The named pipe that processes write their stacks to."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # with a writer of our own it never ends

    def read(self) -> str:
        """Everything that comes until it is quiet."""
        parts: list[bytes] = []
        patience = FIRST
        while select.select([self.descriptor], [], [], patience)[0]:
            parts.append(os.read(self.descriptor, 65536))
            patience = SILENCE
        return b"".join(parts).decode("utf-8", "replace")

    def close(self) -> None:
        """Remove it."""
        os.close(self.descriptor)
        self.path.unlink(missing_ok=True)


def collect(mark: str, main: int, pipe: Pipe) -> str:
    """A report on all living processes with this mark, `main` first."""
    pids = sorted(procs.marked(mark, procs.everyone()), key=lambda pid: (pid != main, pid))
    return "\n".join(_process(pid, pipe) for pid in pids)


def _process(pid: int, pipe: Pipe) -> str:
    process = procs.look_at(pid)
    if process is None:
        return f"--- process {pid}: gone"
    command = _read(pid, "cmdline").replace("\0", " ")[:120]
    lines = [f"--- process {pid} ({process.name}), parent {process.parent}, state {process.state}: {command}"]
    for task in sorted(_tasks(pid)):
        kernel = _read(pid, f"task/{task}/stack").strip().splitlines()[:4]
        lines.append(f"    thread {task}: {_read(pid, f'task/{task}/wchan')} {' < '.join(kernel)}")
    if _catches(pid):
        with suppress(OSError):
            os.kill(pid, signal.SIGUSR1)
            lines.append(pipe.read().rstrip())
    return "\n".join(lines)


def _tasks(pid: int) -> list[int]:
    try:
        return [int(path.name) for path in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def _catches(pid: int) -> bool:
    """Whether SIGUSR1 has a handler there."""
    for line in _read(pid, "status").splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal.SIGUSR1 - 1) & 1)
    return False


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""
