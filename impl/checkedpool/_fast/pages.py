"""Pages that the C library keeps: asks it, in a process that receives large values, not to give them back each time.

GNU's maps objects of 128 KiB or more one by one, and gives back what is free at the end of a heap beyond twice as much;
the next object has new pages then, a microsecond each.  Both limits rise, up to 32 MiB, to the size of the largest one
that was mapped and freed: so one is made that is larger than the value, never written, and freed.  Elsewhere this does
nothing but that.
"""

from __future__ import annotations

from contextlib import suppress

LEAST, MOST = 1 << 20, (32 << 20) - (1 << 16)
_asked = [0]
"""For how much at once: threads may ask twice, which does no harm."""


def keep(size: int) -> None:
    """Ask for objects of this size, unless that was done."""
    if _asked[0] < min(size, MOST):
        _asked[0] = min(max(2 * size, LEAST), MOST)
        with suppress(MemoryError):  # the value itself may still find room
            bytes(_asked[0])
