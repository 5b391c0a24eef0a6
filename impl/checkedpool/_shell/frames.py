"""Messages on the wire: a header (number, kind, length) and a body.  Knows bytes, not what they mean."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

HEADER = Struct("<BBQ")
READ_SIZE = 1 << 16
"""As much as a pipe holds.  For a larger buffer the C library asks the kernel at each read: 13 microseconds."""


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
    """Whole frames out of whatever bytes are there."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Take bytes in, return the frames (number, kind, body) that are whole now."""
        buffer = self._data
        buffer += data
        frames = []
        at, size, total = 0, HEADER.size, len(buffer)
        while total - at >= size:
            seq, kind, length = HEADER.unpack_from(buffer, at)
            end = at + size + length
            if end > total:
                break
            frames.append((seq, kind, bytes(buffer[at + size : end])))
            at = end
        if at:
            del buffer[:at]
        return frames
