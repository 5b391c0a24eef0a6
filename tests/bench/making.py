"""Results as the tests of the bench need them. Decides: how they are written down. Must not know: what is tested."""

from tests.bench.record import Run
from tests.bench.results import Cell, Ending, Line, Measurement


def cell(peer: str, *costs: float) -> Cell:
    """A peer with these costs, one a round."""
    return Cell(peer, [Measurement(Ending.MEASURED, cost) for cost in costs])


def without(peer: str, ending: Ending, reason: str = "so it is") -> Cell:
    """A peer without a number."""
    return Cell(peer, [Measurement(ending, reason=reason)])


def line(row: str, *cells: Cell) -> Line:
    """A row with these peers."""
    return Line(row, {each.peer: each for each in cells})


def lines(*given: Line) -> dict[str, Line]:
    """By row."""
    return {each.row: each for each in given}


def run(*given: Line) -> Run:
    """A run of these rows."""
    peers = list(dict.fromkeys(peer for each in given for peer in each.cells))
    machine = {"date": "today", "commit": "abc", "cpu_model_name": "a fast one"}
    return Run(machine, peers, 1, quick=False, seconds=1.0, lines=lines(*given))
