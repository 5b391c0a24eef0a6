"""What a round leaves behind: processes, zombies, threads, descriptors, shared memory, files.

It compares this process before and after and knows nothing of plans. Not the pool's, and left out by exact identity:
multiprocessing's resource tracker and fork server (by the pid that multiprocessing keeps; they are started before the
first snapshot), grandchildren that a task left behind on purpose (by their name), which are killed and reaped here once
everything else is gone, and dead workers of a dead worker's own pool (by their name), which init would reap.
"""

import gc
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.checks.stress import procs
from tests.checks.stress.record import Leak

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - watched, not used
PAUSE = 0.005


@dataclass(frozen=True)
class Snapshot:
    """What was there before."""

    everyone: frozenset[tuple[int, int]]  # pid and birth of every process of the system
    processes: frozenset[int]  # those of this run
    threads: frozenset[int]
    descriptors: dict[int, str]
    shared_memory: frozenset[str]
    files: frozenset[str]


def snapshot(mark: str, directory: Path) -> Snapshot:
    """This process now; `directory` is its private place for temporary files."""
    everyone = list(procs.everyone())
    return Snapshot(
        everyone=frozenset((process.pid, process.born) for process in everyone),
        processes=frozenset(_processes(mark, everyone)),
        threads=frozenset(_threads()),
        descriptors=_descriptors(),
        shared_memory=_names(SHARED_MEMORY),
        files=_names(directory),
    )


def settle(before: Snapshot, mark: str, directory: Path, seconds: float) -> tuple[Leak, ...]:
    """What is left although everything had so many seconds to go."""
    deadline = time.monotonic() + seconds
    while True:
        gc.collect()
        processes = _new_processes(before, mark)
        found = (*_of_others(processes.values()), *_of_ours(before, mark, directory))
        if not found or time.monotonic() > deadline:
            break
        threading.Event().wait(PAUSE)
    if any(process.is_grandchild for process in processes.values()):
        bury_grandchildren(time.monotonic() + seconds)
    for process in processes.values():
        if process.is_orphan and process.dead:
            procs.kill(process.pid)
    return found


def bury_grandchildren(deadline: float) -> None:
    """Kill and reap what tasks left behind on purpose."""
    while left := [p for p in procs.descendants(os.getpid(), procs.everyone()).values() if p.is_grandchild]:
        for process in left:
            if process.parent == os.getpid():
                procs.kill(process.pid)
        if time.monotonic() > deadline:
            return
        threading.Event().wait(PAUSE)


def _of_others(processes: Iterable[procs.Process]) -> Iterator[Leak]:
    for process in processes:
        if not process.is_grandchild and not (process.is_orphan and process.dead):
            yield Leak("zombie" if process.dead else "process", f"{process.name} {process.state}")


def _of_ours(before: Snapshot, mark: str, directory: Path) -> Iterator[Leak]:
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    for thread in sorted(_threads() - before.threads):
        yield Leak("thread", names.get(thread, f"not of Python: {thread}"))
    yield from _changed_descriptors(before.descriptors, _descriptors())
    for name in sorted(_names(SHARED_MEMORY) - before.shared_memory):
        if not _used_by_others(SHARED_MEMORY / name, mark):
            yield Leak("shared memory", name)
    for name in sorted(_names(directory) - before.files):
        yield Leak("file", name)


def _new_processes(before: Snapshot, mark: str) -> dict[int, procs.Process]:
    """Those of this run that were not there before; multiprocessing's own helpers are no news."""
    fresh = [process for process in procs.everyone() if (process.pid, process.born) not in before.everyone]
    expected = before.processes | procs.of_multiprocessing()
    old = [process for process in map(procs.look_at, before.processes) if process]
    found = _processes(mark, [*fresh, *old])
    return {pid: process for pid, process in sorted(found.items()) if pid not in expected}


def _processes(mark: str, among: list[procs.Process]) -> dict[int, procs.Process]:
    """Those below us, and those that carry our mark wherever they hang."""
    found = procs.marked(mark, among) if mark else {}
    found.update(procs.descendants(os.getpid(), among))
    found.pop(os.getpid(), None)
    return found


def _threads() -> set[int]:
    return {int(name) for name in os.listdir("/proc/self/task")}  # noqa: PTH208 - no objects needed


def _descriptors() -> dict[int, str]:
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - no objects needed
        with suppress(OSError):  # the one that listed the directory
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - a link into the kernel
    return found


def _changed_descriptors(before: dict[int, str], now: dict[int, str]) -> Iterator[Leak]:
    for number in sorted(now.keys() - before.keys()):
        yield Leak("descriptor", f"{number} {now[number]}")
    for number in sorted(before.keys() - now.keys()):
        yield Leak("closed descriptor", f"{number} {before[number]}")
    for number in sorted(before.keys() & now.keys()):
        if before[number] != now[number]:
            yield Leak("descriptor", f"{number} {now[number]}, was {before[number]}")


def _names(directory: Path) -> frozenset[str]:
    try:
        return frozenset(os.listdir(directory))  # noqa: PTH208 - names only
    except OSError:
        return frozenset()


def _used_by_others(path: Path, mark: str) -> bool:
    """Whether a process that is none of ours has this file mapped: then it is none of our leaks either."""
    try:
        inode = f" {path.stat().st_ino} "  # the name in a map may be another: semaphores are renamed into place
    except OSError:
        return True  # gone meanwhile
    everyone = list(procs.everyone())
    ours = _processes(mark, everyone).keys() | {os.getpid()}
    for process in everyone:
        with suppress(OSError):
            if process.pid not in ours and inode in Path(f"/proc/{process.pid}/maps").read_text(errors="replace"):
                return True
    return False
