"""Real pools under every start method, driven by Hypothesis: clients, kills, faults at exact points.

Decides: how many examples each start method gets.  Must not know: the rules.
"""

from __future__ import annotations

import pytest
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from checkedpool import ProcessPoolExecutor
from checkedpool_spec.vocabulary import DeathPolicy
from tests.audit import mutants
from tests.stateful.examples import examples, until_found
from tests.stateful.real import Real, plan
from tests.stateful.rules import Rules, Stage

SHARES = {"fork": 40, "forkserver": 15, "spawn": 10}


class OnProcesses(Rules):
    """The rules on real processes."""

    method = "fork"
    stage_of = Real
    faults = True

    def make(self, workers: int, policy: DeathPolicy, seed: int) -> Stage:
        if self.method == "fork":
            policy = DeathPolicy.BREAK  # the other one does not go with it (C-85)
        return self.stage_of(self.method, workers, policy, plan(seed) if self.faults else [])


@pytest.mark.timeout(900, method="signal")
@pytest.mark.parametrize("method", SHARES)
def test_every_history_of_a_real_pool_is_one_that_the_contract_allows(method: str) -> None:
    machine = type(f"On{method.capitalize()}", (OnProcesses,), {"method": method})
    run_state_machine_as_test(machine, settings=examples(SHARES[method], steps=12))


@pytest.mark.timeout(300, method="signal")
@pytest.mark.parametrize("mutant", [mutants.CancelsInNameOnly, mutants.WaitsTooShort, mutants.RunsWhatWaits])
def test_an_executor_that_breaks_a_clause_is_found(mutant: type[ProcessPoolExecutor]) -> None:
    """What a mutant does may depend on the moment: then Hypothesis calls the failure flaky, in one way or another."""
    differences: list[object] = []

    class Mutant(Real):
        executor = mutant

        def close(self) -> None:
            differences.append(self.checker.difference)
            super().close()

    machine = type("OnAMutant", (OnProcesses,), {"stage_of": Mutant, "faults": False})
    with pytest.raises((AssertionError, Flaky)):
        run_state_machine_as_test(machine, settings=until_found(400, steps=12))
    assert any(differences)
