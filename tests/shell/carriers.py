"""Two sides of a lane in one process, for values that lie in memory.

Decides: how a packed value comes from one to the other. Must not know: workers.
"""

from __future__ import annotations

import socket
from pickle import PickleBuffer
from typing import Any

from checkedpool._shell import memory, packing
from checkedpool._shell.frames import HEADER, Assembler, Kind
from checkedpool._shell.memory import LARGE, Received, Store

BIG = 3 * LARGE


class Block(bytearray):
    """What pickles as a buffer of its own, as arrays do."""

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return memoryview, (PickleBuffer(self),)


class Carrier:
    """Both sides of the socket and the pipe, in one process."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.store = Store(16)
        self.copied = 0  # bytes of a pickle up to which its buffers are read

    def carry(self, packed: packing.Pickled) -> bytes | Received:
        """To the other side."""
        head = HEADER.pack(7, Kind.VALUE, len(packed))
        parts = memory.written(self.ours, head, packed)
        ((seq, kind, body),) = self.assembler().feed(b"".join(parts))
        assert (seq, kind) == (7, Kind.VALUE)
        return body  # type: ignore[no-any-return]

    def assembler(self) -> Assembler:
        return Assembler(lambda seq, kind, body: memory.received(self.theirs, seq, kind, body, self.copied))

    def round(self, value: object) -> Any:
        """Packed, carried, unpacked."""
        return packing.unpack(self.carry(packing.pack(value, self.store)))

    def close(self) -> None:
        self.store.close()
        self.ours.close()
        self.theirs.close()
