"""The file of a client's trace: a line an event.  Knows lines, not what is worth one.

A line is one write, so a process that is killed leaves at most its last one torn.  What cannot be written is left out.
"""

from __future__ import annotations

import json
import os
import time

from checkedpool._trace.trace_log import directory_for
from checkedpool_spec.cluster_trace import CLIENT, CLIENT_FORMAT, Event
from checkedpool_spec.trace import SUFFIX, VERSION


class TraceFile:
    """The file; a child of this process does not write into it."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._pid, self._failed = os.getpid(), False
        path = directory_for(directory) / f"{CLIENT}{SUFFIX}"
        self._file = path.open("xb", buffering=0)
        self.write(Event.BEGIN, format=CLIENT_FORMAT, version=VERSION, pid=self._pid)

    def write(self, event: Event, **fields: object) -> None:
        """One line."""
        if self._failed or self._pid != os.getpid():
            return
        line = {"e": event.value, "at": time.monotonic_ns(), **fields}
        data = f"{json.dumps(line, separators=(',', ':'))}\n".encode()
        try:
            self._failed = self._file.write(data) != len(data)
        except (OSError, ValueError):  # the disk is full; or it is closed
            self._failed = True

    def close(self) -> None:
        """No more comes."""
        self._file.close()
