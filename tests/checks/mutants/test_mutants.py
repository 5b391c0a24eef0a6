"""Each mutant of the list is caught by the check that it names, which finds nothing where nothing is broken.

Here: those whose checks take a second. ``make mutants`` runs all, and shows that no cheaper kind of check would do.
"""

from dataclasses import replace

import pytest

from checkedpool.testing import Scope, shutdown, submit
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.checks.conformance.scopes import FORKED, KILL, submits
from tests.checks.mutants.__main__ import own, witnessed
from tests.checks.mutants.code import TWO, WITHOUT_CONTROL, explored
from tests.checks.mutants.ladder import LADDER, WITNESSES, Witness
from tests.checks.mutants.listed import MUTANTS, NOTHING, QUICK, mutant_named
from tests.checks.mutants.mutant import Mutant
from tests.checks.mutants.under import OWN, NotAppliedError, said_under

CANCEL = shutdown(ShutdownLevel.CANCEL)
BOTH = (*submits(2), CANCEL)


@pytest.mark.slow
@pytest.mark.one_in(12, "make mutants")
@pytest.mark.parametrize("mutant", QUICK, ids=lambda mutant: mutant.name)
def test_it_is_caught_and_by_nothing_else_than_its_being_broken(mutant: Mutant) -> None:
    caught, said = mutant.is_caught()
    assert caught, said or "nothing was found"
    if mutant.name not in WITHOUT_CONTROL:
        assert not mutant.killer()


@pytest.mark.slow
@pytest.mark.parametrize(
    "scope", [replace(TWO, scripts=((submit(0), CANCEL),)), replace(FORKED, scripts=(BOTH,))], ids=str
)
def test_what_two_workers_with_a_task_each_show_is_not_seen_with_one_of_either(scope: Scope) -> None:
    mutant = mutant_named("the manager takes tickets back from one worker only when it cancels")
    with mutant.breaks():
        assert explored(replace(TWO, scripts=(BOTH,))).startswith(mutant.found)
        assert not explored(replace(scope, budget=KILL))


def test_what_has_no_control_is_there() -> None:
    assert set(WITHOUT_CONTROL) <= {mutant.name for mutant in MUTANTS}


def test_each_name_is_there_once_and_each_kind_of_check_has_a_witness() -> None:
    names = [mutant.name for mutant in (*MUTANTS, NOTHING)]
    assert len(set(names)) == len(names)
    assert [witness.check for witness in WITNESSES] == [check.name for check in LADDER]
    assert {witness.mutant for witness in WITNESSES} <= set(names)


@pytest.mark.slow
@pytest.mark.left_to("make mutants")
def test_a_mutant_of_the_real_pool_is_caught_in_a_process_of_its_own() -> None:
    assert said_under("a worker is told to leave for no reason", OWN).startswith("run 0: diverged")
    assert not said_under(NOTHING.name, "traces")


@pytest.mark.slow
@pytest.mark.left_to("make test-all alone")
def test_a_witness_that_a_cheaper_check_kills_is_refused() -> None:
    wrong = witnessed(Witness("histories", "the simulator tears no message"))
    assert "killed by platform, simulated" in wrong
    assert witnessed(Witness("platform, simulated", NOTHING.name)).endswith("survives")


@pytest.mark.slow
def test_a_mutant_that_cannot_be_applied_is_no_success() -> None:
    with pytest.raises(NotAppliedError, match="there is none"):
        said_under("there is none", OWN)
    gone = Mutant("there is none", mutant_named(NOTHING.name).breaks, str, "")
    assert own(gone).startswith("NOT APPLIED")
