"""Fast rooms ``pack``, ``memory`` and ``pipes``, the parent's side, which no worker imports.

Extends ``WorkerChannels``, three times, ``Pool`` and ``Shared``.  ``tests/shell/test_calls.py`` and ``test_parts.py``
hold what is read against what the pickler's own bytes are read as, ``test_channels.py`` the lane against the plain one;
``test_wide_pipes.py`` has when pipes are widened.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from functools import partial
from itertools import islice

from checkedpool._fast import memory, payload
from checkedpool._fast import memory_files as files
from checkedpool._fast.pack import Parts, by_name
from checkedpool._fast.payload import SMALL
from checkedpool._fast.pipes import FillingAssembler, filler
from checkedpool._os import system
from checkedpool._os.system import Descriptor
from checkedpool._payload.pickling import READ_SIZE, WRITE_SIZE, Kind, header
from checkedpool._pool.pool import Pool
from checkedpool._pool.shared import Shared
from checkedpool._pool.worker_channels import WorkerChannels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import SocketType
    from collections.abc import Iterable, Sequence
    from typing import Any

    from checkedpool._core.messages import WorkerNo
    from checkedpool._os.system import Channel
    from checkedpool._payload.pickling import Frame, Packed
    from checkedpool._pool.shared import PoolFuture

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]


# --- pack: calls by name, and parts that are written from where they lie ----------------------------------------------


class ByNamePool(Pool):
    """A pool that puts the pickles of simple calls together."""

    def pack(self, future: PoolFuture[Any], fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        simple = by_name(fn, args, kwargs)
        if simple is None:
            super().pack(future, fn, args, kwargs)
        else:
            future.frame, future.name = simple
            self.shared.burst += len(simple[0])


class PartsChannels(WorkerChannels):
    """A lane that writes parts."""

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[bytes | memoryview]:
        return (head, *body.parts) if isinstance(body, Parts) else super().on_the_wire(head, body)


# --- memory: a socket more in each lane, and memory that is kept for the next tasks -----------------------------------


class MemoryShared(Shared):
    """What keeps memory while the pool lives."""

    codec: memory.MemoryCodec

    def close(self) -> None:
        super().close()
        self.codec.close()


class MemoryChannels(WorkerChannels):
    """A lane through which descriptors go."""

    assembler: payload.Unfolding

    def __init__(self, number: WorkerNo, shared: Shared) -> None:
        super().__init__(number, shared)
        self._memory: SocketType | None = None
        pair = files.sockets()
        if pair is not None:
            self._memory, theirs = pair
            self.worker_ends.more = (theirs,)
            self.assembler.unfold = partial(memory.received, self._memory)

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[bytes | memoryview]:
        if isinstance(body, memory.Memory):
            return memory.sent(self._memory, head, body)
        return super().on_the_wire(head, body)

    def close(self) -> None:
        super().close()
        if self._memory is not None:
            system.close((self._memory,))


# --- pipes: many frames in one call of the system, and wider pipes ----------------------------------------------------

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
        out, marks, queued = self.unwritten, self._marks, self._queued
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
                self.unwritten.extend(view[at : at + WRITE_SIZE] for at in range(0, size, WRITE_SIZE))
            elif size:
                self.unwritten.append(part)
            self._queued += size

    def queue_setup(self, body: bytes) -> None:
        self._put_behind((header(0, Kind.CALL, body), body))

    def write(self) -> None:
        out, marks = self.unwritten, self._marks
        while out:
            try:
                written = self.put(out if len(out) <= GATHER else list(islice(out, GATHER)))
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
            widen(self.call_end)
            widen(self._result)
            payload.keep_pages(WIDTH)  # what a read may take

    def _drop(self, count: int) -> None:
        out = self.unwritten
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
