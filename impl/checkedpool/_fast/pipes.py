"""Fast room ``pipes``: large frames are read into their place, and many frames are written at once.

Extends ``Assembler`` and ``Worker``; and ``WorkerChannels`` in ``parents_side``, which no worker imports. Gains, by
`make bench`: bytes-send-1k is 1.15 times as fast, map-1 1.2 times. ``tests/shell/test_frames.py`` holds both
assemblers against the same streams, and ``tests/shell/test_channels.py`` both lanes.
"""

from __future__ import annotations

import os
from _socket import SocketType
from functools import partial

from checkedpool._fast import payload
from checkedpool._fast.fitting import Sent
from checkedpool._fast.payload import MARKED, Unfolding
from checkedpool._payload.pickling import HEADER, READ_SIZE
from checkedpool._worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from checkedpool._os.system import Channel
    from checkedpool._payload.pickling import Frame
    from checkedpool._worker.worker import Setup, WorkerEnds

    Filler: TypeAlias = Callable[[memoryview], int]

WIDE, WIDEST = 1 << 15, 1 << 24
"""Bytes of a body that is read into its place, if not all of it is there: at least, and at most.  Room for more is not
taken on the word of a header."""


def filler(end: Channel) -> Filler:
    """A function that reads as much as is there into this place, and says how much that was."""
    if isinstance(end, SocketType):
        return end.recv_into
    return partial(_read_into, end.fileno())


def _read_into(fd: int, place: memoryview) -> int:
    return os.readv(fd, (place,))


class FillingAssembler(Unfolding):
    """An assembler that has a place for a large frame while that is read.

    ``room``: where the next bytes belong, which may be read into it and ``filled``; None: any number may be fed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.room: memoryview | None = None
        self._begun = 0, 0, bytearray()  # the frame that is read into its place: number, kind, body
        self._parts: list[bytes] = []  # of a frame that is not whole
        self._size = self._wanted = 0  # bytes in them, and of what is to be there before it is worth a look

    def filled(self, count: int) -> list[Frame]:
        """So many bytes have been put into the room; the frame, if that was all of it."""
        room = self.room
        if room is not None and count < len(room):
            self.room = room[count:]
            return []
        self.room = None
        (seq, kind, body), self._begun = self._begun, (0, 0, bytearray())
        return [self.unfolded(seq, kind, body)]

    def feed(self, data: bytes) -> list[Frame]:
        if self.room is not None:
            count = min(len(data), len(self.room))
            self.room[:count] = data[:count]
            first = self.filled(count)
            return first + self.feed(data[count:]) if count < len(data) else first
        if self._parts:
            self._parts.append(data)
            self._size += len(data)
            if self._size < self._wanted:
                return []
            data = b"".join(self._parts)
            self._parts.clear()
        frames: list[Frame] = []
        at, size, total, wanted = 0, HEADER.size, len(data), HEADER.size
        while total - at >= size:
            seq, kind, length = HEADER.unpack_from(data, at)
            end = at + size + length
            if end > total:
                wanted = end - at
                break
            body = data[at + size : end]
            frames.append((seq, kind, body) if kind < MARKED else self.unfolded(seq, kind, body))
            at = end
        if WIDE <= wanted <= WIDEST:
            self._begin(HEADER.unpack_from(data, at), data[at + size :])
        elif at < total:
            self._parts.append(data[at:])
            self._size, self._wanted = total - at, wanted
        return frames

    def _begin(self, head: tuple[int, int, int], there: bytes) -> None:
        seq, kind, length = head
        payload.keep_pages(length)
        body = bytearray(length)
        body[: len(there)] = there
        self._begun, self.room = (seq, kind, body), memoryview(body)[len(there) :]


class FillingWorker(Worker, metaclass=Sent):
    """A worker that reads large calls into their place."""

    assembler: FillingAssembler

    def __init__(self, ends: WorkerEnds, setup: Setup | None) -> None:
        super().__init__(ends, setup)
        self.fill = filler(ends.call)

    def _next_frame(self) -> Frame | None:
        frames, assembler = self.frames, self.assembler
        while not frames:
            room = assembler.room
            if room is not None:
                count = self.fill(room)
                if not count:
                    return None
                frames.extend(assembler.filled(count))
                continue
            data = self.get(READ_SIZE)
            if not data:
                return None
            frames.extend(assembler.feed(data))
        return frames.popleft()
