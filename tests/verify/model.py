"""The model's verification as rows: a row per scope, one for all mutants, one for coverage, one for the counts.

Decides: how the model's report reads on the page, and that no problem in it can be left out. Must not know: how
anything is explored.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from checkedpool_model.verify import MutantResult, Report, ScopeResult, run_all
from tests.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "rows", "rows_of"]

COMMAND = f"{os.path.relpath(Path(sys.executable).with_name('checkedpool'))} check"


def rows(say: Say) -> Iterator[Row]:
    """Explore everything, then say what was found."""
    yield from rows_of(run_all(lambda what: say(f"model: {what}")))


def rows_of(report: Report) -> Iterator[Row]:
    """The rows of one report."""
    yield from map(_scope, report.scopes)
    yield _mutants(report.mutants)
    # What was not explored to its end has not touched everything, nor can its counts be right.
    finished = all(scope.verdict.value != Verdict.NOT_FINISHED.value for scope in report.scopes)
    wrong = Verdict.VIOLATED if finished else Verdict.NOT_FINISHED
    actions = len({action for scope in report.scopes for action, count in scope.fired if count})
    yield _all_or(wrong, "coverage", report.coverage_gaps, f"{actions} actions, all claims")
    runs = len(report.scopes) + len(report.mutants)
    yield _all_or(wrong, "counts", report.wrong_counts, f"{runs} runs, as in runs.toml")


def _scope(scope: ScopeResult) -> Row:
    return Row(
        section="Model",
        name=scope.name,
        verdict=Verdict(scope.verdict.value),
        seconds=scope.seconds,
        seen=f"{scope.graphs} graphs, depth {scope.depth}",
        states=scope.states,
        transitions=scope.transitions,
        trouble=scope.story,
        again=f'{COMMAND} "{scope.name}"',
    )


def _mutants(mutants: Sequence[MutantResult]) -> Row:
    survivors = [mutant for mutant in mutants if not mutant.caught]
    return Row(
        section="Model",
        name="mutants",
        verdict=Verdict.VIOLATED if survivors or not mutants else Verdict.HOLDS,
        seconds=sum(mutant.seconds for mutant in mutants),
        seen=f"{len(mutants) - len(survivors)} of {len(mutants)} caught",
        trouble=tuple(
            f"{mutant.name}: must be caught by {mutant.killer} in {mutant.graph}, was by {mutant.caught_by or 'nobody'}"
            for mutant in survivors
        ),
        again=f"{COMMAND} --mutants",
    )


def _all_or(wrong: Verdict, name: str, problems: Sequence[str], seen: str) -> Row:
    return Row(
        section="Model",
        name=name,
        verdict=wrong if problems else Verdict.HOLDS,
        seconds=0.0,
        seen=f"{len(problems)} problems" if problems else seen,
        trouble=tuple(problems),
        again=f"{COMMAND} --all",
    )
