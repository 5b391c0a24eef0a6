"""A pool that says on a socket what it is doing, if the program asked for that: for ``checkedpool ps``.

Decides who gets an answer: whoever connects, in a directory that only this user can enter, and is this user by what the
kernel says of the peer.  Nothing is read from him.  The thread begins with the pool and ends with it, its file too.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import stat
import struct
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

from checkedpool._os import system
from checkedpool._pool.pool import Pool
from checkedpool.stats import stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from checkedpool._core.manager import Manager
    from checkedpool._pool.platform import RealPlatform
    from checkedpool._pool.pool import Attempt

HAS_SO_PEERCRED, IS_DARWIN = hasattr(socket, "SO_PEERCRED"), sys.platform == "darwin"
AVAILABLE = hasattr(socket, "AF_UNIX") and (HAS_SO_PEERCRED or IS_DARWIN)
NOT_HERE = "listen needs Unix sockets whose peers the kernel knows, as Linux and macOS have; this system has none"
LOCAL, LOCAL_PEERCRED = 0, 1
"""macOS: the level and the option that say whose the peer is; first a version, then the user's number."""
LIMIT = 1.0
"""Seconds that a peer is waited for, and the thread at the end."""
LONGEST = 90
"""Bytes of a path: fewer than a socket's name can have."""
_numbers = itertools.count()


def directory_of(listen: object) -> Path:
    """The directory that was asked for, made if it was not there; ValueError or TypeError where nothing can listen."""
    if not AVAILABLE:
        raise ValueError(NOT_HERE)
    if listen is True:
        place = default_directory()
    elif isinstance(listen, str | os.PathLike):
        place = Path(listen).absolute()
    else:
        msg = f"listen must be True, False, or a directory, not {listen!r}"
        raise TypeError(msg)
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    if not is_private(place):
        msg = f"listen: {place} must be a directory of this user's that nobody else may enter (mode 0700)"
        raise ValueError(msg)
    if len(os.fsencode(place)) > LONGEST:
        msg = f"listen: the name of {place} is too long for a socket in it; at most {LONGEST} bytes are allowed"
        raise ValueError(msg)
    return place


def default_directory() -> Path:
    """Where pools listen that were told no other place."""
    return Path(tempfile.gettempdir()) / f"checkedpool-{os.geteuid()}"


def is_private(place: Path) -> bool:
    """A directory of this user's, that nobody else may enter."""
    found = place.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def user_at(end: socket.socket) -> int:
    """The user at the other end, as the kernel knows him."""
    if HAS_SO_PEERCRED:
        _, user, _ = struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    else:  # pragma: no cover - macOS
        _, user = struct.unpack("2I", end.getsockopt(LOCAL, LOCAL_PEERCRED, 76)[:8])
    return int(user)


class Listener:
    """One pool's socket, and the thread that answers there."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / f"{os.getpid()}-{next(_numbers)}.sock"
        self._server: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def open(self) -> None:
        """Before the pool has a thread.  The name is there when somebody listens.  After a start that failed: again."""
        self._closed = False
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        system.register((server,))
        self._server, fresh = server, self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)  # of an earlier process with this number
        server.bind(str(fresh))
        server.listen()
        fresh.replace(self._path)

    def serve(self, pool: Pool) -> None:
        """Have a thread answer.  Where none can be had nobody does."""
        thread = threading.Thread(target=self._serve, args=(pool,), name="checkedpool listener", daemon=True)
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _serve(self, pool: Pool) -> None:
        server = self._server
        while server is not None and not self._closed:
            with suppress(OSError):
                end, _ = server.accept()
                with end:
                    self._answer(end, pool)

    def _answer(self, end: socket.socket, pool: Pool) -> None:
        if not self._closed and user_at(end) == os.geteuid():
            end.settimeout(LIMIT)
            end.sendall(json.dumps({"pid": os.getpid(), **asdict(stats(pool))}).encode() + b"\n")

    def close(self) -> None:
        """Nobody gets an answer any more.  A second time nothing is left to do."""
        server, self._closed = self._server, True
        if server is None:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
            knock.settimeout(LIMIT)
            knock.connect(str(self._path))  # it looks up, and sees that it is closed
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        for path in self._path, self._path.with_suffix(".new"):
            path.unlink(missing_ok=True)
        if self._thread is not None:
            self._thread.join(LIMIT)
        system.close((server,))
        self._server = self._thread = None


class ListeningPool(Pool):
    """A pool that answers."""

    listener: Listener | None = None

    def _start(self, starter: Attempt) -> None:
        if self.listener is not None:
            self.listener.open()
        super()._start(starter)

    def _take_apart(self, starter: Attempt) -> None:
        self._close()
        super()._take_apart(starter)

    def _manage(self, machine: Manager, platform: RealPlatform, starter: Attempt) -> None:
        if self.listener is not None:
            self.listener.serve(self)
        super()._manage(machine, platform, starter)

    def _end(self) -> None:
        self._close()
        super()._end()

    def _close(self) -> None:
        if self.listener is not None:
            with suppress(OSError):
                self.listener.close()


def bind(pool: Any, directory: Path) -> None:  # noqa: ANN401 - it was made with this class
    """Have it answer there, once it has begun."""
    pool.listener = Listener(directory)


# --- who asks ---------------------------------------------------------------------------------------------------------


def answers(pid: int, directory: Path) -> Iterator[dict[str, Any]]:
    """What the pools of this process say.  Files that nobody answers at any more are taken away."""
    if directory.is_dir() and is_private(directory):
        for path in sorted(directory.glob(f"{pid}-*.sock")):
            with suppress(ConnectionRefusedError):
                yield _asked(path)
                continue
            path.unlink(missing_ok=True)


def _asked(path: Path) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(10 * LIMIT)
        end.connect(str(path))
        if user_at(end) != os.geteuid():
            msg = f"{path} is another user's"
            raise PermissionError(msg)
        said = b"".join(iter(partial(end.recv, 1 << 16), b""))
    if not said:
        msg = f"{path} gives this user no answer"
        raise PermissionError(msg)
    answer: dict[str, Any] = json.loads(said)
    return answer
