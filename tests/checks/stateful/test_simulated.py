"""The same rules on the simulated system: thousands of runs, in which every step is a choice.

Decides: how many examples, and which broken machines they must find.  Must not know: the rules.
"""

from __future__ import annotations

import pytest
from hypothesis import seed
from hypothesis.stateful import get_state_machine_test, run_state_machine_as_test

from checkedpool._core import manager
from checkedpool._core.deaths_in_a_row import DeathsInARow
from tests.checks.stateful.counting import HAPPENED, IN_A_SIMULATION, ROUNDS, never, until_all_has_happened
from tests.checks.stateful.examples import examples, until_found
from tests.checks.stateful.machines import OnASimulation, OneDeathMore
from tests.whole import HowMany


@pytest.mark.slow
@pytest.mark.timeout(900, method="signal")
def test_every_history_of_a_simulated_pool_is_one_that_the_contract_allows(so_many: HowMany) -> None:
    HAPPENED.clear()
    asked = examples(so_many(400, 25), steps=20)
    run_state_machine_as_test(OnASimulation, settings=asked)
    until_all_has_happened(lambda number: seed(number)(get_state_machine_test(OnASimulation, settings=asked))())
    assert never() == []


def test_more_is_asked_until_all_has_happened_and_not_for_ever() -> None:
    asked: list[int] = []
    HAPPENED.clear()
    until_all_has_happened(lambda number: HAPPENED.update(IN_A_SIMULATION[4 * number : 4 * number + 4]))
    assert never() == []
    HAPPENED.clear()
    until_all_has_happened(asked.append)
    assert asked == list(range(ROUNDS))


def test_a_manager_that_forgets_to_cancel_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager.Manager, "_cancel_waiting", lambda _manager: None)
    with pytest.raises(AssertionError, match="leaves the contract"):
        run_state_machine_as_test(OnASimulation, settings=until_found(400, steps=20))


def test_a_manager_that_gives_up_after_one_bad_start_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "STARTS_BEFORE_GIVING_UP", 1)
    with pytest.raises(AssertionError, match="leaves the contract"):
        run_state_machine_as_test(OnASimulation, settings=until_found(400, steps=20))


def test_a_manager_that_survives_one_death_less_than_it_may_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeathsInARow, "too_many", lambda _row, _others: 2)
    with pytest.raises(AssertionError, match="leaves the contract"):
        run_state_machine_as_test(OneDeathMore, settings=until_found(400, steps=20))
