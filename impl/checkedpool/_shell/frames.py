"""Messages on the wire: a header (number, kind, length) and a body.  Knows bytes, not what they mean.

A frame that is marked ``IN_MEMORY`` says what is in memory, the descriptor of which was sent before it by another way.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

HEADER = Struct("<BBQ")
IN_MEMORY, INLINE = 0x80, 0x40
"""Added to a kind: the body is a layout, and what is laid out so is in memory, or, for want of it, follows."""
READ_SIZE = 1 << 16
"""As much as a pipe holds.  For a larger buffer the C library asks the kernel at each read: 13 microseconds."""
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

    ``unfold`` makes (from number, kind and body) the body of one that is marked; it is called in the frames' order.
    """

    def __init__(self, unfold: Callable[[int, int, bytes], Any] | None = None) -> None:
        self._parts: list[bytes] = []  # of a frame that is not whole
        self._size = self._wanted = 0  # bytes in them, and of what is to be there before it is worth a look
        self._unfold = unfold

    def feed(self, data: bytes) -> list[tuple[int, int, Any]]:
        """Take bytes in, return the frames (number, kind, body) that are whole now."""
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
            if kind < INLINE or self._unfold is None:
                frames.append((seq, kind, body))
            else:
                frames.append((seq, kind & ~(IN_MEMORY | INLINE), self._unfold(seq, kind, body)))
            at = end
        if at < total:
            self._parts.append(data[at:])
            self._size, self._wanted = total - at, wanted
        return frames
