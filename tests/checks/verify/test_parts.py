"""Parts of ``make verify``. Decides: that a part is what it is called, and that all parts together are the whole."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from checkedpool_model.scopes.all import EVERY_SCOPE
from tests.checks.crosshair.report import listed
from tests.checks.interleavings.catalogue import scopes_of
from tests.checks.size import Size
from tests.checks.verify import contract, crosshair, generated_mutants, model
from tests.checks.verify.__main__ import chosen, main
from tests.checks.verify.contract import graphs_of
from tests.checks.verify.histories import EXAMPLES, SCENARIOS
from tests.checks.verify.report import Check


@pytest.mark.parametrize("size", Size)
def test_every_check_is_in_exactly_one_part(size: Size) -> None:
    whole = chosen(size)
    names = dict.fromkeys(check.section for check in whole)
    parts = [check for name in names for check in chosen(size, only=[name])]
    assert sorted(map(_named, parts)) == sorted(map(_named, whole))


def test_what_is_left_out_by_name_is_all_that_is_missing() -> None:
    whole = [_named(check) for check in chosen(Size.LONG)]
    assert [_named(check) for check in chosen(Size.LONG, without=["TLC"])] == [one for one in whole if one[0] != "TLC"]
    assert len(chosen(Size.LONG, without=["TLC"])) == len(whole) - 1


def _named(check: Check) -> tuple[str, str]:
    return check.section, check.again


def test_a_larger_run_leaves_out_no_check_and_no_scope_of_a_smaller_one() -> None:
    for smaller, larger in pairwise(Size):
        assert Counter(check.section for check in chosen(smaller)) <= Counter(check.section for check in chosen(larger))
        assert set(model.scopes_of(smaller)) <= set(model.scopes_of(larger))
        assert set(scopes_of(smaller)) <= set(scopes_of(larger))
        assert set(crosshair_files(smaller)) <= set(crosshair_files(larger))
        assert set(generated_mutants.PARTS[smaller]) <= set(generated_mutants.PARTS[larger])
        assert graphs_of(contract.asked_scopes(smaller)) <= graphs_of(contract.asked_scopes(larger))
        assert EXAMPLES[smaller].keys() <= EXAMPLES[larger].keys()
        assert all(EXAMPLES[smaller][stage] < EXAMPLES[larger][stage] for stage in EXAMPLES[smaller])
        assert SCENARIOS[smaller] < SCENARIOS[larger]
    assert model.scopes_of(Size.ALL) == EVERY_SCOPE


def crosshair_files(size: Size) -> set[str]:
    return set(crosshair.FILES.get(size, (name.partition(".")[0] for name in listed())))


def test_a_share_of_the_contract_has_graphs_of_whole_scopes_alone() -> None:
    whole = {scope.name: scope.scripts for scope in contract.asked_scopes(Size.LONG)}
    for scope in contract.asked_scopes(Size.QUICK):
        assert scope.scripts
        assert set(scope.scripts) <= set(whole[scope.name])


def test_a_part_with_a_name_that_no_check_has_is_refused_and_the_names_are_said() -> None:
    command = [sys.executable, "-m", "tests.checks.verify", "--only", "Kill"]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert asked.returncode == 2
    assert "Kills" in asked.stderr


def test_a_part_that_only_a_larger_size_has_is_refused_and_it_is_said_which(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "Proof"])
    assert ended.value.code == 2
    assert "make verify has no part Proof: make verify-long has" in capsys.readouterr().err
