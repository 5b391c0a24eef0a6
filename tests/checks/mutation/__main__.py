"""``python -m tests.checks.mutation``: put small faults into the machines and the fast rooms, and see each caught.

A share of all mutants, the same in each run; ``--all`` is hours.  Each is first held against the test that saw it last,
and what became of it is written down at once.  Exit status: 0 each mutant was caught or is argued to change nothing;
1 one survives, or one that is argued away was caught or is not there any more; 2 wrong use.

Decides: which mutants are tried, what is printed.  Must not know: what a fault is, how it is seen.
"""

# ruff: noqa: T201 - a program that prints

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.checks.mutation.checks import PACKAGE, rungs, targets
from tests.checks.mutation.climb import Climber, Fate
from tests.checks.mutation.grow import Mutant, mutants
from tests.checks.mutation.results import Results, tally

SHARE = 160
"""Of about two thousand mutants."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutant of one file."""

    target: Path
    mutant: Mutant

    @property
    def file(self) -> str:
        return self.target.relative_to(PACKAGE).as_posix()

    @property
    def name(self) -> str:
        return f"{self.file} {self.mutant.name}"


def main() -> int:
    """A line for each mutant, then the score, file by file."""
    options = _options()
    known = [Trial(target, mutant) for target in targets() for mutant in mutants(target.read_text(encoding="utf-8"))]
    results = Results.read()
    wrong = list(_outdated(known, results))
    chosen = [trial for trial in known if options.only in trial.name]
    if options.only and not chosen:
        print(f"no mutant has {options.only!r} in its name; there are {len(known)}", file=sys.stderr)
        return 2
    chosen = _chosen(chosen, results, options)
    if options.list:
        print(*(f"{trial.name}: line {trial.mutant.line}: {trial.mutant.change}" for trial in chosen), sep="\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as folder:
        wrong += _tried(chosen, [trial.name for trial in known], results, Climber(Path(folder), options.jobs), options)
    _show(chosen, results)
    print(*wrong, sep="\n")
    return bool(wrong)


def share(trials: Sequence[Trial], many: int, seed: int) -> list[Trial]:
    """So many of them, spread over the files by size, at least three of each.

    Which ones follows from the seed and from each mutant's name alone: another function's mutants change nothing.
    """
    chosen: set[Trial] = set()
    for target in dict.fromkeys(trial.target for trial in trials):
        own = [trial for trial in trials if trial.target == target]
        own.sort(key=lambda trial: hashlib.sha256(f"{seed} {trial.name}".encode()).digest())
        chosen.update(own[: max(3, round(many * len(own) / len(trials)))])
    return [trial for trial in trials if trial in chosen]


def _chosen(trials: Sequence[Trial], results: Results, options: argparse.Namespace) -> list[Trial]:
    """What the command line asks for."""
    if not (options.all or options.only):
        trials = share(trials, options.share, options.seed)
    listed: dict[str, Callable[[str], bool]] = {
        "all": lambda _: True,
        "left": lambda name: name not in results.caught and name not in results.argued,
        "alive": lambda name: results.caught.get(name) == "",
        "argued": lambda name: name in results.argued,
    }
    trials = [trial for trial in trials if listed[options.which](trial.name)]
    if options.sample:
        claimed = [trial for trial in trials if trial.name not in results.argued]
        print(f"a sample of the share, another one each day: --sample {options.sample} --day {options.day}")
        trials = random.Random(options.day).sample(claimed, min(options.sample, len(claimed)))
    return list(trials)


def _outdated(known: Sequence[Trial], results: Results) -> list[str]:
    """Arguments for what is not there any more."""
    changes = {trial.name: trial.mutant.change for trial in known}
    return [
        f"NOT THERE: {name} is argued away: {argued.change}"
        for name, argued in results.argued.items()
        if changes.get(name) != argued.change
    ]


def _tried(
    chosen: Sequence[Trial], order: Sequence[str], results: Results, climber: Climber, options: argparse.Namespace
) -> list[str]:
    """What is wrong; each fate is printed and written down as soon as it is known."""

    def tried(trial: Trial) -> str:
        name, argued = trial.name, results.argued.get(trial.name)
        if argued and options.which != "argued":
            return ""
        likely = results.likely(trial.file, trial.mutant.name.partition(":")[0])
        ladder = (likely, *rungs(trial.target))[: options.rungs]
        fate = climber.climbed(trial.target, trial.mutant.source, ladder, results.caught.get(name, ""))
        print(f"{_word(fate, argued=bool(argued))} {name:60} {fate.seconds:5.0f} s  {fate.said}", flush=True)
        if fate.killer or not argued:
            results.caught[name] = fate.killer
            results.write(order)
            results.write_page()
        return _wrong(trial, fate, argued=bool(argued))

    with ThreadPoolExecutor(options.jobs) as threads:  # each waits for a process
        return [said for said in threads.map(tried, chosen) if said]


def _word(fate: Fate, *, argued: bool) -> str:
    return "caught  " if fate.killer else "argued  " if argued else "SURVIVES"


def _wrong(trial: Trial, fate: Fate, *, argued: bool) -> str:
    if fate.killer:
        return f"CAUGHT: {trial.name} is argued away, and {fate.killer} sees it: {fate.said}" if argued else ""
    return "" if argued else f"SURVIVES: {trial.name}, line {trial.mutant.line}: {trial.mutant.change}"


def _show(chosen: Sequence[Trial], results: Results) -> None:
    table = Table("file", "mutants", "caught", "argued", "survive", "score")
    names = [trial.name for trial in chosen]
    caught = {name: results.caught[name] for name in names if name in results.caught}
    argued = [name for name in names if name in results.argued]
    for row in tally(caught, argued, lambda name: name.partition(" ")[0]):
        table.add_row(*row)
    Console().print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.checks.mutation", description="Mutants made by rule.")
    parser.add_argument("--only", default="", metavar="WORDS", help="those with these words in their name")
    parser.add_argument("--share", type=int, default=SHARE, metavar="N", help="so many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default: %(default)s)")
    parser.add_argument("--all", action="store_true", help="every one: hours")
    parser.add_argument(
        "--which",
        choices=["all", "left", "alive", "argued"],
        default="all",
        help="of these: left, those that were never tried; alive, those that nobody sees yet; argued, those that are "
        "argued away, which are not tried otherwise",
    )
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="of these so many, other ones each day")
    today = dt.datetime.now(dt.UTC).date().toordinal()
    parser.add_argument("--day", type=int, default=today, help="which day's sample")
    parser.add_argument("--rungs", type=int, default=None, metavar="N", help="climb so high only")
    parser.add_argument("--list", action="store_true", help="name them, and stop")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many at a time (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
