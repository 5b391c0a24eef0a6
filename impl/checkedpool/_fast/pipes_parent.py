"""Fast room ``pipes``, the parent's side: many frames in one call of the system, and wider pipes.

Extends ``WorkerChannels``.  ``tests/shell/test_channels.py`` holds it against the plain lane,
``test_wide_pipes.py`` has when pipes are widened.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from itertools import islice

from checkedpool._fast import pages
from checkedpool._fast.pipes import FillingAssembler, filler
from checkedpool._os.system import Descriptor
from checkedpool._payload.pickling import READ_SIZE, WRITE_SIZE, Kind, header
from checkedpool._pool.worker_channels import WorkerChannels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checkedpool._core.messages import WorkerNo
    from checkedpool._os.system import Channel
    from checkedpool._payload.pickling import Frame, Packed
    from checkedpool._pool.shared import Shared

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

SMALL = 1 << 10
"""Bytes of a body below which it is copied behind its header: dearer to the system would be one part more."""
GATHER = 256
WIDE = 8
"""Lanes of a pool whose pipes may be widened: 4 MiB of the 64 that all pipes of a user may hold on Linux."""
WIDTH = 1 << 18
"""Bytes in a pipe that is widened; others hold 64 KiB."""


def widen(end: Channel) -> None:
    """Linux: have a pipe hold more at once, if the system lets us: what all pipes of a user hold is bounded."""
    number = getattr(fcntl, "F_SETPIPE_SZ", None)
    if number is not None and isinstance(end, Descriptor):
        with suppress(OSError, ValueError):
            fcntl.fcntl(end.fileno(), number, WIDTH)


class GatheringChannels(WorkerChannels):
    """A lane that gathers what it writes, and reads large answers into their place."""

    assembler: FillingAssembler

    def __init__(self, number: WorkerNo, shared: Shared) -> None:
        super().__init__(number, shared)
        self._fill = filler(self._result)
        self._marks: deque[int] = deque()  # where, in bytes ever queued, each frame ends
        self._queued = self._written = 0
        self._narrow, self._wide = number < WIDE, False

    def queue(self, frames: Iterable[tuple[bytes, Packed]]) -> None:
        out, marks, queued = self._out, self._marks, self._queued
        for head, body in frames:
            if isinstance(body, bytes) and len(body) < SMALL:
                out.append(head + body)
                queued += len(head) + len(body)
            else:
                self._queued = queued
                self._put_behind(self.on_the_wire(head, body))
                queued = self._queued
            marks.append(queued)
        self._queued, self.behind = queued, len(marks)

    def _put_behind(self, parts: Sequence[bytes | memoryview]) -> None:
        for part in parts:
            size = len(part)
            if size > WRITE_SIZE:
                view = memoryview(part)
                self._out.extend(view[at : at + WRITE_SIZE] for at in range(0, size, WRITE_SIZE))
            elif size:
                self._out.append(part)
            self._queued += size

    def queue_setup(self, body: bytes) -> None:
        self._put_behind((header(0, Kind.CALL, body), body))

    def write(self) -> None:
        out, marks = self._out, self._marks
        while out:
            try:
                written = self._put(out if len(out) <= GATHER else list(islice(out, GATHER)))
            except BlockingIOError:
                break
            self._written += written
            if self._written < self._queued and len(out) <= GATHER:
                self._widen()
            if self._written == self._queued:
                out.clear()
                marks.clear()
            else:
                self._drop(written)
        while marks and marks[0] <= self._written:
            marks.popleft()
        self.behind = len(marks)

    def _widen(self) -> None:
        """Once: large frames are on their way, which should go at once and not by halves."""
        if self._narrow:
            self._narrow, self._wide = False, True
            widen(self._call)
            widen(self._result)
            pages.keep(WIDTH)  # what a read may take

    def _drop(self, count: int) -> None:
        out = self._out
        while count:
            size = len(out[0])
            if size > count:
                out[0] = memoryview(out[0])[count:]
                return
            count -= size
            out.popleft()

    def read(self) -> list[Frame] | None:
        assembler = self.assembler
        room, data = assembler.room, b""
        try:
            if room is None:
                data = self._get(WIDTH if self._wide else READ_SIZE)
            count = len(data) if room is None else self._fill(room)
        except BlockingIOError:
            return None
        except ConnectionError:
            count = 0
        if not count:
            self.at_end = True
            return None
        frames = assembler.feed(data) if room is None else assembler.filled(count)
        room = assembler.room
        if room is not None and not frames:  # the rest may be there: a look is cheaper than a wake-up
            self._widen()
            with suppress(BlockingIOError, ConnectionError):
                frames = assembler.filled(self._fill(room))
        return frames
