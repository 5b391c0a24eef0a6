"""The rules on each stage.

Decides: which stage, which tasks, which policy.  Must not know: how many examples there are.
"""

from __future__ import annotations

from checkedpool.testing.audit import Work
from checkedpool_spec.vocabulary import DeathPolicy
from tests.checks.stateful.real import Real, plan
from tests.checks.stateful.rules import Rules, Stage
from tests.checks.stateful.simulated import WORKS, Simulated

__all__ = ["METHODS", "OnASimulation", "OnProcesses", "OnTwoWorkers", "OneDeathMore", "on"]

METHODS = ("fork", "forkserver", "spawn")


def survived(policy: DeathPolicy, seed: int) -> int | None:
    """How many deaths in a row; None, more often than not: any number."""
    return (None, None, 0, 1)[seed >> 7 & 3] if policy is DeathPolicy.REPLACE else None


class OnASimulation(Rules):
    """The rules on simulated processes."""

    works: tuple[Work, ...] = WORKS
    from_inside = True
    stage_of: type[Simulated] = Simulated

    def make(self, workers: int, policy: DeathPolicy, seed: int) -> Stage:
        return self.stage_of(workers, policy, seed, survived(policy, seed))


class OneDeathMore(OnASimulation):
    """One death is survived, and not two in a row."""

    def make(self, workers: int, policy: DeathPolicy, seed: int) -> Stage:
        del policy
        return self.stage_of(workers, DeathPolicy.REPLACE, seed, 1)


class Watched(Simulated):
    """Who watches asks again at every step."""

    pause = 1


class OnTwoWorkers(OnASimulation):
    """Two workers, and nothing but clients: tasks are dealt anew more often."""

    stage_of = Watched

    works = (Work.HELD, Work.QUICK)
    from_inside = False

    def make(self, workers: int, policy: DeathPolicy, seed: int) -> Stage:
        return super().make(max(2, workers), policy, seed)


class OnProcesses(Rules):
    """The rules on real processes."""

    method = "fork"
    stage_of: type[Real] = Real
    faults = True

    def make(self, workers: int, policy: DeathPolicy, seed: int) -> Stage:
        if self.method == "fork":
            policy = DeathPolicy.BREAK  # the other one does not go with it (C-85)
        return self.stage_of(self.method, workers, policy, plan(seed) if self.faults else [], survived(policy, seed))


def on(method: str) -> type[OnProcesses]:
    """The rules under this start method."""
    return type(f"On{method.capitalize()}", (OnProcesses,), {"method": method})
