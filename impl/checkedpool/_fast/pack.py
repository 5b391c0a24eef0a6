"""Fast room ``pack``: pickles put together from parts, and pickles that are not put together at all.

Extends ``Codec`` and ``Worker``; and ``Pool`` and ``WorkerChannels`` in ``parents_side``, which no worker imports.
Gains, by `make bench`: tiny-2 is 1.45 times as fast.

The pickle of the most usual call, a module's function and a few small plain arguments, is put together: the function's
part is looked up instead of being made, once it has been seen that the function is still to be found under its name.
And nobody can change bytes, so long ones need no copy of their own: they are written into a pipe from where the caller
has them, between what the pickler has written.  Either way the bytes on the wire are a pickle like any other, and say
what the pickler's own would say (``tests/shell/test_calls.py``, ``test_parts.py``); whatever is not so simple is left
to the plain pool.
"""

from __future__ import annotations

from pickle import BINBYTES, EMPTY_DICT, FRAME, SHORT_BINBYTES, SHORT_BINUNICODE, STACK_GLOBAL, STOP, TUPLE3, dumps
from sys import modules
from types import FunctionType

from checkedpool._fast.fitting import Sent
from checkedpool._fast.payload import LARGE, PROTOCOL, QuickCodec
from checkedpool._payload.pickling import LIGHT, PLAIN, Kind, is_plain
from checkedpool._worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from checkedpool._payload.pickling import Packed

FUNCTIONS = frozenset({FunctionType, type})
"""What pickles by its name alone; a builtin may be a bound method."""
LONG = 1 << 16
"""Bytes of a frame of a pickle: what is longer a pickler writes by itself, unless all goes into one bytes object."""
NUMBERS = frozenset({type(None), bool, int, float})
SHORT = 256
"""Characters, or bytes: longer ones would be copied once too often."""
HEADER = 2
"""Bytes of the protocol's number in a pickle."""
FRAMED = HEADER + 9
"""And those of a frame's beginning."""
BEGIN = dumps(None, PROTOCOL)[:HEADER]
REST = EMPTY_DICT + TUPLE3 + STOP
WHOLE, MOST = 1 << 13, 3 << 16
"""Bytes from which on a copy is dearer than two parts more, as each that waits has pages of its own; and from which on
memory is cheaper than a pipe of 256 KiB."""
PLACE = b"here go the bytes"
MARKED = SHORT_BINBYTES + bytes((len(PLACE),)) + PLACE
LEFT_TO_MANAGER, NOT_SO = Kind.PLAIN, Kind.VALUE  # to look into an enum takes as long as a call
_known: dict[tuple[str, str], tuple[bytes, str]] = {}


def by_name(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[bytes, str] | None:
    """The pickle of ``(fn, args, kwargs)`` and how errors call ``fn``; None if it is not as simple as that."""
    if type(fn) is not FunctionType or kwargs:
        return None
    for value in args:
        kind = type(value)
        if kind not in NUMBERS and not ((kind is str or kind is bytes) and len(value) < SHORT):
            return None
    place = fn.__module__, fn.__qualname__
    try:
        if getattr(modules.get(place[0]), place[1], None) is not fn:
            return None
        known = _known.get(place) or _learn(*place)
    except Exception:  # noqa: BLE001 - a module may be called anything, and be anything: the pickler says what it is
        return None
    if known is None:
        return None
    data = dumps(args, PROTOCOL)
    return known[0] + data[FRAMED if data[HEADER] == FRAME[0] else HEADER : -1] + REST, known[1]


def _learn(module: str, name: str) -> tuple[bytes, str] | None:
    """The part of pickles that finds this function; None if its name is too long for it."""
    parts = [text.encode("utf-8", "surrogatepass") for text in (module, name)]
    if any(len(part) > 255 for part in parts):  # noqa: PLR2004 - what one byte can say
        return None
    head = BEGIN
    for part in parts:
        head += SHORT_BINUNICODE + bytes((len(part),)) + part
    known = head + STACK_GLOBAL, f"{module}.{name}" if module != "builtins" else name
    return _known.setdefault((module, name), known)


class Parts:
    """The parts, and what they count while they wait."""

    __slots__ = ("parts", "size", "weight")

    def __init__(self, parts: Sequence[bytes], weight: int) -> None:
        self.parts, self.size, self.weight = parts, sum(map(len, parts)), weight

    def __len__(self) -> int:
        return self.size


def of_call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Parts | None:
    """Of a call with one argument that is long, of bytes, and otherwise as simple as ``by_name`` asks; else None.

    It counts nothing: without a pickle the bytes would wait too.
    """
    places = [at for at, arg in enumerate(args) if (type(arg) is bytes and WHOLE <= len(arg) < MOST) or arg is PLACE]
    if len(places) != 1:
        return None
    at = places[0]
    simple = by_name(fn, (*args[:at], PLACE, *args[at + 1 :]), kwargs)
    if simple is None:
        return None
    around = simple[0].split(MARKED)
    if len(around) != 2:  # noqa: PLR2004 - before and behind; more: another argument says the same
        return None
    return Parts((around[0] + _announced(args[at]), args[at], around[1]), 0)


def of_value(value: bytes) -> Parts:
    """Of a result."""
    return Parts((BEGIN + _announced(value), value, STOP), len(value))


def _announced(value: bytes) -> bytes:
    return BINBYTES + len(value).to_bytes(4, "little")


def is_plain_call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether no reducer has a say, as of plain functions and plain values."""
    if kwargs or type(fn) not in FUNCTIONS:
        return False
    return all(type(value) in PLAIN or type(value) in FUNCTIONS or is_plain(value) for value in args)


def is_long(value: Any) -> bool:
    """Whether it is bytes or text that a pickler copies many times, unless it writes somewhere."""
    return (type(value) is bytes or type(value) is str) and len(value) >= LONG


class PartsCodec(QuickCodec):
    """A codec that asks no pickler with reducers about what is plain, and copies no long bytes."""

    def pack_call(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Packed:
        """A call that ``by_name`` does not know."""
        parts = of_call(fn, args, kwargs)
        if parts is not None:
            return parts
        if not is_plain_call(fn, args, kwargs) or any(map(is_long, args)):
            return self.pack((fn, args, kwargs))
        data = dumps((fn, args, kwargs), PROTOCOL)
        return data if len(data) < LARGE else self.put(data)

    def pack_answer(self, value: Any) -> tuple[Kind, Packed]:
        if type(value) is bytes and WHOLE <= len(value) < MOST:
            return LEFT_TO_MANAGER, of_value(value)
        if is_long(value):
            packed = self.pack(value)
            return (LEFT_TO_MANAGER if isinstance(packed, Parts) else NOT_SO), packed
        if not is_plain(value):
            return NOT_SO, self.pack(value)
        data = dumps(value, PROTOCOL)
        if len(data) <= LIGHT:
            return LEFT_TO_MANAGER, data
        return NOT_SO, data if len(data) < LARGE else self.put(data)

    def join(self, chunks: Sequence[Any]) -> Packed:
        if all(type(chunk) is bytes for chunk in chunks):
            return Parts(chunks, sum(map(len, chunks)))
        return super().join(chunks)

    def weight(self, packed: Packed) -> int:
        return packed.weight if isinstance(packed, Parts) else super().weight(packed)


class PartsWorker(Worker, metaclass=Sent):
    """A worker that writes parts."""

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[bytes | memoryview]:
        return (head, *body.parts) if isinstance(body, Parts) else super().on_the_wire(head, body)
