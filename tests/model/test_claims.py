"""The claims about the pool. Decides: that each reads what it declares, and says which promise it stands for."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from checkedpool_model.checker.explore import explore
from checkedpool_model.checker.parts import Reads
from checkedpool_model.checker.system import Always
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP
from checkedpool_model.protocol.state import End, FutureState, State, seen
from checkedpool_model.protocol.symmetry import canonical
from tests.model.graphs import graphs, reachable

SPEC = Path(__file__).parents[2] / "spec"


class Poison:
    """What must not be read: asking whether it is true, comparing it, counting it or going through it fails."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, _other: object) -> bool:
        raise AssertionError("a claim reads a field that it does not declare")

    def __bool__(self) -> bool:
        raise AssertionError("a claim asks whether a field is true that it does not declare")


READING = [claim for claim in ALWAYS if claim.reads]
LOOKED_AT = ("boot", "user-code-fails", "idle", "priority", "live-shrink", "deaths-in-a-row")
"""Scopes in which something sleeps, has a callback, is dismissed, dies in a row or goes before another."""


@pytest.fixture(scope="module")
def states() -> list[tuple[Bounds, State]]:
    """Some states of each of these scopes."""
    found = []
    for scope in LOOKED_AT:
        system = next(graphs(scope))
        met = explore(system.without_claims(), limit=3_000, keep=True).kept.states
        found += [(system.constants, state) for state in met[:: max(1, len(met) // 300)]]
    return found


def reads_what_it_declares(claim: Always[Bounds, State], states: list[tuple[Bounds, State]]) -> None:
    """Every other field is made such that to read it fails."""
    unread = {name: Poison() for name in State._fields if name not in claim.reads}
    for k, state in states:
        poisoned = state._replace(**unread)  # type: ignore[arg-type]
        assert claim.holds(k, poisoned)
        assert claim.sometimes(k, poisoned) == claim.sometimes(k, state)


@pytest.mark.parametrize("claim", READING, ids=lambda claim: claim.name)
def test_a_claim_reads_only_the_fields_that_it_declares(
    claim: Always[Bounds, State], states: list[tuple[Bounds, State]]
) -> None:
    reads_what_it_declares(claim, states)


@pytest.mark.parametrize("claim", READING, ids=lambda claim: claim.name)
def test_a_claims_text_names_only_the_fields_that_it_declares(claim: Always[Bounds, State]) -> None:
    """What is called and not put in as text may read every field: of that the states alone can tell."""
    reads = Reads(next(graphs("boot")))
    for predicate in (claim.holds, claim.sometimes):
        fields = reads.predicate(predicate)
        assert fields == reads.every or {State._fields[at] for at in fields} <= set(claim.reads)


def test_a_claim_that_reads_more_than_it_declares_is_seen(states: list[tuple[Bounds, State]]) -> None:
    seen = 0
    for claim in READING:
        for name in claim.reads:
            less = replace(claim, reads=tuple(other for other in claim.reads if other != name))
            try:
                reads_what_it_declares(less, states)
            except (AssertionError, AttributeError, TypeError):
                seen += 1
    assert seen >= 2 * len(READING)


def test_the_clauses_of_the_contract_that_claims_name_exist() -> None:
    contract = (SPEC / "contract.md").read_text()
    claims = [claim.holds for claim in ALWAYS] + [claim.holds for claim in ON_STEP]
    named = {clause for claim in claims for clause in re.findall(r"C-\d+", claim.__doc__ or "")}
    assert named
    assert not {clause for clause in named if f"**{clause} " not in contract}


def test_every_claim_says_in_a_sentence_what_it_claims() -> None:
    claims = [claim.holds for claim in ALWAYS] + [claim.holds for claim in ON_STEP]
    assert not [holds.__name__ for holds in claims if not (holds.__doc__ or "").strip()]


def test_a_begun_task_without_an_end_is_seen_running() -> None:
    system = next(graphs("idle"))
    for state in reachable(system, canonical):
        for t, task in enumerate(state.tasks):
            if task.end == End.OPEN:
                assert seen(state, t) is (FutureState.RUNNING if task.begun else FutureState.PENDING)
