"""From a schedule that fails to a short one that fails in the same way.

Decides: what is left out. Must not know: how the schedule was found. Pieces are left out, large ones first; turns that
are not possible without them are left out as well, and after the last turn the run goes on calmly. That no shorter one
exists is not said.
"""

from __future__ import annotations

from collections.abc import Sequence

from checkedpool.testing.schedules.encoding import Turn
from checkedpool.testing.schedules.trial import LONGEST, Directed, tried
from checkedpool.testing.simulated.simulation import Simulation

__all__ = ["shortened"]

ATTEMPTS = 500


def shortened(
    simulation: Simulation, turns: Sequence[Turn], wrong: str, *, attempts: int = ATTEMPTS, longest: int = LONGEST
) -> tuple[Turn, ...]:
    """As few of these turns as are found to fail in this way."""
    best = tuple(turns)
    piece = len(best)
    while piece and attempts:
        begin, before = 0, len(best)
        while begin < len(best) and attempts:
            attempts -= 1
            fewer = _fails(simulation, (*best[:begin], *best[begin + piece :]), wrong, longest)
            if fewer is None:
                begin += piece
            else:
                best = fewer
        if piece > 1 or len(best) == before:
            piece //= 2
    return best


def _fails(simulation: Simulation, turns: Sequence[Turn], wrong: str, longest: int) -> tuple[Turn, ...] | None:
    """Those of the turns that were possible, if the run fails in this way."""
    directed = Directed(turns, strict=False)
    trial = tried(simulation, directed, longest=longest)
    return tuple(directed.taken) if trial.wrong == wrong else None
