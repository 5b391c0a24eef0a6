"""One process's file of a trace: a line an event, each in one write.  Knows lines, not what is worth one.

A process that is killed has written whole lines and at most one torn one.  A forked child does not write into its
parent's file.  A file that cannot be written any more (the disk is full) ends there: the pool goes on.
"""

from __future__ import annotations

import json
import os
import sys
import time
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkedpool._core.record import Record
from checkedpool._shell import ends
from checkedpool._shell.channels import Descriptor
from checkedpool_spec.trace import FORMAT, SUFFIX, VERSION, E

if TYPE_CHECKING:
    from checkedpool._shell.faults import Fault

now = time.monotonic_ns
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
OPAQUE = object()
"""Stands for what a trace does not tell: values of the user, pickles, exceptions."""


class TraceLog:
    """Appends events to one file; closed with its last reference."""

    def __init__(self, directory: Path, name: str, **first: object) -> None:
        self.directory = directory
        self._pid = os.getpid()
        self._file: Descriptor | None = Descriptor(os.open(directory / f"{name}{SUFFIX}", FLAGS, 0o666))
        ends.register((self._file,))
        at = now()
        about = {"pid": self._pid, "python": sys.version.split()[0], "platform": sys.platform}
        self.write(E.BEGIN, at, at, format=FORMAT, version=VERSION, **about, **first)

    def files(self) -> tuple[Descriptor, ...]:
        """What it holds open."""
        return () if self._file is None else (self._file,)

    def write(self, event: E, before: int, after: int, **fields: object) -> None:
        """One line."""
        file = self._file
        if file is None or self._pid != os.getpid():
            return
        line = json.dumps({"e": event.value, "at": [before, after], **fields}, separators=(",", ":")) + "\n"
        data = line.encode()
        try:
            whole = os.write(file.fileno(), data) == len(data)
        except (OSError, ValueError):
            whole = False
        if not whole:
            self._file = None


def plain(value: object) -> Any:
    """A word of the machines as JSON has it: records by name and fields, enums by name; what is opaque is left out."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum):
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
        msg = f"{path} holds a trace already: a run writes into a directory of its own"
        raise FileExistsError(msg)
    return path
