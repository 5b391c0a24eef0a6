"""Fast room ``memory``, the parent's side: a socket more in each lane, and memory that is kept for the next tasks.

Extends ``WorkerChannels`` and ``Shared``.
"""

from __future__ import annotations

from functools import partial

from checkedpool._fast import memory
from checkedpool._fast import memory_files as files
from checkedpool._fast.payload import Unfolding
from checkedpool._os import system
from checkedpool._pool.shared import Shared
from checkedpool._pool.worker_channels import WorkerChannels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import SocketType
    from collections.abc import Sequence

    from checkedpool._core.messages import WorkerNo
    from checkedpool._payload.pickling import Packed


class MemoryShared(Shared):
    """What keeps memory while the pool lives."""

    codec: memory.MemoryCodec

    def close(self) -> None:
        super().close()
        self.codec.close()


class MemoryChannels(WorkerChannels):
    """A lane through which descriptors go."""

    assembler: Unfolding

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
