"""The claims about the pool. Decides: that each reads what it declares, and says which promise it stands for."""

import re
from pathlib import Path

import pytest

from checkedpool_model.checker.system import Always
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP
from checkedpool_model.protocol.state import End, FutureState, State, seen
from checkedpool_model.protocol.symmetry import canonical
from tests.model.graphs import graphs, reachable

SPEC = Path(__file__).parents[2] / "spec"


class Poison:
    """What must not be read: comparing it, counting it or going through it fails."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, _other: object) -> bool:
        raise AssertionError("a claim reads a field that it does not declare")


@pytest.mark.parametrize("claim", [claim for claim in ALWAYS if claim.reads], ids=lambda claim: claim.name)
def test_a_claim_reads_only_the_fields_that_it_declares(claim: Always[Bounds, State]) -> None:
    unread = {name: Poison() for name in State._fields if name not in claim.reads}
    system = next(graphs("boot"))
    for state in sorted(reachable(system, canonical))[::17]:
        poisoned = state._replace(**unread)  # type: ignore[arg-type]
        assert claim.holds(system.constants, poisoned)
        assert claim.sometimes(system.constants, poisoned) == claim.sometimes(system.constants, state)


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
