"""Anonymous memory: a large pickle lies in it, and what crosses to the other process is its descriptor.

Decides which memory may be written once more: that of which the kernel says that nobody reads it any more, here or
elsewhere.  A reader has an open file of its own, with a lock on it that goes when its last descriptor is closed and its
last mapping unmapped, whoever held them and however he ended.  A receiver maps it privately: what he writes there
nobody else sees, and the memory is not written again while any object of his lies in it.

Must not know: what the pickles mean, tasks, workers.
"""

from __future__ import annotations

import errno
import mmap
import os
import weakref
from collections import deque
from itertools import accumulate
from struct import Struct

from checkedpool._shell import channels, ends
from checkedpool._shell.frames import HEADER, IN_MEMORY, INLINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from typing import TypeAlias

    from checkedpool._shell.channels import File

    Part: TypeAlias = bytes | memoryview

LARGE = 1 << 17
"""Bytes from which on a pickle, or a buffer in one, travels in memory: below, a pipe is quicker."""
KEPT = 128 << 20
"""Bytes of memory that are kept for the next pickles: pages that are there cost a third of new ones."""
LOOKS = 4
"""Pieces of kept memory that are looked at before a new one is made."""
GATHER = 512
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
    def load(cls, body: bytes) -> tuple[Layout, int]:
        """The layout, and where in the body it ends."""
        (count,) = NUMBER.unpack_from(body)
        return cls([size for (size,) in NUMBER.iter_unpack(body[8 : 8 + 8 * count])]), 8 + 8 * count


class Memory:
    """One pickle in memory, until its task ends: the file from which it is read."""

    __slots__ = ("__weakref__", "_file", "layout")

    def __init__(self, file: File, layout: Layout) -> None:
        self._file, self.layout = file, layout

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


class Store:
    """The memory of one process for one pool."""

    def __init__(self, most: int) -> None:
        """``most``: pickles that may lie in memory at once; each takes a descriptor, and each that is kept another."""
        self._most = most
        self._kept: deque[File] = deque()  # open for writing; somebody may be reading what is in them
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
            file, reader = self._unread() or ends.memory()
            _write(file.fileno(), parts)
        except OSError:
            return None
        held = Memory(reader, layout)
        self._in_use.add(weakref.ref(held, self._in_use.discard))
        self._keep(file)
        return held

    def _unread(self) -> tuple[File, File] | None:
        """Kept memory that nobody reads, and a new file to read it from."""
        for _ in range(min(LOOKS, len(self._kept))):
            try:
                file = self._kept.popleft()
            except IndexError:  # another thread was faster
                return None
            if channels.is_unread(file):
                return file, ends.opened_again(file)
            self._kept.append(file)
        return None

    def _keep(self, file: File) -> None:
        kept = self._kept.copy()
        if channels.MEMFD and len(kept) < self._most and sum(map(_capacity, (*kept, file))) <= KEPT:
            self._kept.append(file)
        if self._closed:
            self._kept.clear()

    def close(self) -> None:
        """Keep nothing from now on."""
        self._closed = True
        self._kept.clear()


class Received:
    """A pickle from the memory of another process, mapped for this one alone.  It is taken once."""

    __slots__ = ("_buffers", "_stream")

    def __init__(self, stream: memoryview | None, buffers: list[memoryview]) -> None:
        self._stream, self._buffers = stream, buffers

    def take(self) -> tuple[memoryview, list[memoryview]]:
        """The stream of the pickle, and its buffers.  OSError if they could not be received."""
        stream, buffers = self._stream, self._buffers
        self._stream, self._buffers = None, []
        if stream is None:
            raise OSError(errno.EMFILE, LOST)
        return stream, buffers


def sent(end: socket.socket | None, head: bytes, body: Memory) -> tuple[Part, ...]:
    """Send the descriptor; what is to be written to the pipe then.  If it cannot be sent, that is all of it."""
    seq, kind, _ = HEADER.unpack(head)
    layout = body.layout.dump()
    try:
        if end is not None:
            channels.send_descriptor(end, seq, body.fileno())
            return (HEADER.pack(seq, kind | IN_MEMORY, len(layout)) + layout,)
    except OSError:  # too many are on their way already, or the reader is gone
        pass
    return HEADER.pack(seq, kind | INLINE, len(layout) + len(body)) + layout, body.view()


def received(end: socket.socket, seq: int, kind: int, body: bytes) -> Received:
    """The pickle of a marked frame: in memory, whose descriptor was sent before; or all of it, for want of memory."""
    layout, at = Layout.load(body)
    if not kind & IN_MEMORY:
        content = memoryview(bytearray(body)[at:])
        return Received(content[: layout.sizes[0]], [content[start : start + size] for start, size in layout.buffers])
    label, file = ends.received(end)
    if label != seq:
        msg = f"frame {seq} came with the memory of frame {label}"
        raise RuntimeError(msg)
    try:
        return Received(None, []) if file is None else _mapped(file, layout)
    except OSError:
        return Received(None, [])


def _mapped(file: File, layout: Layout) -> Received:
    """Two mappings, so that the stream does not stay for as long as a buffer."""
    stream = channels.private_view(file, 0, layout.sizes[0])
    if not layout.buffers:
        return Received(stream, [])
    first = layout.buffers[0][0]
    content = channels.private_view(file, first, layout.size - first)
    return Received(stream, [content[start - first : start - first + size] for start, size in layout.buffers])


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


def _capacity(file: File) -> int:
    return os.fstat(file.fileno()).st_size


def _up(number: int, step: int) -> int:
    return -(-number // step) * step
