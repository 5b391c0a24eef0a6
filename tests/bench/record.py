"""A whole run, as it is kept: everything that was measured, so that any table can be made from it again.

Decides: what a result file holds. Must not know: how a run is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.bench.results import Cell, Line
from tests.bench.rows import ROWS
from tests.bench.units import Unit


@dataclass(frozen=True)
class Run:
    """All lines, and what they depend on."""

    machine: dict[str, str]
    peers: list[str]
    rounds: int
    quick: bool
    seconds: float
    lines: dict[str, Line]

    @property
    def missing(self) -> list[str]:
        """The measurements that should be there and are not."""
        cells = ((line, cell) for line in self.lines.values() for cell in line.cells.values())
        return [f"{line.row}, {cell.peer}: {cell.ending.value}, {cell.reason}" for line, cell in cells if cell.missing]


def plain(run: Run) -> dict[str, Any]:
    """The run as plain values, costs in seconds or bytes."""
    return {
        "machine": run.machine,
        "peers": run.peers,
        "rounds": run.rounds,
        "quick": run.quick,
        "seconds": round(run.seconds, 1),
        "rows": [_plain_line(line, run.quick) for line in run.lines.values()],
    }


def _plain_line(line: Line, quick: bool) -> dict[str, Any]:
    row = ROWS[line.row]
    return {
        "row": row.name,
        "title": row.title,
        "unit": row.unit.name,
        "count": row.quick if quick else row.count,
        "peers": {peer: _plain_cell(line, cell, row.unit) for peer, cell in line.cells.items()},
    }


def _plain_cell(line: Line, cell: Cell, unit: Unit) -> dict[str, Any]:
    left = [process for each in cell.measurements for process in each.left]
    known: dict[str, Any] = {"ending": cell.ending.value}
    if cell.reason:
        known["reason"] = cell.reason
    if cell.cost is not None:
        known["median"] = _short(unit.of(cell.cost)) if cell.cost else 0.0
        known["costs"] = [_short(cost) for cost in cell.costs if cost is not None]
    if ratio := line.ratio(cell.peer):
        known["ratio"] = [_short(ratio.least), _short(ratio.middle), _short(ratio.greatest)]
    return known | ({"left": left} if left else {})


def _short(value: float) -> float:
    """Five digits are more than any clock here is good for."""
    return float(f"{value:.5g}")


def write_for_pyperf(run: Run, path: Path) -> None:
    """The same costs as a file of pyperf's, whose `compare_to` says whether two runs differ by more than chance."""
    pyperf = import_module("pyperf")
    pyperf.BenchmarkSuite(list(_benchmarks(run, pyperf))).dump(str(path), replace=True)


def _benchmarks(run: Run, pyperf: Any) -> Iterator[Any]:
    for line in run.lines.values():
        unit = "byte" if ROWS[line.row].unit.name == "bytes" else "second"
        for peer, cell in line.cells.items():
            about = {"name": f"{line.row}/{peer}", "unit": unit}
            costs = [cost for cost in cell.costs if cost]
            runs = [pyperf.Run([cost], metadata=about, collect_metadata=False) for cost in costs]
            if runs:
                yield pyperf.Benchmark(runs)
