"""What was asked for, and whether it was reached.

Decides: what each kind of target compares. Must not know: how anything was measured or is shown. A verdict changes no
number and no exit status: the run is complete whether or not it pleases.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.bench.arithmetic import Spread
from tests.bench.peers import OURS, PEERS
from tests.bench.results import Line
from tests.bench.rows import ROWS
from tests.bench.units import number

FILE = Path(__file__).with_name("targets.toml")

Lines = dict[str, Line]


@dataclass(frozen=True)
class Verdict:
    """One target: what was asked, what was seen, and whether that is enough; None where it was not measured."""

    row: str
    asked: str
    seen: str
    reached: bool | None


def asked_for(path: Path = FILE) -> dict[str, Any]:
    """The targets as they stand in the file; a row that does not exist is an error."""
    asked = tomllib.loads(path.read_text(encoding="utf-8"))
    named = {*asked["least"], *asked["not-slower"]["rows"], *asked["most"], *asked["flat"]["rows"]}
    if unknown := named - set(ROWS):
        raise ValueError(f"{path.name} names rows that do not exist: {', '.join(sorted(unknown))}")
    return asked


def verdicts(lines: Lines, asked: dict[str, Any]) -> list[Verdict]:
    """Every target about the rows that were measured, in the order of the file."""
    return [
        *(_least(lines[row], least) for row, least in asked["least"].items() if row in lines),
        *(_not_slower(lines[row]) for row in asked["not-slower"]["rows"] if row in lines),
        *(_most(lines[row], most) for row, most in asked["most"].items() if row in lines),
        *_flat(lines, asked["flat"]["rows"], asked["flat"]["most"]),
    ]


def best_peers(lines: Lines, asked: dict[str, Any]) -> list[Verdict]:
    """Row by row, the comparison with the fastest of the others."""
    rule = asked["best-peer"]
    chosen = [line for line in lines.values() if not _matches(line.row, rule["but-rows"])]
    return [found for line in chosen if (found := _best_peer(line, rule["least"], rule["but"]))]


def earlier(lines: Lines) -> list[Verdict]:
    """Row by row, the comparison with this pool at other commits, where one was measured."""
    return [
        Verdict(line.row, f"not slower than {peer}", shown(ratio), ratio.greatest >= 1)
        for line in lines.values()
        for peer in line.cells
        if PEERS[peer].revision and (ratio := line.ratio(OURS, peer)) is not None
    ]


def _matches(row: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(row, pattern) for pattern in patterns)


def shown(ratio: Spread | None) -> str:
    """A ratio and its spread."""
    if ratio is None:
        return "–"
    if ratio.least == ratio.greatest:
        return _times(ratio.middle)
    return f"{_times(ratio.middle)} ({_times(ratio.least)}–{_times(ratio.greatest)})"


def _times(ratio: float) -> str:
    """Two digits after the point are all that a ratio of such measurements is good for."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.{1 if ratio < 100 else 0}f}"


def _least(line: Line, least: float) -> Verdict:
    ratio = line.ratio(OURS)
    return Verdict(line.row, f"at least {least:g}", shown(ratio), None if ratio is None else ratio.middle >= least)


def _not_slower(line: Line) -> Verdict:
    ratio = line.ratio(OURS)
    return Verdict(line.row, "not slower", shown(ratio), None if ratio is None else ratio.greatest >= 1)


def _most(line: Line, most: float) -> Verdict:
    unit, cost = ROWS[line.row].unit, _cost(line)
    asked = f"at most {most:g} {unit.name}"
    if cost is None:
        return Verdict(line.row, asked, "–", None)
    return Verdict(line.row, asked, unit.show(cost), unit.of(cost) <= most)


def _flat(lines: Lines, rows: list[str], most: float) -> Iterator[Verdict]:
    if not set(rows) <= set(lines):
        return
    costs = [cost for row in rows if (cost := _cost(lines[row]))]
    whole = len(costs) == len(rows)
    factor = max(costs) / min(costs) if whole else 0.0
    seen = number(factor) if whole else "–"
    yield Verdict(" ".join(rows), f"cost within a factor of {most:g}", seen, factor <= most if whole else None)


def _best_peer(line: Line, least: float, but: list[str]) -> Verdict | None:
    """None where nothing can be compared: one of us has no cost, or the cost is no speed."""
    others = {
        peer: ratio
        for peer in line.cells
        if peer not in but and not PEERS[peer].ours
        if (ratio := line.ratio(OURS, peer)) is not None
    }
    if not others:
        return None
    best = min(others, key=lambda peer: others[peer].middle)
    return Verdict(line.row, f"{least:g} × {best}", shown(others[best]), others[best].middle >= least)


def _cost(line: Line) -> float | None:
    return line.cells[OURS].cost if OURS in line.cells else None
