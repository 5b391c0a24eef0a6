"""One process's file of a trace: a line an event, each in one write.  Knows lines, not what is worth one.

A process that is killed has written whole lines and at most one torn one.  A forked child does not write into its
parent's file.  A file that cannot be written any more (the disk is full) ends there: the pool goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from _thread import RLock
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkedpool._core.tables import Name, Record
from checkedpool._os import system
from checkedpool._os.system import Descriptor
from checkedpool_spec.trace import FORMAT, PARENT, SUFFIX, VERSION, E

if TYPE_CHECKING:
    from checkedpool._trace.fault_points import Fault

now = time.monotonic_ns
FLAGS = os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
OPAQUE = object()
"""Stands for what a trace does not tell: values of the user, pickles, exceptions."""


class TraceLog:
    """Appends events to one file, which is open while it is held, and otherwise for the moment of a line."""

    def __init__(self, directory: Path, name: str, **first: object) -> None:
        self.directory = directory
        self._path = directory / f"{name}{SUFFIX}"
        self._pid = os.getpid()
        self._file: Descriptor | None = None
        self._failed = False
        self._lock = RLock()
        at = now()
        about = {"pid": self._pid, "python": sys.version.split()[0], "platform": sys.platform}
        self._first = _line(E.BEGIN, at, at, format=FORMAT, version=VERSION, **about, **first)
        try:
            self._begin()
        except OSError:
            if name == PARENT:  # the caller hears of it; a worker has nobody to tell, and a task to run
                raise
            self._failed = True

    def _begin(self) -> None:
        made = Descriptor(os.open(self._path, FLAGS | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            self._failed = os.write(made.fileno(), self._first) != len(self._first)
        finally:
            made.close()

    def hold(self) -> None:
        """Keep the file open: many lines will come."""
        with contextlib.suppress(OSError):
            if self._file is None:
                self._file = self._open()
                system.register((self._file,))

    def rest(self) -> None:
        """Keep nothing open."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                system.close((file,))

    def _open(self) -> Descriptor:
        """The file that was begun; FileNotFoundError if there is another one, or none, in its place by now."""
        file = Descriptor(os.open(self._path, FLAGS))
        if os.read(file.fileno(), len(self._first)) != self._first:
            file.close()
            raise FileNotFoundError(self._path)
        return file

    def files(self) -> tuple[Descriptor, ...]:
        """What it holds open."""
        return () if self._file is None else (self._file,)

    def write(self, event: E, before: int, after: int, **fields: object) -> None:
        """One line."""
        if self._failed or self._pid != os.getpid():
            return
        data = _line(event, before, after, **fields)
        try:
            self._failed = self._append(data) != len(data)
        except OSError:
            self._failed = True

    def _append(self, data: bytes) -> int:
        with self._lock:  # nobody closes it between the question for its number and the write
            if self._file is not None:
                return os.write(self._file.fileno(), data)
        file = self._open()
        try:
            return os.write(file.fileno(), data)
        finally:
            file.close()


def _line(event: E, before: int, after: int, **fields: object) -> bytes:
    return (json.dumps({"e": event.value, "at": [before, after], **fields}, separators=(",", ":")) + "\n").encode()


def plain(value: object) -> Any:
    """A word of the machines as JSON has it: records by name and fields, enums by name; what is opaque is left out."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum | Name):
        return value.name
    if isinstance(value, int | float):
        return value
    if isinstance(value, Record):
        fields = {name: plain(part) for name, part in zip(value._fields, value, strict=True)}
        return {"is": type(value).__name__, **{name: part for name, part in fields.items() if part is not OPAQUE}}
    if isinstance(value, tuple):
        return [part for part in map(plain, value) if part is not OPAQUE]
    return OPAQUE


class WorkerTrace:
    """What a worker needs to write its own file; travels to it with its ends."""

    def __init__(self, directory: str, lane: int, faults: tuple[Fault, ...]) -> None:
        self.directory, self.lane, self.faults = directory, lane, faults


def directory_for(trace: str | os.PathLike[str]) -> Path:
    """The directory of one run's trace, made; FileExistsError if it holds one already."""
    path = Path(trace)
    path.mkdir(parents=True, exist_ok=True)
    if any(path.glob(f"*{SUFFIX}")):
        msg = f"{path} holds a trace already: give each pool a new directory, such as tempfile.mkdtemp(), or remove it"
        raise FileExistsError(msg)
    return path
