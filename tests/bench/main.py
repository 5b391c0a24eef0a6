"""Decides: the command line, the order of the steps, and the exit code.

0 the run is complete, whatever the numbers are; 1 a measurement is missing; 2 wrong use, or a peer is not installed;
130 interrupted: what has been measured is shown, and written where --output says.
Must not know: how a row is measured, what a table says.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType

from tests.bench import document, earlier, launch, machine, pictures, report, rounds, tables, targets
from tests.bench.peers import AT, PEERS, WITHOUT
from tests.bench.record import Run, joined, kept, plain, write_for_pyperf
from tests.bench.results import Line, Measurement
from tests.bench.rows import ROWS, Row

GENERATED = machine.ROOT / "docs" / "generated"
COMPLETE, MISSING, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
ROUNDS = 5
RECORD = "bench.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and show; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    rows, peers = _rows(options), _peers(options.peers)
    if not rows or not peers:
        parser.error("no row or no peer has such a name; --list shows them")
    if options.list:
        sys.stdout.write("".join(f"{row.name:18} {row.title}\n" for row in rows) + f"peers: {', '.join(peers)}\n")
        return COMPLETE
    directory = options.output or (GENERATED if _is_whole(options) else None)
    if absent := machine.absent(peers, _besides(rows, directory, options.pyperf)):
        sys.stderr.write(f"not installed: {', '.join(absent)}; `make bench` has an environment with all of them\n")
        return UNUSABLE
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with earlier.files(peers) as places:
            run = _run(rows, peers, places, 1 if options.quick else options.rounds, quick=options.quick)
    except earlier.UnknownCommitError as error:
        parser.error(str(error))
    finally:  # who calls this in a process that goes on has an own idea of what ends it
        signal.signal(signal.SIGTERM, before)
    interrupted = len(run.lines) < len(rows)
    if interrupted:
        directory = options.output
        sys.stderr.write(f"interrupted: {len(run.lines)} of {len(rows)} rows are measured\n")
    _show(run, as_json=options.json)
    if directory:
        record = directory / RECORD
        _write(joined(kept(record), run) if options.keep and record.exists() else run, directory)
    if options.pyperf:
        write_for_pyperf(run, options.pyperf)
    return INTERRUPTED if interrupted else _verdict(run)


def _run(rows: list[Row], peers: list[str], places: dict[str, str], turns: int, *, quick: bool) -> Run:
    begin = time.monotonic()
    about = machine.described()

    def measure(row: Row, peer: str) -> Measurement:
        count = row.quick if quick else row.count
        found = {"PYTHONPATH": places[peer]} if peer in places else {}
        return launch.measured(["-m", "tests.bench.measure", row.name, peer, str(count)], row.limit, found)

    taken = f"{about['date']}, commit {about['commit']}"
    lines: dict[str, Line] = {}
    with report.progress(len(rows) * len(peers) * turns) as tell, suppress(KeyboardInterrupt):
        for row in rows:
            lines[row.name] = replace(rounds.line(row, peers, turns, measure, tell), taken=taken)
    return Run(about, peers, turns, quick, time.monotonic() - begin, lines)


def _show(run: Run, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(plain(run), indent=1, ensure_ascii=False) + "\n")
        return
    asked = targets.asked_for()
    console = report.console()
    console.print(report.drawn(tables.ratios(run)))
    console.print(report.drawn(tables.judged("asked of it", targets.verdicts(run.lines, asked))))
    best = targets.best_peers(run.lines, asked)
    console.print(report.drawn(tables.judged("beside the fastest of the other process pools", best)))
    if before := targets.earlier(run.lines):
        console.print(report.drawn(tables.judged("beside itself at other commits", before)))
    for note in tables.notes(run):
        console.print(note, markup=False)
    console.print(f"{run.rounds} rounds in {run.seconds:.0f} s, commit {run.machine['commit']}", markup=False)


def _write(run: Run, directory: Path) -> None:
    asked = targets.asked_for()
    directory.mkdir(parents=True, exist_ok=True)
    page = document.page(run, targets.verdicts(run.lines, asked), targets.best_peers(run.lines, asked))
    (directory / "bench.md").write_text(page, encoding="utf-8")
    kept = json.dumps(plain(run), indent=1, ensure_ascii=False) + "\n"
    (directory / RECORD).write_text(kept, encoding="utf-8")
    pictures.write(run, directory)
    sys.stderr.write(f"written to {directory}\n")


def _verdict(run: Run) -> int:
    for line in run.missing:
        sys.stderr.write(f"missing: {line}\n")
    return MISSING if run.missing else COMPLETE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="The pool's speed beside every peer.")
    parser.add_argument("--rows", default="*", help="names or patterns, with commas between")
    parser.add_argument(
        "--peers",
        default="*",
        help="likewise, with the standard executor among them; without-ROOM is this pool without that fast room,"
        " at-COMMIT this pool as it was there",
    )
    parser.add_argument("--rounds", type=_positive, default=ROUNDS, help="rounds (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one round with small numbers: does it run?")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--output", type=Path, help="write page, JSON and pictures here (a whole run: docs/generated)")
    parser.add_argument("--keep", action="store_true", help="rows that are there and not measured now stay as they are")
    parser.add_argument("--pyperf", type=Path, help="write the costs as a file for `python -m pyperf compare_to`")
    parser.add_argument("--list", action="store_true", help="name the rows and the peers, and stop")
    return parser


def _positive(words: str) -> int:
    number = int(words)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one round")
    return number


def _rows(options: argparse.Namespace) -> list[Row]:
    named = [ROWS[name] for name in _named(options.rows, list(ROWS))]
    return [row for row in named if row.quick or not options.quick]


def _named(patterns: str, names: list[str]) -> list[str]:
    return [name for name in names if any(fnmatchcase(name, pattern.strip()) for pattern in patterns.split(","))]


def _peers(patterns: str) -> list[str]:
    """Those that are listed, ours without a room that is named, and ours at a commit that is named."""
    unlisted = [name for name in map(str.strip, patterns.split(",")) if name.startswith((WITHOUT, AT))]
    return _named(patterns, list(PEERS)) + unlisted


def _is_whole(options: argparse.Namespace) -> bool:
    """Only a run of everything may take the place of the one that the documents show."""
    return options.rows == options.peers == "*" and options.rounds >= ROUNDS and not options.quick


def _besides(rows: list[Row], directory: Path | None, pyperf: Path | None) -> list[str]:
    """What is needed besides the peers, known before the measuring and not after it."""
    wanted = {
        "numpy": any(row.name.startswith("array") for row in rows),
        "psutil": any(row.name == "memory" for row in rows),
        "matplotlib": directory is not None,
        "pyperf": pyperf is not None,
    }
    return [package for package, needed in wanted.items() if needed]


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
