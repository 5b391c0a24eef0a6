"""Processes as the kernel knows them: who is whose child, who is a worker, who carries the mark of this run.

It reads /proc only and knows no pool: a worker is what multiprocessing started for us, whatever the executor says of
it. Processes that belong to multiprocessing itself, its resource tracker and its fork server, are told apart by the
very pid that multiprocessing keeps, and by nothing looser.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import forkserver, get_context, resource_tracker

from tests.checks.stress.plan import Method
from tests.checks.stress.tasks import GRANDCHILD, NEST

MARK = "STRESS_MARK"  # environment: every process of a batch carries it from its start
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: orphans below us become our children
NEW_MOUNTS = 0x20000  # CLONE_NEWNS
PRIVATE = 1 << 14 | 1 << 18  # MS_REC | MS_PRIVATE
PROC = "/proc"
STARTED = 19  # the start time's place among the fields after the name
ENOUGH = 1 << 20  # bytes: more than an environment has
UNSUPPORTED = "the stress reads /proc and pidfds: it runs on Linux only"


@dataclass(frozen=True, slots=True)
class Process:
    """A line of /proc/PID/stat."""

    pid: int
    parent: int
    name: str
    state: str
    born: int  # in clock ticks since the system's start: with the pid, an identity

    @property
    def dead(self) -> bool:
        """Ended, but not yet waited for."""
        return self.state in {"Z", "X"}

    @property
    def is_orphan(self) -> bool:
        """A worker of a pool inside a worker that has died: only init is left to reap it, and here we are init."""
        return self.name == NEST and self.parent == os.getpid()

    @property
    def is_grandchild(self) -> bool:
        """One that a task left behind: no business of the pool's."""
        return self.name == GRANDCHILD


def supported() -> bool:
    """Whether this system has what is needed."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def become_subreaper() -> None:
    """Take over orphans from now on."""
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def take_private_shared_memory() -> bool:
    """Give this process and all it starts a /dev/shm of their own, if the kernel lets us; before any thread starts.

    Without the right to do so /dev/shm is everybody's, and what a stranger leaves there may look like ours.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    calls: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("unshare", (NEW_MOUNTS,)),
        ("mount", (None, b"/", None, PRIVATE, None)),  # what we mount is seen nowhere else
        ("mount", (b"tmpfs", b"/dev/shm", b"tmpfs", 0, b"")),
    )
    return all(libc[name](*arguments) == 0 for name, arguments in calls)


def everyone() -> Iterator[Process]:
    """All processes, zombies included."""
    for name in os.listdir(PROC):  # noqa: PTH208 - twice as fast, and called often
        if name.isdigit() and (process := look_at(int(name))):
            yield process


def look_at(pid: int) -> Process | None:
    """One process, or None if there is none."""
    text = _read(pid, "stat")
    if not text:
        return None
    head, _, tail = text.rpartition(b")")
    fields = tail.split(None, STARTED + 1)
    name = head.partition(b"(")[2].decode("utf-8", "replace")
    return Process(pid, int(fields[1]), name, fields[0].decode(), int(fields[STARTED]))


def _read(pid: int, name: str) -> bytes:
    """A file below /proc/PID; nothing if the process is gone."""
    try:
        file = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, ENOUGH)
    except OSError:
        return b""
    finally:
        os.close(file)


def descendants(root: int, among: Iterable[Process]) -> dict[int, Process]:
    """All below `root`: with a subreaper at the root, whatever it or they ever started and is still there."""
    children: dict[int, list[Process]] = {}
    for process in among:
        children.setdefault(process.parent, []).append(process)
    found: dict[int, Process] = {}
    pending = [root]
    while pending:
        for child in children.get(pending.pop(), []):
            if child.pid not in found:
                found[child.pid] = child
                pending.append(child.pid)
    return found


def marked(mark: str, among: Iterable[Process]) -> dict[int, Process]:
    """Those that carry the mark in their environment; a zombie has no environment any more."""
    wanted = f"\0{MARK}={mark}\0".encode()
    return {process.pid: process for process in among if wanted in b"\0" + _read(process.pid, "environ")}


def of_multiprocessing() -> frozenset[int]:
    """The pids of multiprocessing's own helpers in this process."""
    tracker: int | None = getattr(resource_tracker._resource_tracker, "_pid", None)
    server: int | None = getattr(forkserver._forkserver, "_forkserver_pid", None)
    return frozenset(pid for pid in (tracker, server) if pid is not None)


def _nothing() -> None:
    """What the warm-up's process does."""


def warm_up(method: Method) -> None:
    """Start multiprocessing's helpers now, so that they are there before the first round and after the last."""
    if method is not Method.FORK:
        resource_tracker.ensure_running()
        process = get_context(method.value).Process(target=_nothing)  # type: ignore[attr-defined]
        process.start()
        process.join()
        process.close()


def workers(method: Method) -> list[Process]:
    """The living workers: children of ours, or of the fork server, that nobody else accounts for."""
    server: int | None = getattr(forkserver._forkserver, "_forkserver_pid", None)
    parent = server if method is Method.FORKSERVER else os.getpid()
    user_threads = of_multiprocessing()
    return [
        process
        for process in everyone()
        if process.parent == parent and not (process.dead or process.is_grandchild or process.pid in user_threads)
    ]


def strike(pid: int, parent: int, number: int) -> bool:
    """Signal this very process: by pidfd, and only if it is still the child of that parent."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        process = look_at(pid)
        if process is None or process.dead or process.parent != parent:
            return False
        signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def steal_status() -> bool:
    """What a careless user does: wait for any child. False if there are no children to wait for."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def kill(pid: int) -> None:
    """SIGKILL, and wait for it if it is a child of ours."""
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    with suppress(OSError):
        os.waitpid(pid, 0)


def reap_orphans(but: Collection[int]) -> None:
    """Wait for children that have ended and that nobody else will wait for."""
    for process in everyone():
        if process.dead and process.parent == os.getpid() and process.pid not in but:
            with suppress(OSError):
                os.waitpid(process.pid, os.WNOHANG)
