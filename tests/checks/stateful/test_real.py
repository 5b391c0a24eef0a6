"""Real pools under every start method, driven by Hypothesis: clients, kills, faults at exact points.

Decides: how many examples each start method gets.  Must not know: the rules.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from checkedpool import ProcessPoolExecutor
from checkedpool.testing.audit.run import tasks
from tests.audit import mutants
from tests.checks.stateful.examples import examples, until_found
from tests.checks.stateful.machines import OnProcesses, on
from tests.checks.stateful.real import Real
from tests.whole import HowMany

SHARES = {"fork": 40, "forkserver": 15, "spawn": 10}


@pytest.mark.timeout(900, method="signal")
@pytest.mark.parametrize("method", SHARES)
def test_every_history_of_a_real_pool_is_one_that_the_contract_allows(method: str, so_many: HowMany) -> None:
    run_state_machine_as_test(on(method), settings=examples(so_many(SHARES[method], SHARES[method] // 4), steps=12))


@pytest.mark.timeout(300, method="signal")
@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("mutant", [mutants.CancelsInNameOnly, mutants.WaitsTooShort, mutants.RunsWhatWaits])
def test_an_executor_that_breaks_a_clause_is_found(mutant: type[ProcessPoolExecutor]) -> None:
    """What a mutant does may depend on the moment: then Hypothesis calls the failure flaky, in one way or another."""
    differences: list[object] = []

    class Mutant(Real):
        executor = mutant
        limit = 5.0  # some owe for ever what they do not give

        def close(self) -> None:
            differences.append(self.checker.difference)
            super().close()

    machine = type("OnAMutant", (OnProcesses,), {"stage_of": Mutant, "faults": False})
    with pytest.raises((AssertionError, Flaky)):
        run_state_machine_as_test(machine, settings=until_found(400, steps=12))
    assert any(differences)


def test_what_a_task_has_left_behind_ends_with_the_history(tmp_path: Path) -> None:
    """Asked by what is asked after every test here: of some examples a child stayed, which held the worker's files."""
    log = tmp_path / "history"
    log.touch()
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        assert isinstance(pool.submit(tasks.leaves, str(log), 0).exception(), BrokenProcessPool)
    log.unlink()
