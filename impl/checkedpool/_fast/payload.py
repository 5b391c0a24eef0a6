"""What the rooms ``pack``, ``memory`` and ``pipes`` share.  Extends ``Codec`` and ``Assembler``.

A codec that pickles without multiprocessing's own class of picklers: it honours the same reducers, and arrays it
pickles with buffers, where what arrives is the same.  And an assembler some of whose frames stand for something else.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from copyreg import dispatch_table
from multiprocessing.reduction import ForkingPickler
from pickle import DEFAULT_PROTOCOL, HIGHEST_PROTOCOL, Pickler
from types import ModuleType

from checkedpool._fast.fitting import Sent
from checkedpool._payload.pickling import Assembler, Codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from checkedpool._payload.pickling import Frame, Packed

PROTOCOL, USUAL = HIGHEST_PROTOCOL, DEFAULT_PROTOCOL
"""The rooms', and that of multiprocessing: 4 up to Python 3.13."""
OWNED = 1 << 12
"""Bytes of an array up to which it may own its data if it was pickled by the usual protocol (numpy: 1,000)."""
SMALL = 1 << 10
"""Bytes of a body below which it is copied behind its header: dearer to the system would be one part more."""
LARGE = 1 << 17
"""Bytes from which on a pickle, or a buffer in one, travels in memory: below, a pipe is quicker."""
WEIGHT, OFTEN = 8, 1 << 14
"""How often a byte of a pickle of more than so many counts among what waits: the next one may have its pages only when
it is over."""


def reducers() -> dict[Any, Any]:
    """What is registered with copyreg and multiprocessing now, in one dict: the C pickler is quick with that."""
    extra = ForkingPickler._extra_reducers  # type: ignore[attr-defined]  # no public name
    numpy = sys.modules.get("numpy")
    if type(numpy) is ModuleType and USUAL < PROTOCOL:  # another one may be loaded when it is asked
        return {vars(numpy).get("ndarray"): _array, **dispatch_table, **extra}
    return {**dispatch_table, **extra}


def _array(value: Any) -> Any:
    """What arrives is what the usual protocol makes of an array: writable, and the owner of its data if it is small.

    So it is pickled by the rooms', which copies it less often, where that makes no difference.
    """
    return value.__reduce_ex__(PROTOCOL if value.nbytes > OWNED and value.flags.writeable else USUAL)


class QuickCodec(Codec, metaclass=Sent):
    """A codec that pickles at the speed of a plain pickler."""

    def pack(self, value: Any) -> Packed:
        buffer = io.BytesIO()
        pickler = Pickler(buffer, PROTOCOL)
        pickler.dispatch_table = reducers()
        pickler.dump(value)
        return buffer.getvalue()

    def weight(self, packed: Packed) -> int:
        return len(packed) * WEIGHT if len(packed) > OFTEN else len(packed)

    def join(self, chunks: Sequence[Any]) -> Packed:
        """What a pickler has written in pieces, which are short together."""
        return b"".join(chunks)

    def put(self, data: bytes) -> Packed:
        """A pickle that is made already, where it is to lie until it is sent."""
        return data


MARKED = 0x40
"""Kinds from here on are marked: what is in the frame stands for its body."""


class Unfolding(Assembler, metaclass=Sent):
    """An assembler that makes the bodies of marked frames, in their order."""

    unfold: Callable[[int, int, bytes], Packed] | None = None
    """Makes, from number, kind and body, what is to be the body."""

    def unfolded(self, seq: int, kind: int, body: Packed) -> Frame:
        """The frame as its reader gets it."""
        if kind < MARKED or self.unfold is None:
            return seq, kind, body
        return seq, kind & (MARKED - 1), self.unfold(seq, kind, body)


# --- pages that the C library keeps -----------------------------------------------------------------------------------
#
# In a process that receives large values it is asked not to give them back each time.  GNU's maps objects of 128 KiB or
# more one by one, and gives back what is free at the end of a heap beyond twice as much; the next object has new pages
# then, a microsecond each.  Both limits rise, up to 32 MiB, to the size of the largest one that was mapped and freed:
# so one is made that is larger than the value, never written, and freed.  Elsewhere this does nothing but that.

LEAST_KEPT, MOST_KEPT = 1 << 20, (32 << 20) - (1 << 16)
_asked = [0]
"""For how much at once: threads may ask twice, which does no harm."""


def keep_pages(size: int) -> None:
    """Ask for objects of this size, unless that was done."""
    if _asked[0] < min(size, MOST_KEPT):
        _asked[0] = min(max(2 * size, LEAST_KEPT), MOST_KEPT)
        with suppress(MemoryError):  # the value itself may still find room
            bytes(_asked[0])
