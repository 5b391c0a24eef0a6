"""What depends on the operating system: channels and processes.  No other module asks which system it runs on.

Decides which kinds of channels there are: how to make one, read it, write it, wait for many.  POSIX: pipes.  Windows:
socket pairs, since only sockets can be waited for together there; and tickets cannot be revoked without the risk of
waiting.  That portable kind works everywhere; ``CHECKEDPOOL_PORTABLE=1`` chooses it, so that it can be tested where
Windows is not at hand.

Decides what a fork closes: none of the ends that the pools of this process own may live in a forked child.

Decides how a death is seen, a signal sent, an exit status had, how a worker ends with its parent, and how it shows its
stack.  Tested on Linux.  macOS takes the kqueue branch, Windows the portable one (watching threads).
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # typeshed has it not
import _socket
import faulthandler
import os
import select
import signal
import socket
import sys
import threading
import time
from _imp import acquire_lock, lock_held, release_lock
from _socket import SocketType
from contextlib import suppress
from functools import partial
from io import FileIO
from itertools import chain, repeat
from multiprocessing import reduction
from operator import call, methodcaller
from weakref import WeakSet, ref

from checkedpool._core.tables import Name
from checkedpool._os.locks import AtTheEnd, do, exhaust, system_module, taken_lock, wake_in_child

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from multiprocessing.process import BaseProcess
    from types import FrameType
    from typing import Any, Protocol, SupportsIndex, TypeAlias, TypeVar

    Part: TypeAlias = bytes | memoryview
    Reader: TypeAlias = Callable[[int], bytes]
    Writer: TypeAlias = Callable[[Sequence[Part]], int]

    E = TypeVar("E")

PORTABLE = sys.platform == "win32" or os.environ.get("CHECKEDPOOL_PORTABLE", "") not in ("", "0")
"""Sockets for pipes, threads that watch processes, tickets that cannot be revoked from a living worker."""


system_select = system_module(select)
_DETACH = methodcaller("detach")


class File(FileIO):
    """A descriptor as an object that owns it, that lets go of its number before it closes it, and that may be dropped.

    Another thread may fork between the two: its child then has one descriptor too many. In the other order, that of
    ``multiprocessing.Connection``, the object would in the child close whatever has got the number meanwhile.
    """

    __del__ = FileIO.close  # no function of our own: an interruption would come at its first line

    def set_blocking(self, blocking: bool, /) -> None:  # noqa: FBT001 - as of the system's
        os.set_blocking(self.fileno(), blocking)

    def reader(self) -> Reader:
        return partial(os.read, self.fileno())

    def writer(self) -> Writer:
        return partial(os.writev, self.fileno())


class Descriptor(File):
    """One that can go to another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Only into a process that is being started, or through multiprocessing's server of descriptors."""
        return _rebuilt, (reduction.DupFd(self.fileno()),)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """The same."""
        return self.__reduce__()


def _rebuilt(sent: Any) -> Descriptor:
    return Descriptor(sent.detach())


class Socket(SocketType):
    """A socket that may be dropped, as a ``File`` may: the interpreter's own, whatever was put into ``socket``."""

    __del__ = SocketType.close

    set_blocking = SocketType.setblocking
    """Whether reading and writing wait, whatever the user's default time-out for sockets is."""

    write = SocketType.send
    """In one call of the interpreter's own, as a file's: a signal handler comes before it or after it."""

    @property
    def closed(self) -> bool:
        return self.fileno() < 0

    def reader(self) -> Reader:
        """A function that reads up to so many bytes; none is end of file."""
        return self.recv

    def writer(self) -> Writer:
        """A function that writes as much of these parts as fits and says how much that was."""
        return self._send_parts

    def _send_parts(self, parts: Sequence[Part]) -> int:
        """A large part alone: joined with what follows, all of that would be copied each time that a few bytes fit."""
        return self.send(parts[0] if len(parts) == 1 or len(parts[0]) >= WIDE else b"".join(parts))

    def __reduce__(self) -> tuple[Any, ...]:
        """As a ``Descriptor``."""
        if sys.platform == "win32":  # pragma: no cover - run by tests/elsewhere only
            from multiprocessing.resource_sharer import DupSocket  # noqa: PLC0415 - there only

            with socket.socket(fileno=socket.dup(self.fileno())) as copy:  # an interpreter's own has no dup()
                return _rebuilt_socket, (DupSocket(copy),)
        return _rebuilt_socket, (reduction.DupFd(self.fileno()),)


def _rebuilt_socket(sent: Any) -> Socket:
    end = sent.detach()
    return Socket(fileno=end.detach() if isinstance(end, SocketType) else end)


Channel: TypeAlias = File | Socket
WIDE = 1 << 16
"""Bytes of a large part."""
NOT_WAITING = getattr(socket, "MSG_DONTWAIT", 0)


# Who asks these for what they make is in calls of the interpreter's own, one after another, up to the object that owns
# the descriptor: there is no moment at which it belongs to nobody (the fork guard says why no other code may come
# between).


def pipe() -> Iterator[Descriptor]:
    return map(Descriptor, chain.from_iterable(map(call, (os.pipe,))), ("rb", "wb"))


def socket_pair(kind: int = socket.SOCK_STREAM) -> Iterator[Socket]:
    if sys.platform == "win32":  # pragma: no cover - not run
        return (Socket(fileno=end.detach()) for end in socket.socketpair(type=kind))
    pair = chain.from_iterable(map(_socket.socketpair, (socket.AF_UNIX,), (kind,)))
    return map(Socket, repeat(socket.AF_UNIX), repeat(kind), repeat(0), map(_DETACH, pair))


def take_waiting(end: SocketType, into: bytearray, *, peek: bool = False) -> int:
    """Read what is there, or BlockingIOError.  A portable platform may wait here, if somebody else reads."""
    if not NOT_WAITING and not system_select.select([end], [], [], 0)[0]:
        raise BlockingIOError
    return end.recv_into(into, len(into), NOT_WAITING | (socket.MSG_PEEK if peek else 0))


# --- the fork guard ---------------------------------------------------------------------------------------------------
#
# The registry of every end that the pools of this process own.  Ends are closed through their objects, never by number.
# The registry is weak: an end that nobody holds any more closes by itself, in whatever thread.
#
# Making an end and registering it cannot be cut in two by a fork of another thread.  Both are one call of the
# interpreter's own, under the lock that the interpreter takes for a fork after the last hook, until it has forked.  So
# no hook of ours waits.  Nothing is held while hooks of others run, which may wait for a pool.  No code in Python runs
# inside that call, so neither a finalizer nor a signal handler can wait there for anybody.
#
# An exception out of a signal handler in the midst of an import can leave that lock held for good.  No other thread can
# fork then, so ends are made and closed without it.


if TYPE_CHECKING:

    class End(Protocol):
        """One end of a pipe or socket."""

        def fileno(self) -> int:
            """Its descriptor."""

        def close(self) -> None:
            """Close it; a second time does nothing."""


_ends: set[ref[End]] = set()
_spared: dict[int, frozenset[int]] = {}  # by the thread that forks: its child is the worker
in_child: list[Callable[[], None]] = []
"""Called in every forked child, after the ends are closed; ``before_closing``: before that."""
before_closing: list[Callable[[], None]] = [wake_in_child]
_was_lost = False
FREES = "__del__", release_lock
A_FORKS_TIME, A_MOMENT, SOON = 1.0, 0.01, 1e-5
"""Seconds for which a thread that forks may hold the interpreter's lock; and so many between two looks, at most and at
first: mostly another thread of a pool holds it, for the time of a call or two."""


def _uncut(*steps: Callable[[], object]) -> None:
    """Take these steps, calls of the interpreter's own: a fork of another thread comes before all of them or after."""
    exhaust(map(do, steps if lock_held() and _lost() else (acquire_lock, partial(setattr, AtTheEnd(), *FREES), *steps)))


def _lost() -> bool:
    """Whether nobody gives the interpreter's lock back.  A fork holds it for its own time, an import for moments."""
    global _was_lost  # noqa: PLW0603 - of each process
    until, pause = time.monotonic() + (A_MOMENT if _was_lost else A_FORKS_TIME), taken_lock()
    wait, left = SOON, False
    while lock_held() and not left:
        pause.acquire(timeout=wait)
        wait, left = min(2 * wait, A_MOMENT), time.monotonic() >= until
    _was_lost = left
    return left


def register(ends: Iterable[End]) -> None:
    _ends.update(map(ref, ends, repeat(_ends.discard)))


def made(making: Iterator[E]) -> list[E]:
    """What this makes as it is asked, registered."""
    fresh: list[E] = []
    refs: Iterator[Any] = map(ref, fresh, repeat(_ends.discard))
    _uncut(partial(fresh.extend, making), partial(_ends.update, refs))
    return fresh


def channel() -> list[Channel]:
    """A one-way channel, both ends registered: reader, writer."""
    return made(socket_pair() if PORTABLE else pipe())


def close(ends: Collection[End]) -> None:
    _uncut(*[end.close for end in ends])
    _ends.difference_update(map(ref, ends))


def sparing(ends: Iterable[End], fork: Callable[[], None]) -> None:
    """Fork, in this thread: the child keeps these ends, as it is the worker to which they belong."""
    thread = threading.get_ident()
    outer = _spared.get(thread, frozenset())  # a signal handler may start a worker while one is being started
    _spared[thread] = frozenset(map(id, ends))
    try:
        fork()
    finally:
        _spared[thread] = outer


def keep_only(ends: Collection[End]) -> None:
    """In a worker: close whatever else there is.  The fork's hook has done so, unless a signal cut it short."""
    _close_others(frozenset(map(id, ends)))
    register(ends)


def disown(end: End) -> None:
    """It is no longer an end of a pool's: no fork closes it."""
    _ends.discard(ref(end))


def _close_in_child() -> None:
    for function in before_closing:
        function()
    kept = _spared.get(threading.get_ident(), frozenset())
    _spared.clear()
    _close_others(kept)
    for function in in_child:
        function()


def _close_others(kept: frozenset[int]) -> None:
    for known in _ends.copy():
        if (end := known()) is not None and id(end) not in kept:
            _ends.discard(known)
            with suppress(OSError, ValueError):  # some kinds are not inherited at all
                end.close()


def weakly(function: Callable[[], None]) -> Callable[[], object]:
    """Calls it, while it is there: for the interpreter, which keeps its hooks to the very end.

    A hook would keep its module, and so all that the pool has imported, through two more collections of the exit.
    """
    return partial(sorted, WeakSet((function,)), key=call)  # no function of a module of ours


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=weakly(_close_in_child))


# --- waiting for many at once ----------------------------------------------------------------------------------------


class Selector:
    """A selector that says no more than which descriptors are ready."""

    def __init__(self) -> None:
        import selectors  # noqa: PLC0415 - not for Linux

        self._selector = selectors.DefaultSelector()
        self.close = self._selector.close
        self._events = selectors.EVENT_READ, selectors.EVENT_WRITE

    def register(self, fd: int, *, to_write: bool = False) -> None:
        """Say so while this can be read, or written to."""
        self._selector.register(fd, self._events[to_write])

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def select(self, timeout: float | None) -> list[int]:
        """Those that are ready; wait for one, if there is none."""
        return [key.fd for key, _ in self._selector.select(timeout)]


HAS_EPOLL = hasattr(system_select, "epoll")


class EpollSelector(Selector):
    """Linux: the same of the system's own, whatever somebody puts into the place of ``selectors``."""

    def __init__(self) -> None:
        self._epoll = system_select.epoll()
        self.close = self._epoll.close

    def register(self, fd: int, *, to_write: bool = False) -> None:
        self._epoll.register(fd, system_select.EPOLLOUT if to_write else system_select.EPOLLIN)

    def unregister(self, fd: int) -> None:
        with suppress(OSError):  # it was closed before
            self._epoll.unregister(fd)

    def select(self, timeout: float | None) -> list[int]:
        return [fd for fd, _ in self._epoll.poll(timeout)]


def selector() -> Selector:
    return EpollSelector() if HAS_EPOLL and not PORTABLE else Selector()


# --- processes --------------------------------------------------------------------------------------------------------


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
THREADS_AT_EXIT = not (3, 12) <= sys.version_info < (3, 12, 2)
"""Whether a thread can be started while the interpreter's exit waits for the pools: 3.12.0 and 3.12.1 refuse it."""
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
    with suppress(ProcessLookupError):
        if sys.platform == "linux" and HAS_PIDFD:
            watcher: End = Descriptor(os.pidfd_open(process.pid or 0))
        else:
            watcher = _watch_in_queue(process.pid or 0) if HAS_KQUEUE else _watch_in_thread(process)
        register((watcher,))
        return watcher
    return None


def _watch_in_queue(pid: int) -> End:
    queue = system_select.kqueue()
    event = system_select.kevent(pid, system_select.KQ_FILTER_PROC, system_select.KQ_EV_ADD, system_select.KQ_NOTE_EXIT)
    queue.control([event], 0)
    return Queue(queue)


def _watch_in_thread(process: BaseProcess) -> End:
    watched, writer = channel()
    thread = threading.Thread(
        target=_wait_for_end, args=(process, writer), name="checkedpool watches a process", daemon=True
    )
    thread.start()
    return watched


def _wait_for_end(process: BaseProcess, writer: End) -> None:
    """Its own child it asks the system for; of others (Windows; the forkserver's) multiprocessing has a sentinel."""
    try:
        if hasattr(os, "waitid") and not _of_forkserver(process) and process.pid is not None:
            with suppress(ChildProcessError):  # somebody else has waited for it
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        else:
            from multiprocessing.connection import wait  # noqa: PLC0415 - dear, and seldom needed

            wait([process.sentinel])
    finally:
        close((writer,))


def _of_forkserver(process: BaseProcess) -> bool:
    return getattr(process, "_start_method", None) == "forkserver"


def send_signal(process: BaseProcess, watcher: End | None, *, force: bool) -> None:
    """SIGTERM, or SIGKILL; a process that is gone already is no error."""
    try:
        signal.pidfd_send_signal(watcher.fileno(), SIGKILL if force else SIGTERM)  # type: ignore[union-attr]  # None has none
    except (ProcessLookupError, ValueError):
        pass  # its number may be another's by now
    except (AttributeError, OSError):  # there is no pidfd; or a sandbox lets it be watched by one, and refuses this
        _signal_by_number(process, force=force)


def _signal_by_number(process: BaseProcess, *, force: bool) -> None:
    with suppress(ProcessLookupError, ValueError, PermissionError):
        if force:
            process.kill()
        else:
            process.terminate()


class Status(Name):
    """What can be said of the exit status of a process that has ended."""

    HERE = "here"
    COMES = "the system or the forkserver has still to say it"
    TAKEN = "another thread has taken it: multiprocessing's, and then it will say it in a moment, or somebody else's"


def take_status(process: BaseProcess) -> tuple[Status, int | None]:
    """Reap; the exit code, if it is known: of two threads that read it from the forkserver one finds UNKNOWN."""
    code = process.exitcode
    if code is not None:
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
    if sys.platform == "linux" and isinstance(lifeline, File):
        _be_killed_by_kernel(lifeline)
    else:
        threading.Thread(target=_watch_lifeline, args=(lifeline,), name="checkedpool lifeline", daemon=True).start()


def _be_killed_by_kernel(lifeline: File) -> None:
    """Linux sends SIGKILL, whatever runs here, C code that never returns included."""
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
    if lifeline.read(1) is not None:  # the parent was gone before
        os.kill(os.getpid(), SIGKILL)


def _watch_lifeline(lifeline: Channel) -> None:
    """Elsewhere: a thread, which needs the GIL for a moment."""
    with suppress(OSError):
        lifeline.set_blocking(True)
        lifeline.reader()(1)
    os.kill(os.getpid(), SIGKILL)


# --- a worker's stack -------------------------------------------------------------------------------------------------

ASK, ASK_IN_C = (getattr(signal, "SIGRTMAX", 64) - above for above in (4, 3))
"""The two signals at which a worker's main thread shows its stack: at the next instruction of Python's, or at once."""
STACK_HEAD, FRAMES = "Stack (most recent call first):\n", 100
"""With this faulthandler begins, and so many frames it writes."""
_shown: list[int] = []
"""In a worker: where to."""


def show_stack(_: int, frame: FrameType | None) -> None:
    """As faulthandler writes it, which from 3.14 on does not come beyond a class that is called.

    What comes out of this is the task's, or another handler's: nothing is caught but that the pipe is full.
    """
    lines = [STACK_HEAD]
    while frame is not None and len(lines) <= FRAMES:
        code = frame.f_code
        lines.append(f'  File "{code.co_filename}", line {frame.f_lineno} in {code.co_name}\n')
        frame = frame.f_back
    with suppress(BlockingIOError):
        os.write(_shown[-1], "".join(lines).encode("ascii", "backslashreplace"))


def show_stack_when_asked() -> bytes:
    """In a worker: its main thread does, from now on (``stack_dumps`` asks); how the parent finds where to."""
    if not HAS_PIDFD or not set(map(_signal.getsignal, (ASK, ASK_IN_C))) <= {_signal.SIG_DFL, show_stack}:
        return b""  # there is no way, or the program has a use of its own for these signals
    reader, writer = os.pipe()  # both stay, in a child that the task forks too: the handlers know the number only
    os.set_blocking(writer, False)  # a pipe that nobody reads is full one day
    _shown.append(writer)
    faulthandler.register(ASK_IN_C, file=writer, all_threads=False)
    _signal.signal(ASK, show_stack)
    _signal.siginterrupt(ASK, False)  # noqa: FBT003 - C code of the user may not know of calls that are interrupted
    return b"%d %d" % (reader, writer)
