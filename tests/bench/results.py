"""The measured costs, by row and peer and round.

Decides: what a measurement can end as, and what a row's peer is worth then. Must not know: how it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from tests.bench.arithmetic import Spread, ratios, spread
from tests.bench.peers import OURS, STANDARD


class Ending(Enum):
    """How a measurement ended."""

    MEASURED = "measured"
    REFUSED = "refused"
    HUNG = "hung"
    FAILED = "failed"


@dataclass(frozen=True)
class Measurement:
    """One measurement: its cost if there is one, else the reason why not."""

    ending: Ending
    cost: float | None = None
    reason: str = ""
    left: tuple[str, ...] = ()
    """Processes that outlived the measured program, and had to be killed."""


@dataclass(frozen=True)
class Cell:
    """A peer on a row, over all rounds."""

    peer: str
    measurements: Sequence[Measurement]

    @property
    def ending(self) -> Ending:
        """One bad round makes a bad cell: what hangs in one of five rounds hangs."""
        endings = [each.ending for each in self.measurements]
        order = (Ending.HUNG, Ending.FAILED, Ending.REFUSED)
        return next((bad for bad in order if bad in endings), Ending.MEASURED)

    @property
    def reason(self) -> str:
        """Why there is no number."""
        return next((each.reason for each in self.measurements if each.ending is self.ending), "")

    @property
    def costs(self) -> list[float | None]:
        """Round by round; none at all unless every round was measured."""
        good = self.ending is Ending.MEASURED
        return [each.cost if good else None for each in self.measurements]

    @property
    def cost(self) -> float | None:
        """The median."""
        known = [cost for cost in self.costs if cost is not None]
        return median(known) if known else None

    @property
    def missing(self) -> bool:
        """Whether the run is incomplete for it.

        That another's pool hangs is a result; that the standard one or ours does is none.
        """
        return self.ending is Ending.FAILED or (self.ending is Ending.HUNG and self.peer in (STANDARD, OURS))


@dataclass(frozen=True)
class Line:
    """A row with all its peers."""

    row: str
    cells: dict[str, Cell]
    taken: str = ""
    """When, and at which commit."""

    def ratio(self, of: str, to: str = STANDARD) -> Spread | None:
        """How many times as fast the one was as the other in the same round."""
        if of not in self.cells or to not in self.cells:
            return None
        first, second = self.cells[of].costs, self.cells[to].costs
        rounds = min(len(first), len(second))
        return spread(ratios(first[:rounds], second[:rounds]))
