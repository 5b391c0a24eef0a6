"""The check itself: its list names what there is, answers are what they are, faults come through to contracts."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.checks.crosshair.mutants import MUTANTS, NotThereError, put_in
from tests.checks.crosshair.report import Asker, BrokenAskingError, asked, contracts_there, listed, report
from tests.repo.tree import ROOT


@pytest.fixture
def importing() -> Iterator[None]:
    """Modules and finders are as before."""
    modules, finders = dict(sys.modules), list(sys.meta_path)
    yield
    sys.modules.clear()
    sys.modules.update(modules)
    sys.meta_path[:] = finders


def test_the_list_names_every_contract_and_no_other() -> None:
    assert set(listed()) == contracts_there()


def test_each_mutant_has_a_contract_and_a_name_of_its_own() -> None:
    assert {mutant.contract for mutant in MUTANTS} <= set(listed())
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 10


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_breaks_is_there_once(mutant: object) -> None:
    (one,) = (known for known in MUTANTS if known is mutant)
    spec = importlib.util.find_spec(one.module)
    assert spec is not None
    assert spec.loader is not None
    source = spec.loader.get_source(one.module)  # type: ignore[attr-defined]  # it is a file's
    assert source.count(one.before) == 1
    compile(source.replace(one.before, one.after), one.module, "exec")


@pytest.mark.usefixtures("importing")
def test_a_mutant_whose_line_is_gone_is_an_error() -> None:
    gone = replace(MUTANTS[0], before="no such line")
    sys.modules.pop(gone.module, None)
    put_in(gone)
    with pytest.raises(NotThereError, match="0 times"):
        importlib.import_module(gone.module)


def test_a_mutant_that_comes_after_its_module_is_an_error() -> None:
    importlib.import_module(MUTANTS[0].module)
    with pytest.raises(NotThereError, match="before it was changed"):
        put_in(MUTANTS[0])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_contract_is_confirmed_and_its_mutant_refuted_with_a_counterexample() -> None:
    found = report(lambda _: None, ["numbers.new_and_unread"], MUTANTS[:1])
    (said,), (refused,) = found.contracts, found.mutants
    assert (said.said, refused.said, found.problems) == ("confirmed", "refuted", ())
    assert "new_and_unread(" in refused.words


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_contract_that_is_not_there_is_no_answer() -> None:
    with Asker() as asker:
        with pytest.raises(BrokenAskingError, match="no_such_contract"):
            asked(asker, ["numbers.no_such_contract"], 1.0)
        (said,) = asked(asker, ["numbers.lent_number"], 10.0)
        assert said.said == "confirmed"


def test_a_name_that_nothing_has_is_wrong_use() -> None:
    command = [sys.executable, "-m", "tests.checks.crosshair", "--name", "nobody"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, "nothing begins with 'nobody'\n")
