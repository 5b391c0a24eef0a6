"""A child process and everything that it starts, to be ended together.

Decides: that they share a process group of their own, and that the group is killed while its leader still has its
number, so that nobody else's can be meant.  Must not know: what the child does.  Where there are no process groups
(Windows) the tree below the child is ended by the system's own program for that.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["run"]

FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.02


def run(command: list[str], output: Path, limit: float, environment: Mapping[str, str] | None = None) -> int | None:
    """Run the command to its end, then end whatever it has left; its exit code, None if it did not end in time.

    ``environment``: the one that it finds, if not this process's.
    """
    with output.open("wb") as file:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True, env=environment
        )
    try:
        return _ended(child, limit)
    finally:
        _end_all(child)


def _ended(child: "subprocess.Popen[bytes]", limit: float) -> int | None:
    """Wait for its end without taking its exit status: as long as that is there, its number is its own."""
    if sys.platform == "win32":
        with suppress(subprocess.TimeoutExpired):
            return child.wait(limit)
        return None
    end, pause = time.monotonic() + limit, FIRST_PAUSE
    while time.monotonic() < end:
        seen = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if seen is not None:
            return seen.si_status if seen.si_code == os.CLD_EXITED else -seen.si_status
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return None


def _end_all(child: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        subprocess.run(  # noqa: S603 - a number of our own
            ["taskkill", "/PID", str(child.pid), "/T", "/F"],  # noqa: S607 - a part of the system
            check=False,
            capture_output=True,
        )
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
