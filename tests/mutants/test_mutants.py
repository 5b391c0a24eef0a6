"""Each mutant of the list is caught by the check that it names, which finds nothing where nothing is broken."""

import pytest

from tests.mutants.__main__ import MUTANTS
from tests.mutants.code import WITHOUT_CONTROL
from tests.mutants.mutant import Mutant


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_is_caught_and_by_nothing_else_than_its_being_broken(mutant: Mutant) -> None:
    caught, said = mutant.is_caught()
    assert caught, said or "nothing was found"
    if mutant.name not in WITHOUT_CONTROL:
        assert not mutant.killer()


def test_what_has_no_control_is_there() -> None:
    assert set(WITHOUT_CONTROL) <= {mutant.name for mutant in MUTANTS}
