"""``python -m tests.checks.mutation``: put small faults into the machines and the fast rooms, and see each caught.

A share of all mutants, the same in each run; ``--all`` is hours.  Exit status: 0 each mutant was caught or is argued to
change nothing; 1 one survives, or one that is argued away was caught or is not there any more; 2 wrong use.

Decides: which mutants are tried, what is printed.  Must not know: what a fault is, how it is seen.
"""

# ruff: noqa: T201 - a program that prints

from __future__ import annotations

import argparse
import os
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.checks.mutation.checks import PACKAGE, rungs, targets
from tests.checks.mutation.climb import BrokenCheckError, Climber, Fate
from tests.checks.mutation.grow import Mutant, mutants

ARGUED = Path(__file__).with_name("equivalent.toml")
SHARE = 200
"""Of about two thousand mutants."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutant of one file."""

    target: Path
    mutant: Mutant

    @property
    def name(self) -> str:
        return f"{self.target.relative_to(PACKAGE).as_posix()} {self.mutant.name}"


def main() -> int:
    """A line for each mutant, then the score, file by file."""
    options = _options()
    known = [Trial(target, mutant) for target in targets() for mutant in mutants(target.read_text(encoding="utf-8"))]
    argued: dict[str, str] = tomllib.loads(ARGUED.read_text(encoding="utf-8"))
    wrong = [f"NOT THERE: {name} is argued away" for name in argued if name not in {trial.name for trial in known}]
    chosen = [trial for trial in known if options.only in trial.name]
    if options.only and not chosen:
        print(f"no mutant has {options.only!r} in its name; there are {len(known)}", file=sys.stderr)
        return 2
    if not options.all:
        chosen = share(chosen, options.share, options.seed)
    if options.list:
        print(*(f"{trial.name}: line {trial.mutant.line}: {_change(trial.mutant)}" for trial in chosen), sep="\n")
        return 0
    climber = Climber()

    def tried(trial: Trial) -> Fate:
        fate = climber.climbed(trial.target, trial.mutant.source, rungs(trial.target))
        print(f"{_word(fate, argued.get(trial.name))} {trial.name:60} {fate.seconds:5.0f} s  {fate.said}", flush=True)
        return fate

    try:
        with ThreadPoolExecutor(options.jobs) as threads:  # each waits for a process
            fates = list(threads.map(tried, chosen))
    except BrokenCheckError as error:
        print(error, file=sys.stderr)
        return 1
    wrong += [said for trial, fate in zip(chosen, fates, strict=True) if (said := _wrong(trial, fate, argued))]
    _show(chosen, fates, argued)
    print(*wrong, sep="\n")
    return bool(wrong)


def share(trials: Sequence[Trial], many: int, seed: int) -> list[Trial]:
    """So many of them, spread over the files by size, at least three of each; which ones follows from the seed."""
    chance = random.Random(seed)
    chosen: list[Trial] = []
    for target in dict.fromkeys(trial.target for trial in trials):
        own = [trial for trial in trials if trial.target == target]
        chosen += chance.sample(own, min(len(own), max(3, round(many * len(own) / len(trials)))))
    return chosen


def _word(fate: Fate, argued: str | None) -> str:
    return "caught  " if fate.killer else "argued  " if argued else "SURVIVES"


def _wrong(trial: Trial, fate: Fate, argued: dict[str, str]) -> str:
    if fate.killer and trial.name in argued:
        return f"CAUGHT: {trial.name} is argued to change nothing, and {fate.killer} sees it: {fate.said}"
    if fate.killer or trial.name in argued:
        return ""
    return f"SURVIVES: {trial.name}, line {trial.mutant.line}: {_change(trial.mutant)}"


def _change(mutant: Mutant) -> str:
    return f"{' '.join(mutant.before.split())}  ->  {' '.join(mutant.after.split())}"


def _show(chosen: Sequence[Trial], fates: Sequence[Fate], argued: dict[str, str]) -> None:
    table = Table("file", "mutants", "caught", "argued", "survive", "score")
    tally: dict[str, Counter[str]] = {}
    for trial, fate in zip(chosen, fates, strict=True):
        file = trial.target.relative_to(PACKAGE).as_posix()
        tally.setdefault(file, Counter())[_word(fate, argued.get(trial.name)).strip().lower()] += 1
    tally["all"] = sum(tally.values(), Counter())
    for file, seen in tally.items():
        counted = seen["caught"] + seen["survives"]
        score = f"{100 * seen['caught'] / counted:.0f} %" if counted else "–"
        table.add_row(file, *map(str, (seen.total(), seen["caught"], seen["argued"], seen["survives"])), score)
    Console().print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.checks.mutation", description="Mutants made by rule.")
    parser.add_argument("--only", default="", metavar="WORDS", help="those with these words in their name")
    parser.add_argument("--share", type=int, default=SHARE, metavar="N", help="so many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default: %(default)s)")
    parser.add_argument("--all", action="store_true", help="every one: hours")
    parser.add_argument("--list", action="store_true", help="name them, and stop")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="so many at a time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
