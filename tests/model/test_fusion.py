"""Steps that the model takes at once, taken apart. Decides: that nothing can happen between them that matters.

A fusion is an argument; here it meets the graph in which it was not made, in the smallest scopes.
"""

from dataclasses import replace

import pytest

from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_model.checker.system import Action, Fair, Seen
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import Signal, State, Worker, alive, with_lane
from checkedpool_model.protocol.symmetry import canonical
from tests.model.graphs import Table, graphs, outcomes, reachable

# --- a signal and the death that it causes ----------------------------------------------------------------------------


def only_sends(_k: Bounds, s: State, i: int) -> State:
    """The signal is on its way; the process goes on as if nothing were."""
    return with_lane(s, i, s.lanes[i]._replace(signal=Signal.OBEYED))


def was_signalled(_k: Bounds, s: State, i: int) -> bool:
    return alive(s.lanes[i]) and s.lanes[i].signal == Signal.OBEYED


def dies(_k: Bounds, s: State, i: int) -> State:
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.ENDED))


def with_slow_signals() -> Table:
    slow = tuple(
        replace(action, effect=only_sends) if action.name in ("ManagerTerminates", "ManagerKills") else action
        for action in ACTIONS
    )
    return (*slow, Action("WorkerDiesOfSignal", "lane", (was_signalled,), dies, Fair.WEAK, Seen.HIDDEN, "P-63"))


SIGNALS = [(scope, number) for scope, count in (("refusing-to-die", 5), ("boot", 3)) for number in range(count)]


@pytest.mark.parametrize(("scope", "number"), SIGNALS)
def test_a_process_that_goes_on_after_the_signal_changes_no_claim_and_no_outcome(scope: str, number: int) -> None:
    slow, quick = list(graphs(scope, with_slow_signals()))[number], list(graphs(scope))[number]
    assert explore(slow).verdict is Verdict.HOLDS
    fused, apart = reachable(quick, canonical), reachable(slow, canonical)
    assert fused < apart
    assert outcomes(quick.constants, fused) == outcomes(slow.constants, apart)


# --- a manager that sleeps, and one that never does -------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["gate", "idle", "exit-handlers"])
def test_a_manager_that_never_sleeps_has_all_the_outcomes_of_one_that_does(scope: str) -> None:
    for sleeping, sleepless in zip(graphs(scope), graphs(scope, sleeps=False), strict=True):
        with_sleep = reachable(sleeping, canonical)
        without = reachable(sleepless, canonical)
        assert outcomes(sleeping.constants, with_sleep) == outcomes(sleepless.constants, without)
        assert len(without) < len(with_sleep)
