"""Two sides of a lane in one process, for values that lie in memory.

Decides: how a packed value comes from one to the other. Must not know: workers.
"""

from __future__ import annotations

import socket
from pickle import PickleBuffer
from typing import Any

from checkedpool._fast import memory
from checkedpool._fast.fitting import fitted
from checkedpool._fast.memory import Memory, MemoryCodec, Store
from checkedpool._fast.pack import Parts
from checkedpool._fast.payload import LARGE, Unfolding
from checkedpool._payload.pickling import HEADER, Assembler, Codec, Kind
from checkedpool.rooms import ROOMS

BIG = 3 * LARGE


class Block(bytearray):
    """What pickles as a buffer of its own, as arrays do."""

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return memoryview, (PickleBuffer(self),)


def fast_codec(most: int) -> Any:
    """A codec with all rooms, of which so many pickles may lie in memory."""
    codec = fitted(Codec, ROOMS)()
    assert isinstance(codec, MemoryCodec)
    codec.store = Store(most)
    return codec


class Carrier:
    """Both sides of the socket and the pipe, in one process."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.codec = fast_codec(16)
        self.store: Store = self.codec.store
        self.copied = 0  # bytes of a pickle up to which its buffers are read

    def pack(self, value: object) -> Any:
        """As its sender does."""
        return self.codec.pack(value)

    def unpack(self, body: Any) -> Any:
        """As its receiver does."""
        return self.codec.unpack(body)

    def carry(self, packed: Any) -> Any:
        """To the other side."""
        head = HEADER.pack(7, Kind.VALUE, len(packed))
        parts: Any = packed.parts if isinstance(packed, Parts) else (packed,)
        written = memory.sent(self.ours, head, packed) if isinstance(packed, Memory) else (head, *parts)
        ((seq, kind, body),) = self.assembler().feed(b"".join(written))
        assert (seq, kind) == (7, Kind.VALUE)
        return body

    def assembler(self) -> Assembler:
        made = fitted(Assembler, ROOMS)()
        assert isinstance(made, Unfolding)
        made.unfold = lambda seq, kind, body: memory.received(self.theirs, seq, kind, body, self.copied)
        return made

    def round(self, value: object) -> Any:
        """Packed, carried, unpacked."""
        return self.unpack(self.carry(self.pack(value)))

    def close(self) -> None:
        self.codec.close()
        self.ours.close()
        self.theirs.close()
