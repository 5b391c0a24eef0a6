"""Fast room ``memory``: anonymous memory as the system has it, files without a name whose descriptors cross a socket.

Decides nothing: makes such files, each registered with the fork guard, sends, receives and maps them.
"""

from __future__ import annotations

import mmap
import os
import socket
import sys
from _socket import SocketType
from array import array
from functools import partial
from itertools import chain, repeat
from operator import itemgetter

from checkedpool._os import system
from checkedpool._os.system import File

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

MEMFD: Callable[[str], int] | None = getattr(os, "memfd_create", None)
"""Linux: memory as a file, which can be opened once more. Elsewhere it is a temporary file, unlinked at once."""
NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
MAP_FIXED, POPULATE = 0x10, getattr(mmap, "MAP_POPULATE", 0)
CLOSED_AT_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
SPACE = socket.CMSG_LEN(array("i").itemsize) if hasattr(socket, "CMSG_LEN") else 0


def has_memory() -> bool:
    """Whether anonymous memory can be had here and sent to another process."""
    return hasattr(SocketType, "sendmsg") and not system.PORTABLE


def name_for_memory() -> str | None:
    """A path at which it may lie for a moment, where memory has no other name."""
    if MEMFD is not None:
        return None
    directory = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - made below if it is not there, else an error
    return f"{directory}/checkedpool-{os.urandom(16).hex()}"


def new_memory(path: str | None) -> Iterator[File]:
    """Makes anonymous memory: a file to write to; and where it lies at a path, one to read from."""
    if path is None:
        return map(File, map(MEMFD, ("checkedpool",)), ("r+b",))  # type: ignore[arg-type]
    own = partial(File, opener=partial(os.open, mode=0o600))
    return chain(map(own, (path,), ("x+b",)), map(File, (path,), ("rb",)))


def new_reader(file: File) -> Iterator[File]:
    """Makes another open file of the same memory, for reading."""
    return map(File, (f"/proc/self/fd/{file.fileno()}",), ("rb",))


def locked(reader: File) -> File:
    """While anybody has this open ``is_unread`` is false."""
    fcntl.flock(reader.fileno(), fcntl.LOCK_SH)
    return reader


def is_unread(file: File) -> bool:
    """Whether nobody, in whatever process, has this memory open for reading any more."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    fcntl.flock(file.fileno(), fcntl.LOCK_UN)
    return True


MAPS_WITHOUT_DESCRIPTOR: bool = sys.version_info >= (3, 13)
"""Whether Python itself maps memory such that its descriptor may be closed."""
_over: list[Callable[[mmap.mmap, File, int, int], None] | None] = []
"""Before Python 3.13: what maps over a mapping, once it has been looked for; None where there is no such thing."""


def can_map(*, look: bool) -> bool:
    """Whether a part of memory can be mapped in such a way that its descriptor may be closed.

    ``look``: if that is not known, import what it takes.  An import may fail, take its time, or run code of the user's.
    """
    if MAPS_WITHOUT_DESCRIPTOR:
        return True
    if look and not _over:
        try:
            _over.append(_map_over())
        except (ImportError, OSError, AttributeError):  # Python was built without ctypes, or the C library is static
            _over.append(None)
        except Exception:  # noqa: BLE001 - the stack is too deep for it, or the memory full: not for ever
            return False
    return bool(_over) and _over[0] is not None


def private_view(file: File, start: int, size: int) -> memoryview:
    """A part of that memory for this process alone; it is unmapped when nothing lies in it any more."""
    return _view(file, start, size, mmap.MAP_PRIVATE)


def shared_view(file: File, size: int) -> memoryview:
    """The memory itself, from its beginning, for its writer; all of its pages are there."""
    return _view(file, 0, size, mmap.MAP_SHARED | POPULATE)


def _view(file: File, start: int, size: int, kind: int) -> memoryview:
    if sys.version_info >= (3, 13):
        view = mmap.mmap(file.fileno(), size, kind, offset=start, trackfd=False)
    else:
        view = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        over = _over[0]
        assert over is not None  # noqa: S101 - ``can_map``
        over(view, file, start, kind)
    return memoryview(view)


def _map_over() -> Callable[[mmap.mmap, File, int, int], None]:
    """Before 3.13 a mapping of a file keeps a descriptor for itself, so its place is taken by one that does not."""
    import ctypes  # noqa: PLC0415 - only here, and in few processes

    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_int64
    both = mmap.PROT_READ | mmap.PROT_WRITE

    def over(view: mmap.mmap, file: File, start: int, kind: int) -> None:
        place = ctypes.addressof(ctypes.c_char.from_buffer(view))
        if library.mmap(place, len(view), both, kind | MAP_FIXED, file.fileno(), start) != place:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return over


def send_descriptor(end: SocketType, label: int, number: int) -> None:
    """Send a descriptor, and a byte with it. BlockingIOError or another OSError: it was not sent."""
    end.sendmsg([bytes((label,))], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", (number,)))], NO_SIGNAL)


def receive_descriptor(end: SocketType, messages: list[Any]) -> Iterator[File]:
    """Makes a file of a descriptor that was sent; none if this process has no room for one.  The message it keeps."""
    came = map(messages.append, map(end.recvmsg, (1,), (SPACE,), (CLOSED_AT_EXEC,)))
    controls = chain(filter(None, came), chain.from_iterable(map(itemgetter(1), messages)))
    return map(File, map(int.from_bytes, map(itemgetter(2), controls), repeat(sys.byteorder)), repeat("rb"))


def label_of(message: tuple[bytes, ...]) -> int:
    """The byte with which a descriptor came.  EOFError if nobody can send any more."""
    if not message[0]:
        raise EOFError
    return message[0][0]


# --- the same, registered ---------------------------------------------------------------------------------------------


def sockets() -> tuple[SocketType, SocketType] | None:
    """A connected pair for descriptors, both registered: (the parent's, which never waits, the worker's); or none."""
    if not has_memory():
        return None
    ours, theirs = system.made(system.socket_pair())
    ours.set_blocking(False)
    theirs.set_blocking(True)
    return ours, theirs


def memory() -> tuple[File, File]:
    """Anonymous memory, both files registered: (to write to, to read from)."""
    name = name_for_memory()
    try:
        file, *readers = system.made(new_memory(name))
    finally:
        if name is not None:
            os.unlink(name)  # noqa: PTH108 - pathlib is dear to import
    return file, locked(readers[0]) if readers else opened_again(file)


def opened_again(file: File) -> File:
    """Another open file of that memory, to read from, registered."""
    (reader,) = system.made(new_reader(file))
    return locked(reader)


def received(end: SocketType) -> tuple[int, File | None]:
    """A descriptor that was sent before, registered, and the byte that came with it."""
    messages: list[tuple[bytes, ...]] = []
    files = system.made(receive_descriptor(end, messages))
    return label_of(messages[0]), next(iter(files), None)
