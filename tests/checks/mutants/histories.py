"""Mutants that the rules of ``tests/checks/stateful`` find on the simulated system, by the histories.

Decides: what is broken, how many examples find it. Must not know: the rules, the contract. Hypothesis is imported by
the check alone: pytest, which other checks run in their process, wants to be the first to import it.
"""

from __future__ import annotations

from functools import partial
from unittest import mock

from checkedpool._core import manager
from tests.checks.mutants.mutant import Mutant

__all__ = ["MUTANTS", "ruled"]


def ruled(machine: str = "OnASimulation", examples: int = 200) -> str:
    """What the first history says that leaves the contract."""
    from hypothesis import HealthCheck, Phase, settings  # noqa: PLC0415 - see above
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - likewise

    from tests.checks.stateful import machines  # noqa: PLC0415 - likewise

    asked = settings(
        max_examples=examples, stateful_step_count=20, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate], report_multiple_bugs=False,
    )  # fmt: skip
    try:
        run_state_machine_as_test(getattr(machines, machine), settings=asked)
    except Exception as error:  # noqa: BLE001 - a violation of the simulation's, too
        return str(error).splitlines()[-1]
    return ""


def is_not_asked_for_again(_looks: object, _now: object, _place: object) -> bool:
    """Who asks whether a task runs trusts the lane that it found, as ``PoolFuture.running`` once did."""
    return True


MUTANTS: tuple[Mutant, ...] = (
    Mutant("a pool gives up after one bad start", lambda: mock.patch.object(manager, "STARTS_BEFORE_GIVING_UP", 1),
           ruled, "the contract ('C-01', 'C-82')", "C-69"),
    Mutant("running() trusts the lane that it found",
           lambda: mock.patch("tests.checks.stateful.looks.Looks.moved", is_not_asked_for_again),
           partial(ruled, "OnTwoWorkers", 1000), "the contract ('C-04',): running()", "C-04"),
)  # fmt: skip
"""Each with the machine that finds it."""
