"""Pickles for another process, in memory if they are large: what is copied, and how often.

A sender copies a large buffer once, into memory, and shorter bytes not at all (``parts``).  A receiver uses it where it
lies, if it was pickled as a buffer of its own (pickle protocol 5); bytes and bytearrays, which pickle never treats so,
are copied out of there once.

Must not know: how memory travels.
"""

from __future__ import annotations

from io import BufferedReader
from pickle import PickleBuffer, Pickler, Unpickler, loads
from pickle import dumps as plain_dumps

from checkedpool._shell.memory import LARGE
from checkedpool._shell.parts import MOST, WHOLE, Parts, of_call, of_value
from checkedpool._shell.pickling import PROTOCOL, dump_call, dumps, is_plain, is_plain_call, reducers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from checkedpool._shell.memory import Memory, Received, Store

    Pickled: TypeAlias = bytes | Parts | Memory


FRAME = 1 << 16
"""Bytes of a frame of a pickle: what is longer is written by itself."""


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


def pack(value: Any, store: Store | None) -> Pickled:
    """Pickle as multiprocessing would; in the store's memory if the pickle is large and memory can be had."""
    if store is None or not store.has_room():
        return dumps(value)
    chunks, buffers = Chunks(), Buffers()
    pickler = Pickler(chunks, PROTOCOL, buffer_callback=buffers.take)
    pickler.dispatch_table = reducers()
    pickler.dump(value)
    if len(chunks) == 1 and not buffers:
        only: bytes = chunks[0]
        return only
    if not all(map(_is_whole, chunks, chunks[1:])):
        return dumps(value)
    stream = [chunk.raw() if isinstance(chunk, PickleBuffer) else memoryview(chunk) for chunk in chunks]
    if not buffers and sum(map(len, stream)) < LARGE:
        fixed = [chunk for chunk in chunks if type(chunk) is bytes]
        return Parts(fixed, sum(map(len, fixed))) if len(fixed) == len(chunks) else b"".join(stream)
    return store.hold(stream, buffers) or dumps(value)


def _is_whole(before: bytes, chunk: object) -> bool:
    """Whether it is as long as what was written before it says: a bytearray may have changed meanwhile."""
    return not isinstance(chunk, bytearray) or len(chunk) == int.from_bytes(before[-8:], "little")


def pack_value(value: Any, store: Store | None) -> tuple[Pickled, bool]:
    """Pickle what a task has returned; whether it is plain, so that no code of the user is needed to read it."""
    if type(value) is bytes and WHOLE <= len(value) < MOST:
        return of_value(value), True
    if is_long(value) or not is_plain(value):
        return pack(value, store), is_long(value)
    data = plain_dumps(value, PROTOCOL)
    return (data if len(data) < LARGE else _held(data, store)), True


def _held(data: bytes, store: Store | None) -> Pickled:
    return data if store is None or not store.has_room() else store.hold([memoryview(data)], ()) or data


def pack_call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], store: Store | None) -> Pickled:
    """Pickle a call."""
    if store is None:
        return dump_call(fn, args, kwargs)
    parts = of_call(fn, args, kwargs)
    if parts is not None:
        return parts
    if not is_plain_call(fn, args, kwargs) or any(map(is_long, args)):
        return pack((fn, args, kwargs), store)
    data = plain_dumps((fn, args, kwargs), PROTOCOL)
    return data if len(data) < LARGE else _held(data, store)


def is_long(value: Any) -> bool:
    """Whether it is bytes or text that a pickler copies many times, unless it writes somewhere."""
    return (type(value) is bytes or type(value) is str) and len(value) >= FRAME


def unpack(body: bytes | bytearray | Received) -> Any:
    """Read a pickle, wherever it is."""
    if isinstance(body, bytes | bytearray):
        return loads(body)  # noqa: S301 - the pool's own
    stream, buffers = body.take()
    if isinstance(stream, memoryview):
        return loads(stream, buffers=buffers)  # noqa: S301
    with BufferedReader(stream) as reader:
        reader.seek(0)
        return Unpickler(reader, buffers=buffers).load()  # noqa: S301 - large bytes are read into their place at once
