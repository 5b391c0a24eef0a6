"""Messages on the wire: a header (number, kind, length) and a body.  Knows bytes, not what they mean.

A frame that is marked ``IN_MEMORY`` says what is in memory, the descriptor of which was sent before it by another way.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

from checkedpool._shell import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

HEADER = Struct("<BBQ")
IN_MEMORY, INLINE = 0x80, 0x40
"""Added to a kind: the body is a layout, and what is laid out so is in memory, or, for want of it, follows."""
READ_SIZE = 1 << 16
"""As much as a pipe holds.  For a larger buffer the C library asks the kernel at each read: 13 microseconds."""
WIDE, WIDEST = 1 << 15, 1 << 24
"""Bytes of a body that is read into its place, if not all of it is there: at least, and at most.  Room for more is not
taken on the word of a header."""
SMALL = 1 << 10
"""Bytes of a body below which it is copied behind its header: dearer to the system would be one part more."""


class Kind(IntEnum):
    """What a frame is."""

    CALL = 0
    PLAIN = 1
    VALUE = 2
    ERROR = 3
    READY = 4
    INITIALIZER_FAILED = 5


def header(seq: int, kind: Kind, body: bytes) -> bytes:
    """The bytes that go before a body."""
    return HEADER.pack(seq, kind, len(body))


class Assembler:
    """Whole frames out of whatever bytes are there.

    ``room``: where the next bytes belong, which may be read into it and ``filled``; None: any number may be fed.
    ``unfold`` makes (from number, kind and body) the body of one that is marked; it is called in the frames' order.
    """

    def __init__(self, unfold: Callable[[int, int, bytes], Any] | None = None) -> None:
        self.room: memoryview | None = None
        self._begun = 0, 0, bytearray()  # the frame that is read into its place: number, kind, body
        self._parts: list[bytes] = []  # of a frame that is not whole
        self._size = self._wanted = 0  # bytes in them, and of what is to be there before it is worth a look
        self._unfold = unfold

    def filled(self, count: int) -> list[tuple[int, int, Any]]:
        """So many bytes have been put into the room; the frame, if that was all of it."""
        room = self.room
        if room is not None and count < len(room):
            self.room = room[count:]
            return []
        self.room = None
        (seq, kind, body), self._begun = self._begun, (0, 0, bytearray())
        return [self._unfolded(seq, kind, body)]

    def _unfolded(self, seq: int, kind: int, body: Any) -> tuple[int, int, Any]:
        if kind < INLINE or self._unfold is None:
            return seq, kind, body
        return seq, kind & ~(IN_MEMORY | INLINE), self._unfold(seq, kind, body)

    def feed(self, data: bytes) -> list[tuple[int, int, Any]]:
        """Take bytes in, return the frames (number, kind, body) that are whole now."""
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
        frames = []
        at, size, total, wanted = 0, HEADER.size, len(data), HEADER.size
        while total - at >= size:
            seq, kind, length = HEADER.unpack_from(data, at)
            end = at + size + length
            if end > total:
                wanted = end - at
                break
            body = data[at + size : end]
            frames.append((seq, kind, body) if kind < INLINE else self._unfolded(seq, kind, body))
            at = end
        if WIDE <= wanted <= WIDEST:
            self._begin(HEADER.unpack_from(data, at), data[at + size :])
        elif at < total:
            self._parts.append(data[at:])
            self._size, self._wanted = total - at, wanted
        return frames

    def _begin(self, head: tuple[int, int, int], there: bytes) -> None:
        seq, kind, length = head
        pages.keep(length)
        body = bytearray(length)
        body[: len(there)] = there
        self._begun, self.room = (seq, kind, body), memoryview(body)[len(there) :]
