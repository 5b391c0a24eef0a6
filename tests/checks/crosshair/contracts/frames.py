"""Frames on a pipe: what one side packs the other reads, wherever the pipe cuts it; nothing else is taken for one.

The parent and the worker pack the header. Two assemblers read it: the plain one, and the fast one that reads large
frames into their place.
"""

from __future__ import annotations

import struct
from typing import TypeAlias

from checkedpool._fast.pipes import FillingAssembler
from checkedpool._payload.pickling import HEADER, Assembler, Kind, header

Frames: TypeAlias = list[tuple[int, int, bytes]]


def packed(seq: int, length: int) -> tuple[object, ...]:
    """What a header says is what was put into it: here, up to four gigabytes.

    pre: 0 <= seq <= 255 and 0 <= length < 2**32
    post: __return__ == (seq, Kind.PLAIN, length)
    """
    return HEADER.unpack(HEADER.pack(seq, Kind.PLAIN, length))


def bytes_of(seq: int, length: int) -> bytes:
    """The length is written lowest byte first, whatever it is.

    pre: 0 <= seq <= 255 and 0 <= length < 2**64
    post: list(__return__) == [seq, Kind.PLAIN, *(length // 256**place % 256 for place in range(8))]
    """
    return HEADER.pack(seq, Kind.PLAIN, length)


def length_of(low: int, second: int, third: int, fourth: int, high: int) -> tuple[object, ...]:
    """And it is read so, whatever the bytes are: four of them, one after the other, and the highest.

    pre: 0 <= low <= 255 and 0 <= second <= 255 and 0 <= third <= 255 and 0 <= fourth <= 255 and 0 <= high <= 255
    post: __return__ == (low, fourth, low + 256 * second + 256**2 * third + 256**3 * fourth + 256**7 * high)
    """
    return HEADER.unpack(bytes((low, fourth, low, second, third, fourth, 0, 0, 0, high)))


def no_room(seq: int, length: int) -> bytes | None:
    """What has no room in a header is refused, and not cut.

    pre: not (0 <= seq <= 255 and 0 <= length < 2**64)
    post: __return__ is None
    """
    try:
        return HEADER.pack(seq, Kind.PLAIN, length)
    except struct.error:
        return None


def cut(seq: int, body: bytes, at: int) -> tuple[Frames, Frames]:
    """A pipe may cut a frame anywhere: one comes out, which is what went in.

    pre: 0 <= seq <= 255 and len(body) <= 1 and 0 <= at <= HEADER.size + 1
    post: __return__[0] == __return__[1] == [(seq, Kind.VALUE, body)]
    """
    data = header(seq, Kind.VALUE, body) + body
    plain, fast = Assembler(), FillingAssembler()
    return plain.feed(data[:at]) + plain.feed(data[at:]), fast.feed(data[:at]) + fast.feed(data[at:])


def two(first: int, second: int, body: bytes) -> tuple[Frames, Frames]:
    """Two frames that come together are two.

    pre: 0 <= first <= 255 and 0 <= second <= 255 and len(body) <= 1
    post: __return__[0] == __return__[1] == [(first, Kind.VALUE, body), (second, Kind.ERROR, b"")]
    """
    data = header(first, Kind.VALUE, body) + body + header(second, Kind.ERROR, b"")
    return Assembler().feed(data), FillingAssembler().feed(data)


def short(data: bytes) -> tuple[Frames, Frames]:
    """Less than a header is no frame.

    pre: len(data) < HEADER.size
    post: __return__ == ([], [])
    """
    return Assembler().feed(data), FillingAssembler().feed(data)


def together(seq: int, length: int, rest: bytes, at: int) -> tuple[Frames, Frames]:
    """Both assemblers take the same for frames: a header of a short frame, and what comes behind it.

    pre: 0 <= seq <= 255 and 0 <= length <= 2 and len(rest) <= 2 and 0 <= at <= HEADER.size + 2
    post: __return__[0] == __return__[1]
    """
    data = HEADER.pack(seq, Kind.VALUE, length) + rest
    plain, fast = Assembler(), FillingAssembler()
    return plain.feed(data[:at]) + plain.feed(data[at:]), fast.feed(data[:at]) + fast.feed(data[at:])


def any_bytes(data: bytes) -> Frames:
    """Whatever comes: what is taken for a frame is what its header says, to the byte.

    pre: len(data) == HEADER.size + 2
    post: all(HEADER.pack(seq, kind, len(body)) + body == data[: len(body) + 10] for seq, kind, body in __return__)
    """
    return Assembler().feed(data)
