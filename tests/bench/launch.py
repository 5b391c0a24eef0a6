"""Decides: how one measurement is started, for how long it may run, and that nothing outlives it.

It runs in a process and a session of its own, with a directory of its own for temporary files. This process adopts the
orphans among its descendants, so every process that the measurement started, by whatever way, is found below this one;
only those are ever killed, by their number.
Must not know: rows, peers, what a cost is worth.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import leaks
from tests.bench.results import Ending, Measurement

ROOT = Path(__file__).parents[2]
GRACE = 2.0
"""Seconds that helpers such as a resource tracker have to leave after their program, before they are counted."""
HELPER = "resource_tracker"
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

UNCACHED = "PYTHONDONTWRITEBYTECODE"
"""Where it is set, what has no cached bytecode beside it is compiled at each start: a pool that is not installed."""


def environment() -> dict[str, str]:
    """What every measurement finds."""
    return {name: value for name, value in os.environ.items() if name != UNCACHED} | ONE_THREAD


def measured(command: Sequence[str], limit: float, found: Mapping[str, str] | None = None) -> Measurement:
    """Run a program that writes its answer to the file that its last argument will name.

    ``found``: what it finds in its environment besides.
    """
    leaks.adopt_orphans()
    before = {process.pid for process in leaks.descendants(os.getpid())}
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        answer, output = directory / "answer", directory / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *command, str(answer)],
                cwd=ROOT,
                env={**environment(), **(found or {}), "TMPDIR": name},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        left: list[str] = []
        try:
            code = process.wait(limit)
            left = _wait_for_the_others(before)
        except subprocess.TimeoutExpired:
            return Measurement(Ending.HUNG, reason=f"not done after {limit:g} s")
        finally:
            _kill(process, before)
        return _read(code, answer, output, tuple(left))


def _read(code: int, answer: Path, output: Path, left: tuple[str, ...]) -> Measurement:
    if code == 0 and answer.exists():
        return Measurement(Ending.MEASURED, json.loads(answer.read_text(encoding="utf-8"))["cost"], left=left)
    lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return Measurement(Ending.FAILED, reason=f"exit code {code}: {lines[-1] if lines else 'no output'}", left=left)


def _wait_for_the_others(before: set[int]) -> list[str]:
    """Give what is on its way out its time; say who stays."""
    end = time.monotonic() + GRACE
    while (found := _living(before)) and time.monotonic() < end:
        time.sleep(0.005)
    return [str(process) for process in found]


def _kill(process: "subprocess.Popen[bytes]", before: set[int]) -> None:
    """Kill whatever is left of the measurement; resource trackers last, since they clean up after the others."""
    if process.poll() is None:
        process.kill()
        process.wait()
    _kill_but([HELPER], before)
    _wait_for_the_others(before)
    _kill_but([], before)


def _kill_but(spared: list[str], before: set[int]) -> None:
    while found := [each for each in _living(before) if not any(name in _command(each.pid) for name in spared)]:
        for each in found:
            with contextlib.suppress(OSError):
                os.kill(each.pid, signal.SIGKILL)
        time.sleep(0.005)


def _living(before: set[int]) -> list[leaks.Process]:
    """Processes of the measurement that have not ended; those that have are reaped here if they are this one's."""
    found = [process for process in leaks.descendants(os.getpid()) if process.pid not in before]
    for process in found:
        if process.is_zombie and process.parent == os.getpid():
            with contextlib.suppress(OSError):
                os.waitpid(process.pid, os.WNOHANG)
    return [process for process in found if not process.is_zombie]


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace")
    return ""
