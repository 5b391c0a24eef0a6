"""From moments to places on a line: to scale, but for long pauses, which are shortened and say so.

Decides: which pause is long, where a mark of the scale stands. Must not know: what happens at any moment.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Pause", "Scale", "duration", "scale_of"]

LONG, ROOM, MOMENTS = 3, 0.3, 8
"""A pause is long that is so many times as wide as a shortened one. All of them have this share of the line at most,
and there is one for so many moments."""
MILLI, SECOND = 1_000_000, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Pause:
    """Time in which nothing happens, and which takes less room than it should."""

    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Pieces of the line, each with its beginning in time and in place."""

    starts: tuple[int, ...]
    places: tuple[float, ...]
    pauses: tuple[Pause, ...]
    step: int
    """Between two marks."""

    def place(self, moment: int) -> float:
        """Where a moment is."""
        moment = min(max(moment, self.starts[0]), self.starts[-1])
        at = min(bisect_right(self.starts, moment), len(self.starts) - 1)
        (begins, ends), (left, right) = self.starts[at - 1 : at + 1], self.places[at - 1 : at + 1]
        return left + (right - left) * (moment - begins) / max(ends - begins, 1)

    def marks(self) -> list[int]:
        """The moments that are marked: those at full steps that lie in no pause."""
        shortened = {(one.begins, one.ends) for one in self.pauses}
        found = dict.fromkeys(
            moment
            for piece in pairwise(self.starts)
            if piece not in shortened
            for moment in range(-(-piece[0] // self.step) * self.step, piece[1] + 1, self.step)
        )
        return list(found)

    def label(self, moment: int) -> str:
        """What a mark says: as many digits as tell it from the next."""
        unit, name = (SECOND, "s") if self.step >= SECOND else (MILLI, "ms")
        digits = max(len(str(unit)) - len(str(self.step)), 0)
        return f"{moment / unit:.{digits}f} {name}" if moment else "0"


def scale_of(moments: Iterable[int], lasts: int, width: float, *, pause: float, mark: float) -> Scale:
    """The scale of a run. A shortened pause has so much room; two marks are so far from each other."""
    every = sorted({0, max(lasts, 1), *moments})
    most = min(int(ROOM * width / pause), len(every) // MOMENTS)
    pauses = _long(list(pairwise(every)), every[-1], LONG * pause / width, most)
    room = max(width - pause * len(pauses), width / 4)
    rest = max(every[-1] - sum(ends - begins for begins, ends in pauses), 1)
    short = (width - room) / len(pauses) if pauses else 0
    starts, places = [0], [0.0]
    for begins, ends in pauses:
        if begins > starts[-1]:
            places.append(places[-1] + room * (begins - starts[-1]) / rest)
            starts.append(begins)
        places.append(places[-1] + short)
        starts.append(ends)
    if every[-1] > starts[-1]:
        starts.append(every[-1])
        places.append(width)
    step = _round(rest * mark / room)
    return Scale(tuple(starts), tuple(places), tuple(Pause(*each) for each in pauses), step)


def _long(gaps: list[tuple[int, int]], total: int, share: float, most: int) -> list[tuple[int, int]]:
    """The long pauses, in order: one after the other, the longest first, as long as it is long beside the rest."""
    found: list[tuple[int, int]] = []
    rest = total
    for begins, ends in sorted(gaps, key=lambda gap: gap[0] - gap[1])[:most]:
        if ends - begins <= share * rest or ends - begins == total:
            break
        rest -= ends - begins
        found.append((begins, ends))
    return sorted(found)


def _round(step: float) -> int:
    """The next of 1, 2, 5, 10, 20 and so on."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= step:
                return digit * power
        power *= 10


def duration(nanoseconds: int) -> str:
    """How long, in a unit that fits."""
    for unit, name in ((SECOND, "s"), (MILLI, "ms")):
        if nanoseconds >= unit:
            return (
                f"{nanoseconds / unit:.3g} {name}" if nanoseconds < 1000 * unit else f"{nanoseconds // unit:,} {name}"
            )
    return f"{nanoseconds // 1000} µs"
