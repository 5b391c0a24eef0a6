"""What a run's tables say, cell by cell.

Decides: which tables there are and the words in them. Must not know: how a table is drawn.
"""

from dataclasses import dataclass

from tests.bench.peers import OURS, STANDARD
from tests.bench.record import Run
from tests.bench.results import Cell, Ending, Line
from tests.bench.rows import ROWS
from tests.bench.targets import Verdict, shown

DASH = "–"
HANG = "hang"
FAILED = "failed"


@dataclass(frozen=True)
class Table:
    """A title, a head and rows of words."""

    title: str
    head: list[str]
    rows: list[list[str]]


def ratios(run: Run) -> Table:
    """How many times as fast as the standard executor: the median of the rounds, the least and the greatest."""
    others = [peer for peer in run.peers if peer != STANDARD]
    rows = [
        [ROWS[line.row].title, _value(line, STANDARD), *(_ratio(line, peer) for peer in others)]
        for line in run.lines.values()
    ]
    return Table("times as fast as the standard executor", ["", STANDARD, *others], rows)


def medians(run: Run) -> Table:
    """What was measured, in each row's unit."""
    rows = [[ROWS[line.row].title, *(_value(line, peer) for peer in run.peers)] for line in run.lines.values()]
    return Table("medians", ["", *run.peers], rows)


def judged(title: str, verdicts: list[Verdict]) -> Table:
    """Targets and what became of them."""
    words = {True: "reached", False: "not reached", None: "not measured"}
    rows = [[verdict.row, verdict.asked, verdict.seen, words[verdict.reached]] for verdict in verdicts]
    return Table(title, ["row", "asked", OURS, ""], rows)


def notes(run: Run) -> list[str]:
    """Why there is no number, and what was left behind, once for each reason."""
    found: dict[str, None] = {}
    for line in run.lines.values():
        for cell in line.cells.values():
            if cell.ending is not Ending.MEASURED:
                found[f"{_without(cell)} {line.row}, {cell.peer}: {cell.reason}."] = None
            if any(each.left for each in cell.measurements):
                found[f"{line.row}, {cell.peer}: left processes behind, which were killed."] = None
    return list(found)


def _ratio(line: Line, peer: str) -> str:
    cell = line.cells[peer]
    if cell.ending is not Ending.MEASURED:
        return _without(cell)
    ratio = line.ratio(peer)
    return shown(ratio) if ratio else _value(line, peer)


def _value(line: Line, peer: str) -> str:
    if peer not in line.cells:
        return ""
    cell = line.cells[peer]
    if cell.cost is None:
        return _without(cell)
    unit = ROWS[line.row].unit
    return unit.show(cell.cost) if cell.cost or not unit.more_is_better else DASH


def _without(cell: Cell) -> str:
    return {Ending.HUNG: HANG, Ending.FAILED: FAILED}.get(cell.ending, DASH)
