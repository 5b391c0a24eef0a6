"""What a test must not leave behind, and how it is found.

Decides: which processes, threads, descriptors, shared-memory names and temporary files are counted, and which of them
belong to multiprocessing's own helpers (the fork server and the resource tracker live as long as the interpreter); and
which handlers of signals a test must put back.
Must not know: pools, executors, or any test.
"""

from __future__ import annotations

import gc
import multiprocessing.forkserver
import multiprocessing.process
import multiprocessing.resource_tracker
import multiprocessing.shared_memory
import multiprocessing.util
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkedpool._os import system

SETTLE_LIMIT = 5.0
"""Seconds that what is on its way out may take: a thread that returns, a process that is being reaped."""
AT_ONCE = SETTLE_LIMIT if system.PORTABLE else 0.0
"""Seconds where nothing is on its way out. But on the portable kind a thread watches each process, to its very end."""

_PROC = Path("/proc")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, never written
_MARK = f"cp{os.getpid():x}."
"""How names of this process and its children begin in shared memory, where every program has its own."""
_SET_CHILD_SUBREAPER = 36
_own: list[Path] = []
"""The directory for the temporary files of this process, once it has one of its own."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told apart from a later one with the same number by the moment it started."""

    pid: int
    started: str
    parent: int
    session: int
    state: str
    name: str

    @property
    def is_zombie(self) -> bool:
        return self.state == "Z"

    def __str__(self) -> str:
        return f"process {self.pid} ({self.name}, state {self.state}, child of {self.parent})"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is counted, at one moment."""

    processes: frozenset[tuple[int, str]]
    threads: frozenset[tuple[int, str]]
    descriptors: frozenset[tuple[int, str]]
    shared_memory: frozenset[str]
    files: frozenset[str]


# ------------------------------------------------------------------------------------------------ handlers


def handlers() -> dict[signal.Signals, Any]:
    """What hears the signals that end a program."""
    return {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}


def put_back(before: dict[signal.Signals, Any]) -> list[str]:
    """Let them be heard as before; which were not, and by what."""
    found = [f"{number.name} is heard by {now}" for number, now in handlers().items() if now != before[number]]
    for number, handler in before.items():
        signal.signal(number, handler)
    return found


# ------------------------------------------------------------------------------------------------ preparation


def adopt_orphans() -> None:
    """Make this process the parent of every orphan among its descendants, so that none escapes the count (Linux)."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - there are Pythons without, and programs of tests import this there

        ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def own_temporary_names(directory: Path) -> None:
    """Send temporary files to `directory`, mark semaphores and shared memory: others are at work beside us."""
    multiprocessing.util.get_temp_dir()  # its own directory is made first: it outlives this session's
    tempfile.tempdir = str(directory)
    os.environ["TMPDIR"] = str(directory)
    configuration: dict[str, object] = getattr(multiprocessing.process.current_process(), "_config")  # noqa: B009
    configuration["semprefix"] = f"/{_MARK}"  # what a child inherits, under every start method
    setattr(multiprocessing.shared_memory, "_SHM_NAME_PREFIX", f"/{_MARK}")  # noqa: B010 - as above
    _own.append(directory)


def start_helpers() -> None:
    """Start multiprocessing's helpers now, so that no test is the one that opens their descriptors."""
    multiprocessing.resource_tracker.ensure_running()
    multiprocessing.forkserver.ensure_running()


# ------------------------------------------------------------------------------------------------ counting


def take() -> Snapshot:
    """Count everything that is ours."""
    if not _own:
        raise RuntimeError("what others do would be counted: ask for the fixture counted_process first")
    own = os.getpid()
    user_threads = _helper_pids()
    return Snapshot(
        processes=frozenset((p.pid, p.started) for p in descendants(own) if p.pid not in user_threads),
        threads=frozenset((thread.ident or 0, thread.name) for thread in threading.enumerate()),
        descriptors=frozenset(_descriptors()),
        shared_memory=frozenset(_shared_memory()),
        files=frozenset(_files()),
    )


def left_behind(
    before: Snapshot, limit: float = SETTLE_LIMIT, *, collect: bool = True, adopts: bool = False
) -> list[str]:
    """What is there now and was not there before, one line each; waits for it to vanish for up to `limit` seconds.

    With `collect` the garbage collector may help. Who `adopts` takes the status of orphans that have ended.
    """
    end = time.monotonic() + limit
    pause = 0.0005
    if collect:
        gc.collect()
    while (found := differences(before, take())) and time.monotonic() < end:
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
        if collect:
            gc.collect()
        if adopts:
            _take_the_status_of_orphans(before)
    return found


def _take_the_status_of_orphans(before: Snapshot) -> None:
    """Of what this process has started somebody else does."""
    started = {child.pid for child in multiprocessing.process._children}  # type: ignore[attr-defined]
    for process in descendants(os.getpid()):
        if (
            process.state == "Z"
            and process.pid not in started
            and (process.pid, process.started) not in before.processes
        ):
            with suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def differences(before: Snapshot, now: Snapshot) -> list[str]:
    """What the second one has and the first one has not, one line each."""
    more = now.processes - before.processes
    known = processes() if more else {}  # all of /proc is read for it, after each test
    lines = [str(known.get(pid, f"process {pid}")) for pid, _ in more]
    lines += [f"thread {name}" for _, name in now.threads - before.threads]
    lines += [f"descriptor {number} ({target})" for number, target in now.descriptors - before.descriptors]
    lines += [f"{_SHARED_MEMORY}/{name}" for name in now.shared_memory - before.shared_memory]
    lines += [f"temporary file {path}" for path in now.files - before.files]
    return sorted(lines)


def end_processes(before: Snapshot) -> None:
    """Kill and reap every process that was not there before, so that one failing test does not spoil the next.

    Each is aborted first: where faulthandler is on, that makes it write the stacks of its threads.
    """
    user_threads = _helper_pids()
    found = [p for p in descendants(os.getpid()) if p.pid not in user_threads]
    found = [p for p in found if (p.pid, p.started) not in before.processes]
    for process in found:
        with suppress(OSError):
            os.kill(process.pid, signal.SIGABRT)
    end = time.monotonic() + 0.5
    while any(is_alive(process.pid) for process in found) and time.monotonic() < end:
        time.sleep(0.01)
    for process in found:
        with suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)
    for process in found:  # after the kill: an orphan is ours to reap as soon as its parent is gone
        with suppress(OSError):
            os.waitpid(process.pid, 0)


def processes() -> dict[int, Process]:
    """Every process of the machine that can be read, by its number."""
    return {process.pid: process for process in map(_parse, _stats())}


def descendants(root: int) -> Iterator[Process]:
    """All living or unreaped processes below `root`."""
    children: dict[str, list[str]] = {}
    for stat in _stats():  # of most, which are those of others, no more is looked at than whose child it is
        parent = stat[stat.rindex(")") :].split(None, 3)[2]
        children.setdefault(parent, []).append(stat)
    waiting = [str(root)]
    while waiting:
        for process in map(_parse, children.get(waiting.pop(), [])):
            waiting.append(str(process.pid))
            yield process


def is_alive(pid: int) -> bool:
    """True while the process runs; a zombie runs no more."""
    try:
        return not _parse((_PROC / str(pid) / "stat").read_text()).is_zombie
    except OSError:
        return False


def state_of(pid: int) -> str:
    """The kernel's letter for what the process does: R, S, T (stopped), Z, or the empty string when there is none."""
    try:
        return _parse((_PROC / str(pid) / "stat").read_text()).state
    except OSError:
        return ""


# ------------------------------------------------------------------------------------------------ inside


# Paths as text: a snapshot before and after each test looks at all processes and names of the machine, and as `Path`
# that takes most of its time.


def _stats() -> Iterator[str]:
    """What the kernel says of each process of the machine."""
    for number in filter(str.isdecimal, os.listdir(_PROC)):  # noqa: PTH208 - see above
        with suppress(OSError):  # it has ended by now
            descriptor = os.open(f"{_PROC}/{number}/stat", os.O_RDONLY)
            try:
                stat = os.fsdecode(os.read(descriptor, 4096))
            finally:
                os.close(descriptor)
            yield stat


def _parse(stat: str) -> Process:
    head, _, tail = stat.rpartition(")")
    pid, _, name = head.partition(" (")
    fields = tail.split()
    return Process(
        pid=int(pid), started=fields[19], parent=int(fields[1]), session=int(fields[3]), state=fields[0], name=name
    )


def _helper_pids() -> set[int]:
    tracker = getattr(multiprocessing.resource_tracker, "_resource_tracker")  # noqa: B009
    server = getattr(multiprocessing.forkserver, "_forkserver")  # noqa: B009
    return {pid for pid in (tracker._pid, server._forkserver_pid) if pid is not None}


def _helper_descriptors() -> set[int]:
    tracker = getattr(multiprocessing.resource_tracker, "_resource_tracker")  # noqa: B009
    server = getattr(multiprocessing.forkserver, "_forkserver")  # noqa: B009
    return {fd for fd in (tracker._fd, server._forkserver_alive_fd) if fd is not None}


def _descriptors() -> Iterator[tuple[int, str]]:
    user_threads = _helper_descriptors()
    for number in map(int, os.listdir(f"{_PROC}/self/fd")):  # noqa: PTH208 - see above
        with suppress(OSError):  # the one that listed this directory is closed by now
            target = os.readlink(f"{_PROC}/self/fd/{number}")  # noqa: PTH115 - see above
            if number not in user_threads:
                yield number, target


def _shared_memory() -> Iterator[str]:
    with suppress(FileNotFoundError):
        for name in os.listdir(_SHARED_MEMORY):  # noqa: PTH208 - see above
            if name.removeprefix("sem.").startswith(_MARK):
                yield name


def _files() -> Iterator[str]:
    directory = _own[-1]
    yield from (f"{directory}/{name}" for name in os.listdir(directory))  # noqa: PTH208 - see above
