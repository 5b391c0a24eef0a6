"""What is explored for the verb ``checkedpool check``: a scope, several, mutants.

Decides: what belongs to a verification as a whole, and which counts an exploration is compared with. Must not know: how
anything is explored (``verify`` does), how it is shown. Imported by the command line only, since it needs the extra
``cli``.
"""

from dataclasses import dataclass, replace

import typer

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.cli.many import many_at_once, watched
from checkedpool_model.mutants.by_hand import MUTANTS, Mutant
from checkedpool_model.scopes.all import EVERY_SCOPE, LONG_SCOPES, SCOPES, Scope, UnknownScopeError, scope_named
from checkedpool_model.verify.all_scopes import (
    STRIDE,
    MutantResult,
    Report,
    run_all,
    run_mutant,
    run_mutants,
    run_scopes,
)
from checkedpool_model.verify.one_graph import Limits

__all__ = ["Asked", "asked_for", "explored", "known_scope"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explored, and how."""

    name: str
    scopes: tuple[Scope, ...]
    """None at all: mutants."""
    whole: bool
    """Whether this is a verification, with mutants, coverage and counts."""
    limits: Limits
    jobs: int


def asked_for(scope: str | None, limits: Limits, jobs: int, *, everything: bool, long: bool) -> Asked:
    """One scope, all of a kind, or mutants."""
    if everything or long:
        scopes = EVERY_SCOPE if everything and long else LONG_SCOPES if long else SCOPES
        return Asked("the model", scopes, whole=True, limits=limits, jobs=jobs)
    wanted = () if scope is None else (known_scope(scope),)
    return Asked(scope or "the mutants", wanted, whole=False, limits=limits, jobs=jobs)


def known_scope(name: str) -> Scope:
    """The scope of that name, or an error of usage."""
    try:
        return scope_named(name)
    except UnknownScopeError as error:
        raise typer.BadParameter(str(error)) from error


def explored(asked: Asked, broken: Mutant | None) -> Report:
    """What was asked for, with progress where somebody looks on."""
    with many_at_once(asked.jobs) as executor, watched(asked.name) as say:
        if asked.scopes and asked.whole:
            return run_all(say, executor=executor, scopes=asked.scopes, limits=replace(asked.limits, stride=STRIDE))
        if broken:
            return _with_their_counts([run_mutant(broken)])
        if not asked.scopes:
            return _with_their_counts(run_mutants(MUTANTS, say, executor=executor))
        (result,) = run_scopes(asked.scopes, say, executor=executor, limits=asked.limits)
    known = [run for run in runs.read().scopes if run.name == result.name]
    finished = [result.run] if result.verdict is not Verdict.NOT_FINISHED else []
    wrong = runs.differences("scope", finished, known if finished else [])
    return Report((result,), (), (), tuple(wrong), result.seconds)


def _with_their_counts(results: list[MutantResult]) -> Report:
    names = {result.name for result in results}
    expected = [run for run in runs.read().mutants if run.name in names or len(results) == len(MUTANTS)]
    wrong = runs.differences("mutant", [result.run for result in results], expected)
    return Report((), tuple(results), (), tuple(wrong), sum(result.seconds for result in results))
