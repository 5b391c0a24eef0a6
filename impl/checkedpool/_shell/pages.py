"""Pages that the C library keeps: asks it, once in a process that moves large values, not to give them back each time.

GNU's maps objects of 128 KiB or more one by one, and gives back what is free at the end of a heap beyond as much; the
next object has new pages then, a microsecond each.  Both limits rise to the size of the largest mapped object that was
freed: so one is made, never written and freed.  Elsewhere this does nothing.
"""

from __future__ import annotations

KEPT = 1 << 20
_asked: list[None] = []


def keep() -> None:
    """Ask, once."""
    if not _asked:
        _asked.append(None)
        bytes(KEPT)
