"""The model's verification as rows: a row per scope, then what all of them together must come to.

Decides: how the model's report reads on the page, and that no problem in it can be left out. Must not know: how
anything is explored.

The graphs are explored beside each other in the pool that this project is about: its own check is one of its users.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from math import inf
from pathlib import Path
from time import perf_counter

from checkedpool import ProcessPoolExecutor
from checkedpool_model import runs
from checkedpool_model.cli.many import usable_cores
from checkedpool_model.mutants.by_hand import MUTANTS
from checkedpool_model.scopes.all import EVERY_SCOPE, SCOPES, Scope
from checkedpool_model.scopes.covered import asked_conjuncts, state_fields
from checkedpool_model.verify.all_scopes import (
    STRIDE,
    MutantResult,
    Report,
    ScopeResult,
    has_quick,
    run_mutants,
    scopes_as_they_end,
    together,
)
from checkedpool_model.verify.one_graph import Limits
from tests.checks.size import Size
from tests.checks.verify.report import Row, Say, Verdict
from tests.checks.verify.scope_bounds import fired, killed, of_scope

__all__ = ["CHECKEDPOOL", "COMMAND", "pool", "rows", "rows_of", "scopes_of"]

CHECKEDPOOL = os.path.relpath(Path(sys.executable).with_name("checkedpool"))
COMMAND = f"{CHECKEDPOOL} check"

SAFE = "Model"
LIVE = "Model, at last: under the fairness that the actions declare"
LONG = "Model, what takes long"
COUNTS = "counts"
SMALL = 100_000.0
"""States."""
KNOWN = {scope.name: scope for scope in EVERY_SCOPE}
PLACES = {name: number for number, name in enumerate(KNOWN)}


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Each scope of this size when it is done, then what all of them come to."""
    scopes = scopes_of(size)
    found: dict[str, ScopeResult] = {}
    begun = perf_counter()
    with pool() as executor:
        for name, result in scopes_as_they_end(
            executor, scopes, lambda what: say(f"model: {what}"), limits=Limits(stride=STRIDE)
        ):
            found[name] = result
            yield _scope(result)
        wanted = MUTANTS if has_quick(scopes) else ()
        mutants = run_mutants(wanted, lambda what: say(f"model, mutants: {what}"), executor=executor)
    left = len(EVERY_SCOPE) - len(scopes)
    for row in _whole(together([found[scope.name] for scope in scopes], mutants, perf_counter() - begun)):
        is_counts = left and row.name == COUNTS and row.verdict is Verdict.HOLDS
        yield replace(row, seen=f"{row.seen}; {left} scopes more in {Size.ALL.value}") if is_counts else row


def scopes_of(size: Size) -> tuple[Scope, ...]:
    """What is explored at this size: of what takes long, in the second one, what was small the last time."""
    known = {run.name: run.states for run in runs.read().scopes}
    limit = {Size.QUICK: 0.0, Size.LONG: SMALL, Size.ALL: inf}[size]
    return tuple(scope for scope in EVERY_SCOPE if scope in SCOPES or known.get(scope.name, inf) <= limit)


def pool() -> Executor:
    """Our own executor, with a worker for each core that we may use."""
    return ProcessPoolExecutor(usable_cores())


def rows_of(report: Report) -> Iterator[Row]:
    """The rows of one report."""
    yield from map(_scope, report.scopes)
    yield from _whole(report)


def _whole(report: Report) -> Iterator[Row]:
    """What all of them together come to."""
    yield _mutants(report.mutants)
    # What was not explored to its end has not touched everything, nor can its counts be right.
    finished = all(scope.verdict.value != Verdict.NOT_FINISHED.value for scope in report.scopes)
    wrong = Verdict.VIOLATED if finished else Verdict.NOT_FINISHED
    actions = len({action for scope in report.scopes for action, count in scope.fired if count})
    covered = _all_or(wrong, "coverage", report.coverage_gaps, f"{actions} actions, all claims")
    yield replace(covered, tables=(fired(report.scopes),))
    yield _all_or(wrong, "what matters", report.idle, _mattering(report), sum(s.touching for s in report.scopes))
    asked = len(report.scopes) + len(report.mutants)
    yield _all_or(wrong, COUNTS, report.wrong_counts, f"{asked} runs, as in runs.toml")


def _mattering(report: Report) -> str:
    asked = sum(scope.touched.asked for scope in report.scopes)
    known = sum(scope.touched.known for scope in report.scopes)
    what = f"{len(asked_conjuncts())} conjuncts decide, {len(state_fields())} fields change, but for what is listed"
    return f"{what}: asked in {asked:,} of {known:,} states"


def _scope(scope: ScopeResult) -> Row:
    return Row(
        section=LIVE if scope.live else LONG if scope.long else SAFE,
        name=scope.name,
        verdict=Verdict(scope.verdict.value),
        seconds=scope.seconds,
        seen=f"{scope.graphs} graphs, depth {scope.depth}",
        states=scope.states,
        transitions=scope.transitions,
        trouble=scope.story or ((scope.stopped,) if scope.stopped else ()),
        again=scope.finding.command.replace("checkedpool", CHECKEDPOOL, 1)
        if scope.finding
        else f'{COMMAND} "{scope.name}"',
        place=PLACES.get(scope.name, 0),
        words=(scope.finding.word,) if scope.finding else (),
        tables=of_scope(KNOWN[scope.name]) if scope.name in KNOWN else (),
    )


def _mutants(mutants: Sequence[MutantResult]) -> Row:
    survivors = [mutant for mutant in mutants if not mutant.caught]
    return Row(
        section="Model as a whole",
        name="mutants",
        verdict=Verdict.VIOLATED if survivors or not mutants else Verdict.HOLDS,
        seconds=sum(mutant.seconds for mutant in mutants),
        seen=f"{len(mutants) - len(survivors)} of {len(mutants)} caught",
        trouble=tuple(
            f"{mutant.name}: must be caught by {mutant.killer} in {mutant.graph}, was by {mutant.caught_by or 'nobody'}"
            for mutant in survivors
        ),
        again=f"{COMMAND} --mutants",
        place=len(PLACES),
        tables=(killed(mutants),) if mutants else (),
    )


def _all_or(wrong: Verdict, name: str, problems: Sequence[str], seen: str, seconds: float = 0.0) -> Row:
    return Row(
        section="Model as a whole",
        name=name,
        verdict=wrong if problems else Verdict.HOLDS,
        seconds=seconds,
        seen=f"{len(problems)} problems" if problems else seen,
        trouble=tuple(problems),
        again=f"{COMMAND} --all",
        place=len(PLACES),
    )
