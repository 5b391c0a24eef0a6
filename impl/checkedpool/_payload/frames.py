"""Messages on the wire: a header (number, kind, length) and a body.  Knows bytes, not what they mean."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Packed: TypeAlias = Any
    """What is packed: bytes; a fast room may have something else that has a length in their place."""
    Frame: TypeAlias = tuple[int, int, Packed]
    """Number, kind, body."""

HEADER = Struct("<BBQ")
READ_SIZE = 1 << 16
"""Bytes that are read at once: as much as a pipe holds."""
WRITE_SIZE = 4 << 20
"""Bytes that are written at once: some systems refuse more than 2 GB."""


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
        self._data = bytearray()  # of the frames that are not whole

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes in, return the frames that are whole now."""
        self._data += data
        return list(iter(self._whole, None))

    def _whole(self) -> Frame | None:
        """The first frame, once all of it is there."""
        data = self._data
        if len(data) < HEADER.size:
            return None
        seq, kind, length = HEADER.unpack_from(data)
        end = HEADER.size + length
        if len(data) < end:
            return None
        body = bytes(memoryview(data)[HEADER.size : end])
        del data[:end]
        return seq, kind, body
