"""Log records of a worker, on their way to the parent: the worker's side.  Extends ``Worker``.

Each record is one datagram through a socket of this worker's own, so it arrives whole or not at all, whoever writes at
the same time and whatever dies: no lock is needed for it, within the process or beyond.  A task is held up by no parent
that does not read: where the socket is full a record waits for a moment, and then this and later ones are counted.
"""

from __future__ import annotations

import logging
import pickle
import sys

from checkedpool._fast.fitting import Sent
from checkedpool._os import system
from checkedpool._payload.pickling import is_plain
from checkedpool._worker.worker import Worker, called

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import SocketType
    from typing import Any

    from checkedpool._worker.worker import Setup, WorkerEnds

PATIENCE = 1000
"""Milliseconds that a record may wait for room; when it was in vain the next ones do not wait, until one has gone."""
LARGEST, CUT = 1 << 16, 1 << 12
"""Bytes of a record; characters of each text of one that is larger."""


class Forwarder(logging.Handler):
    """Sends what it is to handle to the parent."""

    def __init__(self, end: SocketType, worker: Worker) -> None:
        super().__init__()
        self._end, self._worker = end, worker
        self._lost, self._patient = 0, True

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock of the base class, which whoever is interrupted might leave taken."""
        found: object = self.filter(record)
        if found:
            self.emit(found if isinstance(found, logging.LogRecord) else record)
        return bool(found)

    def emit(self, record: logging.LogRecord) -> None:
        """Send it, if it can be sent."""
        try:
            data = self._packed(self._values(record))
        except Exception:  # noqa: BLE001 - what the record is made of is the user's
            self.handleError(record)
            return
        if self._put(data):
            self._lost = 0
        else:
            self._lost += 1

    def _values(self, record: logging.LogRecord) -> dict[str, Any]:
        """What arrives: the text is made here, where its arguments are."""
        text = record.exc_text
        if record.exc_info and not text:
            text = logging.Formatter().formatException(record.exc_info)
        message = record.getMessage()
        told = {"msg": message, "args": None, "exc_info": None, "exc_text": text, "task": self._task()}
        return {**vars(record), **told}

    def _task(self) -> str | None:
        """The function that this worker runs, as errors call it; None between tasks."""
        held: Any = self._worker.held[:1]
        if not held:
            return None
        fn, args, _ = held[0]
        return called(fn, args)

    def _packed(self, values: dict[str, Any]) -> bytes:
        """With how many were lost before it.  What cannot be pickled is told by its text, and what is long is cut."""
        try:
            data = pickle.dumps((self._lost, values))
        except Exception:  # noqa: BLE001 - what else a record carries is the user's
            values = {name: value if is_plain(value) else repr(value) for name, value in values.items()}
            data = pickle.dumps((self._lost, values))
        if len(data) > LARGEST:
            short = {name: value[:CUT] if isinstance(value, str) else value for name, value in values.items()}
            kept = {name: value for name, value in short.items() if sys.getsizeof(value) <= 5 * CUT and is_plain(value)}
            data = pickle.dumps((self._lost, kept))
        return data

    def _put(self, data: bytes) -> bool:
        """Whether it has gone."""
        for _ in range(2):
            try:
                self._end.send(data)
            except BlockingIOError:
                self._patient = self._patient and self._has_room()
                if not self._patient:
                    return False
            except OSError:  # the parent has gone; or this is a process that a task has forked, which has no such end
                return False
            else:
                self._patient = True
                return True
        return False

    def _has_room(self) -> bool:
        """Wait for it."""
        look = system.system_select.poll()
        look.register(self._end, system.system_select.POLLOUT)
        return bool(look.poll(PATIENCE))


class ForwardingWorker(Worker, metaclass=Sent):
    """A worker whose root logger has one handler, that one."""

    def __init__(self, ends: WorkerEnds, setup: Setup | None) -> None:
        super().__init__(ends, setup)
        end, level = ends.logs
        end.set_blocking(False)
        handler = Forwarder(end, self)
        handler.setLevel(level)
        root = logging.getLogger()
        root.handlers[:] = [handler]  # what a fork has copied, or the main module has added, would tell it twice
        root.setLevel(level)
