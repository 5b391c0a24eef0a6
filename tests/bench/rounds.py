"""Who is measured when: each round measures every peer once on a row, and begins with another one.

Decides: the order, and that a peer that did not end is not asked again on that row. Must not know: how a measurement is
started or shown.
"""

from collections.abc import Callable, Sequence

from tests.bench.refusals import refusal
from tests.bench.results import Cell, Ending, Line, Measurement
from tests.bench.rows import Row

Measure = Callable[[Row, str], Measurement]
Tell = Callable[[Row, str, int], object]


def rotated(peers: Sequence[str], turn: int) -> list[str]:
    """The peers, beginning with another one each time: who comes after whom matters to a warm machine."""
    start = turn % len(peers) if peers else 0
    return [*peers[start:], *peers[:start]]


def line(row: Row, peers: Sequence[str], rounds: int, measure: Measure, tell: Tell) -> Line:
    """Measure one row."""
    seen: dict[str, list[Measurement]] = {peer: [] for peer in peers}
    for turn in range(rounds):
        for peer in rotated(peers, turn):
            tell(row, peer, turn)
            seen[peer].append(_again(row, peer, seen[peer], measure))
    return Line(row.name, {peer: Cell(peer, measurements) for peer, measurements in seen.items()})


def _again(row: Row, peer: str, before: list[Measurement], measure: Measure) -> Measurement:
    """The next measurement, unless it is known that there can be none."""
    if before and before[-1].ending in (Ending.HUNG, Ending.REFUSED):
        return before[-1]
    reason = refusal(peer, row.name)
    return Measurement(Ending.REFUSED, reason=reason) if reason else measure(row, peer)
