"""What depends on the operating system: seeing a death, sending signals, exit statuses, the orphan guard.

Tested on Linux.  macOS takes the kqueue branch, Windows the portable one (watching threads), which also runs on Linux
(see ``channels``).  Nothing but this module and ``channels`` asks which system it runs on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from enum import Enum

from checkedpool._os import channels
from checkedpool._os.channels import PORTABLE, Descriptor, reader, system_select

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from typing import Any

    from checkedpool._os.channels import Channel, End


def _has_pidfd() -> bool:
    """Whether Python, the kernel and whoever confines this process all know of it."""
    if PORTABLE or sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


HAS_PIDFD = _has_pidfd()
HAS_KQUEUE = sys.platform == "darwin" and not PORTABLE
KILL_WAIT = 5.0
"""Seconds that a killed process may take to be gone."""
UNKNOWN = 255
"""What ``Process.exitcode`` says of a status that was stolen, as multiprocessing's own forkserver does."""
SIGTERM, SIGKILL = signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)


class Queue:
    """A kqueue that can be referred to weakly."""

    def __init__(self, queue: End) -> None:
        self.fileno, self.close = queue.fileno, queue.close


def watch(process: BaseProcess) -> End | None:
    """Something that becomes readable when the process has ended, whoever still holds its pipes; None: it has ended."""
    if process.pid is None:
        return None
    try:
        if sys.platform == "linux" and HAS_PIDFD:
            watcher: End = Descriptor(os.pidfd_open(process.pid))
        else:
            watcher = _watch_in_queue(process.pid) if HAS_KQUEUE else _watch_in_thread(process)
    except ProcessLookupError:
        return None
    channels.register((watcher,))
    return watcher


def _watch_in_queue(pid: int) -> End:
    queue = system_select.kqueue()
    event = system_select.kevent(pid, system_select.KQ_FILTER_PROC, system_select.KQ_EV_ADD, system_select.KQ_NOTE_EXIT)
    queue.control([event], 0)
    return Queue(queue)


def _watch_in_thread(process: BaseProcess) -> End:
    watched, writer = channels.channel()
    thread = threading.Thread(
        target=_wait_for_end, args=(process, writer), name="checkedpool watches a process", daemon=True
    )
    thread.start()
    return watched


def _wait_for_end(process: BaseProcess, writer: End) -> None:
    """Its own child it asks the system for; of others (Windows; the forkserver's) multiprocessing has a sentinel."""
    try:
        if hasattr(os, "waitid") and not _of_forkserver(process) and process.pid is not None:
            with contextlib.suppress(ChildProcessError):  # somebody else has waited for it
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        else:
            from multiprocessing.connection import wait  # noqa: PLC0415 - dear, and seldom needed

            wait([process.sentinel])
    finally:
        channels.close((writer,))


def _of_forkserver(process: BaseProcess) -> bool:
    return getattr(process, "_start_method", None) == "forkserver"


def send_signal(process: BaseProcess, watcher: End | None, *, force: bool) -> None:
    """SIGTERM, or SIGKILL; a process that is gone already is no error."""
    with contextlib.suppress(ProcessLookupError, ValueError, PermissionError):
        if HAS_PIDFD and watcher is not None and _sent_by_pidfd(watcher, SIGKILL if force else SIGTERM):
            return
        if force:
            process.kill()
        else:
            process.terminate()


def _sent_by_pidfd(watcher: End, number: int) -> bool:
    """Whether that can be done: a sandbox may let a process be watched by a pidfd, and refuse to signal by it."""
    try:
        signal.pidfd_send_signal(watcher.fileno(), number)
    except ProcessLookupError:
        raise  # its number may be another's by now
    except (AttributeError, OSError):
        return False
    return True


class Status(Enum):
    """What can be said of the exit status of a process that has ended."""

    HERE = "here"
    COMES = "the system or the forkserver has still to say it"
    TAKEN = "another thread has taken it: multiprocessing's, and then it will say it in a moment, or somebody else's"


def take_status(process: BaseProcess) -> tuple[Status, int | None]:
    """Reap; the exit code, if it is known.  Never waits."""
    code = process.exitcode
    if code is not None:
        # Of two threads that read one status from the forkserver, the second one finds this instead.
        return Status.HERE, None if code == UNKNOWN and _of_forkserver(process) else code
    return (Status.COMES if _can_come(process) else Status.TAKEN), None


def _can_come(process: BaseProcess) -> bool:
    """Whether it is our child and not reaped, or the forkserver will report it."""
    if _of_forkserver(process) or not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_PID, process.pid or 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def forget(process: BaseProcess) -> None:
    """Let multiprocessing let go of it, even if its status was taken by somebody else."""
    popen: Any = process._popen  # type: ignore[attr-defined]
    if process.exitcode is None and popen is not None:
        popen.returncode = UNKNOWN  # else it would stay in active_children() with its descriptors for ever
    process.join(0)


def die_with_parent(lifeline: Channel) -> None:
    """In a worker: be killed, busy or not, as soon as the parent's end of the lifeline is gone."""
    if sys.platform == "linux" and not PORTABLE:
        _be_killed_by_kernel(lifeline.fileno())
    else:
        threading.Thread(target=_watch_lifeline, args=(lifeline,), name="checkedpool lifeline", daemon=True).start()


def _be_killed_by_kernel(fd: int) -> None:
    """Linux sends SIGKILL, whatever runs here, C code that never returns included."""
    fcntl.fcntl(fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(fd, fcntl.F_SETSIG, SIGKILL)
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
    look = system_select.poll()
    look.register(fd, system_select.POLLIN)
    if look.poll(0):  # the parent was gone before
        os.kill(os.getpid(), SIGKILL)


def _watch_lifeline(lifeline: Channel) -> None:
    """Elsewhere: a thread, which needs the GIL for a moment."""
    with contextlib.suppress(OSError):
        reader(lifeline)(1)
    os.kill(os.getpid(), SIGKILL)
