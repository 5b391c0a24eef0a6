"""A child process and everything that it starts, to be ended together.

Decides: that they share a process group of their own, and that the group is killed while its leader still has its
number, so that nobody else's can be meant.  On Linux the leader of a group can besides be what adopts all orphans
below it (``watched``): so it ends those, too, that have gone into a session of their own.  Must not know: what the
child does.

Where there are no process groups (Windows) the tree below the child is ended by the system's own program for that.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["adopt_orphans", "end_below", "kill_below", "run", "watched"]

FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.02
PR_SET_CHILD_SUBREAPER = 36
SIGNALLED = 128
"""Added to the signal by which a process has ended, as a shell does."""


def run(
    command: list[str],
    output: Path,
    limit: float,
    environment: Mapping[str, str] | None = None,
    errors: Path | None = None,
) -> int | None:
    """Run the command to its end, then end whatever it has left; its exit code, None if it did not end in time.

    ``environment``: the one that it finds, if not this process's.  ``errors``: where its standard error goes, if not to
    its output.
    """
    with output.open("wb") as file, errors.open("wb") if errors else nullcontext(file) as other:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=other, start_new_session=True, env=environment
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
    if sys.platform != "win32":
        _reap(child.pid)


def _reap(group: int) -> None:
    """Take the exit statuses of those of the group that have become children of this process, which adopts orphans."""
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)


# --- The leader of a group, from inside -------------------------------------------------------------------------------


def watched(act: Callable[[], int], left: Path) -> int:
    """Act in a child of this process, then end all that it has left, wherever that has gone; the child's exit code.

    ``left``: where the names are written of those that were in sessions of their own.  Where there is no such thing as
    an adopter of orphans, act here.
    """
    if not adopt_orphans():
        return act()
    child = os.fork()
    if not child:
        os._exit(act())
    ended, status = 0, 0
    while ended != child:
        ended, status = os.waitpid(-1, 0)
    names = sorted(end_below())
    if names:
        left.write_text(json.dumps(names), encoding="utf-8")
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else SIGNALLED - code


def adopt_orphans() -> bool:
    """Whether this process is from now on the parent of every orphan below it."""
    return sys.platform.startswith("linux") and not ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_below() -> set[str]:
    """End every process below this one; the names of those in other sessions.  None is left when no child is."""
    names: set[str] = set()
    while True:
        names |= kill_below()
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return names


def kill_below() -> set[str]:
    """Kill every process that is below this one now; the names of those in other sessions."""
    own, names = os.getsid(0), set()
    for process in _below(os.getpid()):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        if process.session != own and process.state != "Z":
            names.add(process.name)
    return names


class _Process(NamedTuple):
    pid: int
    name: str
    state: str
    parent: int
    session: int


def _below(root: int) -> list[_Process]:
    """All whose parent, or a parent's parent, is this process."""
    found, family = list(_processes()), {root}
    while new := {one.pid for one in found if one.parent in family} - family:
        family |= new
    return [one for one in found if one.pid in family - {root}]


def _processes() -> Iterator[_Process]:
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")
        except OSError:
            continue  # it has ended meanwhile
        state, parent, _, session, *_ = after.split()
        yield _Process(int(entry.parent.name), before.partition("(")[2], state, int(parent), int(session))
