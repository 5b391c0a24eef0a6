"""One scope of the real code, explored and asked everything: what came of it.

Decides: what is asked of a graph, and that it is asked of the same graph. Must not know: which scopes there are.

Asked are: no step is wrong, no deadlock, the end stays in reach from everywhere (``explore``); what is owed happens in
every fair run (``check_leads_to``); each step is what the contract allows, the ends are its ends, and what it owes is
not neglected, by stutters or otherwise (``check_refinement``). The last is not asked where clients are interrupted in
their calls: the contract does not say when a request is carried out whose caller never rang.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time
from unittest import mock

from checkedpool._core import worker_record
from checkedpool.testing import Scope, World
from checkedpool_model.checker.explore import Counterexample, Verdict, explore, no_garbage_collection
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.refinement import Refinement, asked_once, check_refinement
from checkedpool_model.checker.story import changes
from checkedpool_spec import contract
from checkedpool_spec.contract import Contract
from tests.checks.conformance.allowed import is_followed
from tests.checks.conformance.contract import as_contract, contract_of, read, steps
from tests.checks.conformance.coverage import covered
from tests.checks.conformance.follow import follow
from tests.checks.conformance.scopes import Case
from tests.checks.conformance.system import Code, system_of

__all__ = ["LIMIT", "Checked", "check"]

LIMIT = 1_000_000
"""States after which a graph is not finished."""
SHOWN = 5
"""How many of the reasons why a step is not allowed are told."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a scope has come to."""

    name: str
    verdict: Verdict
    states: int
    edges: int
    depth: int
    seconds: float
    covered: frozenset[str]
    """Steps, rules of the contract, and, of graphs without reduced steps, rows and pairs of command and event."""
    story: tuple[str, ...] = ()
    """What is wrong, and the steps that lead there."""


def check(case: Case, limit: int = LIMIT, *, tied: bool = False) -> Checked:
    """Explore the scope with the frame numbers that it has, and ask everything; the first thing wrong ends it."""
    last, unread = case.numbers or (worker_record.LAST_SEQ, worker_record.UNREAD)
    with (
        mock.patch.object(worker_record, "LAST_SEQ", last),
        mock.patch.object(worker_record, "UNREAD", unread),
        no_garbage_collection(),
    ):
        return _check(case, limit, tied=tied)


def _check(case: Case, limit: int, *, tied: bool) -> Checked:
    scope = case.scope
    begun = process_time()
    system = system_of(scope)
    explored = explore(system, limit=limit, keep=True)
    graph, found = explored.kept, explored.counterexample
    verdict, rules, story = explored.verdict, set[str](), tuple[str, ...]()
    if found is None and verdict is Verdict.HOLDS:
        found = check_leads_to(system, graph=graph, one_will_do=True).counterexample
    if found is not None:
        verdict, story = Verdict.VIOLATED, tuple(_told(system.constants, found))
    elif verdict is Verdict.HOLDS and not _leaves_a_shutdown(scope):
        seen = asked_once(as_contract, read)
        refined = check_refinement(system, contract_of(system), seen, steps(scope), graph=graph)
        verdict, story = refined.verdict, tuple(_refused(system.constants, refined))
        rules = {rule.name for rule in contract.RULES} - set(refined.unmatched)
    used: frozenset[str] = frozenset()
    if verdict is Verdict.HOLDS and is_followed(scope) and not case.numbers:
        followed = follow(system.constants, graph, tied=tied)
        verdict = Verdict.VIOLATED if followed.story else verdict
        used, story = frozenset(f"protocol {name}" for name in followed.used), followed.story
    fired = {name for name, count in explored.fired.items() if count}
    touched = fired | {f"contract {rule}" for rule in rules} | covered(system.constants, graph) | used
    return Checked(
        str(scope), verdict, explored.states, explored.transitions, explored.depth, process_time() - begun,
        frozenset(touched), story,
    )  # fmt: skip


def _leaves_a_shutdown(scope: Scope) -> bool:
    """Whether one may be interrupted between its post and its wake-up: nobody says when it is carried out then."""
    return scope.are_left and any(call.what == "shutdown" for script in scope.scripts for call in script[:-1])


def _told(code: Code, found: Counterexample[World]) -> Iterator[str]:
    last = found.states[-1]
    yield f"{found.claim}: {code.why_not_the_end(last) or 'it goes on without it'}"
    for number, move in enumerate(found.moves):
        if number == found.lasso_from:
            yield "again and again:"
        yield f"  {number + 1}. {move.action} {move.index}"
    if found.lasso_from == len(found.moves):
        yield "nothing more happens"


def _refused(code: Code, refined: Refinement[World, Contract]) -> Iterator[str]:
    if refined.counterexample is None:
        return
    yield from _told(code, refined.counterexample)
    yield "to a caller:"
    if refined.before is not None and refined.after is not None:
        yield from (f"  {change}" for change in changes(refined.before, refined.after))
    yield from (f"  {reason}" for reason in refined.reasons[:SHOWN])
