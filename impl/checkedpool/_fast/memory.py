"""Fast room ``memory``: a large pickle lies in anonymous memory, and its descriptor crosses to the other process.

Extends ``Codec``, ``Assembler`` and ``Worker``; and ``WorkerChannels`` in ``parents_side``, which no worker imports.
Gains, by `make bench`: bytes-echo-1m is 2.9 times as fast, array-echo-16m 4.6 times. What arrives is what the plain
pool makes of it: ``tests/shell/test_memory.py`` and ``test_memory_again.py``, and the behaviour suite with and
without the room (``tests/behaviour/test_large.py``).

A sender copies a large buffer once, into memory.  A receiver uses it where it lies, if it was pickled as a buffer of
its own (pickle protocol 5); bytes and bytearrays, which pickle never treats so, are copied out of there once.

Decides which memory may be written once more: that of which the kernel says that nobody reads it any more, here or
elsewhere.  A reader has an open file of its own, with a lock on it that goes when its last descriptor is closed and
its last mapping unmapped, whoever held them and however he ended.  A receiver maps it privately: what he writes there
nobody else sees, and the memory is not written again while any object of his lies in it.

A frame that is marked ``IN_MEMORY`` says what is in memory; its descriptor was sent before it, through a socket.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import weakref
from _socket import SocketType
from collections import deque
from functools import partial
from io import BufferedReader
from itertools import accumulate
from pickle import PickleBuffer, Pickler, Unpickler, loads
from struct import Struct

from checkedpool._fast import memory_files as files
from checkedpool._fast import payload
from checkedpool._fast.fitting import Sent
from checkedpool._fast.payload import LARGE, PROTOCOL, QuickCodec, Unfolding, reducers
from checkedpool._os import system
from checkedpool._os.system import File
from checkedpool._payload.pickling import HEADER
from checkedpool._worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from checkedpool._payload.pickling import Frame, Packed
    from checkedpool._worker.worker import Setup, WorkerEnds

    Part: TypeAlias = bytes | memoryview

CALLS, RESULTS = 64, 16
"""Pickled calls that may lie in memory, with a descriptor or two each, while further ones are bytes; and pieces of
memory that a worker keeps for its next large results."""
COPIED = 1 << 20
"""Bytes of a call up to which its buffers are read, not mapped: a task is soon over, so a copy finds its pages there.
A result may be kept, and is mapped."""
IN_MEMORY, INLINE = 0x80, 0x40
"""Added to a kind: the body is a layout, and what is laid out so is in memory, or, for want of it, follows."""
KEPT = 128 << 20
"""Bytes of memory that are kept for the next pickles once their tasks have ended: new pages cost eight times more."""
FILES = 64
"""Received pickles whose files are kept open until they are taken; further ones are mapped, or read, at once."""
LOOKS = 16
"""Pieces of kept memory that are looked at before a new one is made: a look costs half a microsecond."""
GATHER = 512
BATCH = 4 << 20
"""Bytes that are copied before other threads may run."""
PAGE, LINE = mmap.ALLOCATIONGRANULARITY, 64
NUMBER = Struct("<Q")
LOST = "this value came as a file descriptor, and the process had none left to receive it: raise the limit (ulimit -n)"


class Layout:
    """Where in memory the stream of a pickle lies, and each of its buffers: the stream first, each buffer on a line."""

    __slots__ = ("buffers", "size", "sizes")

    def __init__(self, sizes: Sequence[int]) -> None:
        """``sizes``: of the stream, then of each buffer."""
        self.sizes = tuple(sizes)
        starts = accumulate(sizes[1:], lambda at, size: _up(at + size, LINE), initial=_up(sizes[0], PAGE))
        self.buffers = tuple(zip(starts, sizes[1:], strict=False))
        self.size = sum(self.buffers[-1]) if self.buffers else sizes[0]

    def dump(self) -> bytes:
        """As it stands at the beginning of a frame."""
        return b"".join(map(NUMBER.pack, (len(self.sizes), *self.sizes)))

    @classmethod
    def load(cls, body: bytes | bytearray) -> tuple[Layout, int]:
        """The layout, and where in the body it ends."""
        (count,) = NUMBER.unpack_from(body)
        return cls([size for (size,) in NUMBER.iter_unpack(body[8 : 8 + 8 * count])]), 8 + 8 * count


class Memory:
    """One pickle in memory, until its task ends: the file from which it is read.  Then its memory may be kept."""

    __slots__ = ("__weakref__", "_file", "_keep", "_piece", "layout")

    def __init__(self, file: File, layout: Layout, piece: Piece, keep: Callable[[Piece], None]) -> None:
        self._file, self.layout, self._piece, self._keep = file, layout, piece, keep

    def __del__(self) -> None:
        """Where this is interrupted, the memory goes too, and is not kept."""
        self._keep(self._piece)

    def __len__(self) -> int:
        return self.layout.size

    def fileno(self) -> int:
        """What is sent."""
        return self._file.fileno()

    def view(self) -> memoryview:
        """All of it as bytes, for a pipe; they are not copied, unless there is no room for a mapping."""
        try:
            return memoryview(mmap.mmap(self.fileno(), self.layout.size, access=mmap.ACCESS_READ))
        except OSError:
            return memoryview(self._file.read())[: self.layout.size]


class Piece:
    """A piece of memory as its writer has it.  What is there is written over through a mapping, the cheapest way."""

    __slots__ = ("__weakref__", "_view", "file", "size")

    def __init__(self, file: File) -> None:
        self.file = file
        self.size = 0
        self._view: memoryview | None = None

    def fileno(self) -> int:
        """ValueError once it is closed, as it is in a forked child."""
        return self.file.fileno()

    def close(self) -> None:
        """The mapping too."""
        self._view = None
        self.file.close()

    def write(self, parts: Sequence[memoryview], size: int) -> None:
        """The parts, one behind the other, from the beginning on."""
        if size > self.size or not files.can_map(look=True):
            _write(self.file.fileno(), parts)
            self.size, self._view = max(size, self.size), None
            return
        if self._view is None:
            self._view = files.shared_view(self.file, self.size)
        view, at = self._view, 0
        for part in parts:
            for first in range(0, len(part), BATCH):
                piece = part[first : first + BATCH]
                view[at : at + len(piece)] = piece
                at += len(piece)


class Store:
    """The memory of one process for one pool."""

    def __init__(self, most: int) -> None:
        """``most``: pickles that may lie in memory at once; each takes a descriptor, and each that is kept another."""
        self._most = most
        self._kept: deque[Piece] = deque()  # the last at the end; somebody may still be reading what is in them
        self._in_use: set[weakref.ref[Memory]] = set()  # no WeakSet: an interruption of its callback would be for ever
        self._closed = False

    def has_room(self) -> bool:
        """Whether another pickle may lie in memory."""
        return len(self._in_use) < self._most

    def hold(self, stream: Sequence[memoryview], buffers: Sequence[memoryview]) -> Memory | None:
        """A pickle in memory; None if memory cannot be had."""
        layout = Layout([sum(map(len, stream)), *map(len, buffers)])
        parts, end = list(stream), layout.sizes[0]
        for (start, size), buffer in zip(layout.buffers, buffers, strict=True):
            parts += memoryview(bytes(start - end)), buffer
            end = start + size
        try:
            piece, reader = self._unread() or self._new()
            piece.write(parts, layout.size)
        except (OSError, ValueError):
            return None
        held = Memory(reader, layout, piece, self._keep)
        self._in_use.add(weakref.ref(held, self._in_use.discard))
        return held

    def _new(self) -> tuple[Piece, File]:
        file, reader = files.memory()
        piece = Piece(file)
        system.register((piece,))
        return piece, reader

    def _unread(self) -> tuple[Piece, File] | None:
        """Kept memory that nobody reads, and a new file to read it from: the last, it may be in the caches still."""
        kept, read = self._kept, deque[Piece]()
        try:
            for _ in range(LOOKS):
                piece = kept.pop()  # no other thread has it now
                if files.is_unread(piece.file):
                    return piece, files.opened_again(piece.file)
                read.appendleft(piece)
        except IndexError:
            pass
        finally:
            kept.extend(read)
        return None

    def _keep(self, piece: Piece) -> None:
        """What has been kept longest makes room: it is being read, or lies idle."""
        kept = self._kept
        if files.MEMFD and piece.size <= KEPT:
            kept.append(piece)
            try:
                while len(kept) > self._most or sum(one.size for one in kept.copy()) > KEPT:
                    kept.popleft()
            except IndexError:  # another thread was faster
                pass
        if self._closed:
            kept.clear()

    def close(self) -> None:
        """Keep nothing from now on."""
        self._closed = True
        self._kept.clear()


class Received:
    """A pickle from the memory of another process, for this one alone.  It is taken once.

    ``layout``: of what is still to be read from the file; ``mapped``: or mapped.
    """

    __slots__ = ("__weakref__", "_buffers", "_layout", "_mapped", "_stream")

    def __init__(
        self, stream: memoryview | File | None, buffers: list[memoryview], layout: Layout | None = None, *,
        mapped: bool = False,
    ) -> None:  # fmt: skip
        self._stream, self._buffers, self._layout, self._mapped = stream, buffers, layout, mapped

    def take(self) -> tuple[memoryview | File, list[memoryview]]:
        """The stream of the pickle, and its buffers.  OSError if they could not be received."""
        stream, buffers, layout = self._stream, self._buffers, self._layout
        self._stream, self._buffers = None, []
        if stream is None:
            raise OSError(errno.EMFILE, LOST)
        if not isinstance(stream, File) or layout is None:
            return stream, buffers
        if self._mapped:
            return _content(stream, layout, look=True)
        return stream, [_read(stream, *place) for place in layout.buffers]


_waiting: set[weakref.ref[Received]] = set()
"""What will be read from files."""


def sent(end: SocketType | None, head: bytes, body: Memory) -> tuple[Part, ...]:
    """Send the descriptor; what is to be written to the pipe then.  If it cannot be sent, that is all of it."""
    seq, kind, _ = HEADER.unpack(head)
    layout = body.layout.dump()
    try:
        if end is not None:
            files.send_descriptor(end, seq, body.fileno())
            return (HEADER.pack(seq, kind | IN_MEMORY, len(layout)) + layout,)
    except OSError:  # too many are on their way already, or the reader is gone
        pass
    return HEADER.pack(seq, kind | INLINE, len(layout) + len(body)) + layout, body.view()


def received(end: SocketType, seq: int, kind: int, body: bytes | bytearray, copied: int = 0) -> Received:
    """The pickle of a marked frame: in memory, whose descriptor was sent before; or all of it, for want of memory.

    What is to be copied out of memory is read from the file: that is quicker than from a mapping.  So are the buffers
    where all of it is no more than so many bytes.  What is mapped is mapped when it is taken, where user code may run;
    until then each takes a descriptor.
    """
    layout, at = Layout.load(body)
    if not kind & IN_MEMORY:
        content = memoryview(body if isinstance(body, bytearray) else bytearray(body))[at:]
        return Received(content[: layout.sizes[0]], [content[start : start + size] for start, size in layout.buffers])
    label, file = files.received(end)
    if label != seq:
        msg = f"frame {seq} came with the memory of frame {label}"
        raise RuntimeError(msg)
    if file is not None and len(_waiting) >= FILES:
        with contextlib.suppress(OSError, MemoryError):
            return Received(*_content(file, layout, look=False))
    is_read = not layout.buffers or layout.size <= copied
    if is_read:
        payload.keep_pages(layout.size)
    made = Received(file, [], layout, mapped=not is_read)
    _waiting.add(weakref.ref(made, _waiting.discard))
    return made


def _content(file: File, layout: Layout, *, look: bool) -> tuple[memoryview, list[memoryview]]:
    """The stream and the buffers without the file: mapped, or read where that cannot be done."""
    with contextlib.suppress(OSError):  # the kernel bounds the mappings of a process, too
        if files.can_map(look=look):
            return _mapped(file, layout)
    return _read(file, 0, layout.sizes[0]), [_read(file, *place) for place in layout.buffers]


def _read(file: File, start: int, size: int) -> memoryview:
    content = bytearray(size)
    file.seek(start)
    if file.readinto(content) != size:
        raise OSError(errno.EIO, "the memory of this value is too short")
    return memoryview(content)


def _mapped(file: File, layout: Layout) -> tuple[memoryview, list[memoryview]]:
    """Two mappings, so that the stream does not stay for as long as a buffer."""
    stream = files.private_view(file, 0, layout.sizes[0])
    if not layout.buffers:
        return stream, []
    first = layout.buffers[0][0]
    content = files.private_view(file, first, layout.size - first)
    return stream, [content[start - first : start - first + size] for start, size in layout.buffers]


def _write(fd: int, parts: Sequence[memoryview]) -> None:
    """Write all, from the beginning of the file on."""
    at = 0
    for first in range(0, len(parts), GATHER):
        views = list(parts[first : first + GATHER])
        while views:
            written = os.pwritev(fd, views, at)
            at += written
            while views and written >= len(views[0]):
                written -= len(views.pop(0))
            if views:
                views[0] = views[0][written:]


def _up(number: int, step: int) -> int:
    return -(-number // step) * step


class Chunks(list):  # type: ignore[type-arg]  # of bytes, bytearrays and PickleBuffers
    """What a pickler writes, in its order.  Of large objects it writes themselves: nothing is copied."""

    write = list.append


class Buffers(list):  # type: ignore[type-arg]  # of memoryviews
    """Large buffers that are not written where they stand in a pickle."""

    def take(self, buffer: PickleBuffer) -> bool:
        """Whether it is to be written there."""
        view = buffer.raw()
        if len(view) < LARGE:
            return True
        self.append(view)
        return False


def _is_whole(before: bytes, chunk: object) -> bool:
    """Whether it is as long as what was written before it says: a bytearray may have changed meanwhile."""
    return not isinstance(chunk, bytearray) or len(chunk) == int.from_bytes(before[-8:], "little")


class MemoryCodec(QuickCodec):
    """A codec that puts large pickles into memory, if memory can be had."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(CALLS) if files.has_memory() else None

    def pack(self, value: Any) -> Packed:
        store = self.store
        if store is None or not store.has_room():
            return super().pack(value)
        chunks, buffers = Chunks(), Buffers()
        pickler = Pickler(chunks, PROTOCOL, buffer_callback=buffers.take)
        pickler.dispatch_table = reducers()
        pickler.dump(value)
        if len(chunks) == 1 and not buffers:
            return chunks[0]
        if not all(map(_is_whole, chunks, chunks[1:])):
            return super().pack(value)
        stream = [chunk.raw() if isinstance(chunk, PickleBuffer) else memoryview(chunk) for chunk in chunks]
        if not buffers and sum(map(len, stream)) < LARGE:
            return self.join(chunks)
        return store.hold(stream, buffers) or super().pack(value)

    def put(self, data: bytes) -> Packed:
        store = self.store
        return data if store is None or not store.has_room() else store.hold([memoryview(data)], ()) or data

    def unpack(self, packed: Packed) -> Any:
        if isinstance(packed, bytes | bytearray):
            return loads(packed)  # noqa: S301 - the pool's own
        stream, buffers = packed.take()
        if isinstance(stream, memoryview):
            return loads(stream, buffers=buffers)  # noqa: S301
        with BufferedReader(stream) as reader:
            reader.seek(0)
            return Unpickler(reader, buffers=buffers).load()  # noqa: S301 - large bytes are read into their place at once

    def close(self) -> None:
        """Nothing more will be packed: keep no memory for it."""
        if self.store is not None:
            self.store.close()


class MemoryAssembler(Unfolding):
    """An assembler that knows of marked frames.  Under the room ``pipes``, which has one that does all of this."""

    def feed(self, data: bytes) -> list[Frame]:
        return [self.unfolded(*frame) for frame in super().feed(data)]


class MemoryWorker(Worker, metaclass=Sent):
    """A worker to which descriptors come, and that sends some."""

    codec: MemoryCodec
    assembler: Unfolding

    def __init__(self, ends: WorkerEnds, setup: Setup | None) -> None:
        super().__init__(ends, setup)
        self.memory: SocketType | None = next((end for end in ends.more if isinstance(end, SocketType)), None)
        self.codec.store = None if self.memory is None else Store(RESULTS)
        if self.memory is not None:
            self.assembler.unfold = partial(received, self.memory, copied=COPIED)

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[Part]:
        return sent(self.memory, head, body) if isinstance(body, Memory) else super().on_the_wire(head, body)
