"""A whole run, as it is kept: everything that was measured, so that any table can be made from it again.

Decides: what a result file holds. Must not know: how a run is shown.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.bench.results import Cell, Ending, Line, Measurement
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
        "rows": [_plain_line(line, quick=run.quick) for line in run.lines.values()],
    }


def _plain_line(line: Line, *, quick: bool) -> dict[str, Any]:
    row = ROWS[line.row]
    return {
        "row": row.name,
        "title": row.title,
        "unit": row.unit.name,
        "count": row.quick if quick else row.count,
        "taken": line.taken,
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


def kept(path: Path) -> Run:
    """A run as it stands in a file that this wrote."""
    known = json.loads(path.read_text(encoding="utf-8"))
    lines = {row["row"]: _line(row) for row in known["rows"] if row["row"] in ROWS}
    return Run(known["machine"], known["peers"], known["rounds"], known["quick"], known["seconds"], lines)


def _line(row: dict[str, Any]) -> Line:
    return Line(row["row"], {peer: _cell(peer, cell) for peer, cell in row["peers"].items()}, row["taken"])


def _cell(peer: str, cell: dict[str, Any]) -> Cell:
    costs: list[float | None] = cell.get("costs", [None])
    left = tuple(cell.get("left", ()))
    return Cell(peer, [Measurement(Ending(cell["ending"]), cost, cell.get("reason", ""), left) for cost in costs])


def joined(old: Run, new: Run) -> Run:
    """The new run, and of the old one the rows that the new one has not."""
    lines = {row: new.lines.get(row) or old.lines[row] for row in ROWS if row in new.lines or row in old.lines}
    return replace(new, rounds=min(old.rounds, new.rounds), seconds=old.seconds + new.seconds, lines=lines)


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
