"""The contract as rows: what happens in the protocol is what the contract allows, and what it owes happens.

Decides: how the refinement reads on the page, and which scopes are asked how soon. Must not know: how it is checked.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict as Found
from checkedpool_model.checker.parallel import counting, each
from checkedpool_model.scopes.all import SCOPES, Scope
from checkedpool_model.verify.refines_contract import LATER, Refined, gaps_of, is_asked, run_refinement
from tests.checks.size import Size
from tests.checks.verify.model import COMMAND, pool
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["asked_scopes", "graphs_of", "rows", "rows_of"]

TOO_LARGE = frozenset({"3x4"})
"""Scopes that are not asked at all: here no state may stand for others, since each future is one of the contract's."""
QUICK_EVERY = 2
"""Of the graphs of a scope each so many-th is asked where nobody is to wait long."""


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Ask all graphs, or those that everybody is asked to wait for."""
    wanted = asked_scopes(size)
    for row in _rows(say, wanted):
        whole = f"{graphs_of(wanted)} graphs of {graphs_of(asked_scopes())}, all in {Size.LONG.value}"
        yield row.as_share(whole) if row.states and size is Size.QUICK else row


def asked_scopes(size: Size = Size.ALL) -> list[Scope]:
    """The scopes of which the contract speaks, and that are not too large; or some, with some of their graphs."""
    every = [scope for scope in SCOPES if is_asked(scope) and scope.name not in TOO_LARGE]
    if size is not Size.QUICK:
        return every
    return [replace(scope, scripts=scope.scripts[::QUICK_EVERY]) for scope in every if scope.name not in LATER]


def graphs_of(scopes: Iterable[Scope]) -> int:
    """How many there are."""
    return sum(len(scope.scripts) for scope in scopes)


def _rows(say: Say, scopes: Sequence[Scope]) -> Iterator[Row]:
    with pool() as executor:
        yield from rows_of(_refined(executor, scopes, say))


def _refined(executor: Executor, scopes: Sequence[Scope], say: Say) -> list[Refined]:
    known = {run.name: run.states for run in runs.read().scopes}
    largest_first = sorted(scopes, key=lambda scope: -known.get(scope.name, 0))  # else one would work alone at the end
    work = [(scope,) for scope in largest_first]
    tell = counting(say, len(work))
    return each(executor, run_refinement, work, lambda found: tell(f"the contract in {found.name}", found.states))


def rows_of(results: Iterable[Refined]) -> Iterator[Row]:
    """One row for all scopes, one for the rules of the contract that no step was."""
    asked = list(results)
    wrong = [one for one in asked if one.verdict is not Found.HOLDS]
    verdicts = [Verdict(one.verdict.value) for one in wrong]
    yield Row(
        section="Contract",
        name="refinement",
        verdict=Verdict.VIOLATED if Verdict.VIOLATED in verdicts else Verdict.NOT_FINISHED if wrong else Verdict.HOLDS,
        seconds=sum(one.seconds for one in asked),
        seen=f"{len(asked)} scopes",
        states=sum(one.states for one in asked),
        transitions=sum(one.transitions for one in asked),
        trouble=tuple(line for one in wrong for line in one.story or (f"{one.name}: {one.verdict.value}",)),
        again=f'{COMMAND} "{wrong[0].name}"' if wrong else "make verify",
    )
    gaps = tuple(gaps_of(asked))
    yield Row(
        section="Contract",
        name="its rules",
        verdict=Verdict.VIOLATED if gaps else Verdict.HOLDS,
        seconds=0.0,
        seen=f"{len(gaps)} problems" if gaps else "each is some step's, but for what is listed with a reason",
        trouble=gaps,
        again="make verify",
    )
