"""Ways to choose runs where there are too many to try all: kill everywhere, by priorities, by chance.

Decides: which runs each strategy makes. Must not know: what is checked of a run (``trial``), how it is shown. The
fifth, which bounds preemptions, goes through worlds and not through runs: ``preempting``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from checkedpool.testing.schedules.encoding import Turn, actor, is_natural, turn_of
from checkedpool.testing.schedules.preempting import preempted
from checkedpool.testing.schedules.racing import PartialOrders
from checkedpool.testing.schedules.trial import LONGEST, Calm, Chooser, Trial, tried
from checkedpool.testing.simulated.simulated_processes import Successor
from checkedpool.testing.simulated.simulation import Simulation
from checkedpool.testing.simulated.world import World

__all__ = [
    "STRATEGIES", "Plan", "UnfitError", "by_chance", "by_partial_orders", "by_priorities", "kill_everywhere",
    "within_bound",
]  # fmt: skip

Trials = Generator[Trial, None, str]
"""Runs; and in the end, what there is to say of them together."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is tried."""

    runs: int = 100
    """Runs; of the sweep: base runs, in each of which every kill is tried."""
    seed: int = 1
    depth: int = 3
    """PCT: how many orders of steps the bug needs; one less is the number of points at which priorities change."""
    bound: int = 2
    """Of preemptions and steps of the environment, for the systematic search."""
    worlds: int = 200_000
    """After so many that search is given up as not finished."""
    longest: int = LONGEST


class UnfitError(ValueError):
    """The strategy makes no sense in this scope."""


# --- by chance --------------------------------------------------------------------------------------------------------


def by_chance(simulation: Simulation, plan: Plan) -> Trials:
    """Each step is drawn from all that are possible, the environment's as well."""
    for number in range(plan.runs):
        yield tried(simulation, _dice(plan.seed, number), longest=plan.longest)
    return ""


def _chance(*seed: int) -> random.Random:
    """The same for the same numbers."""
    return random.Random(repr(seed))  # noqa: S311 - it has to be replayed, not to be secret


def _dice(*seed: int) -> Chooser:
    chance = _chance(*seed)
    return lambda _, found: chance.randrange(len(found))


def _quiet_dice(*seed: int) -> Chooser:
    """Chance, and no disturbance."""
    chance, calm = _chance(*seed), Calm()

    def choose(world: World, found: Sequence[Successor]) -> int | None:
        places = [place for place, (label, _) in enumerate(found) if not is_natural(label)]
        return chance.choice(places) if places else calm(world, found)

    return choose


# --- a kill at every step ---------------------------------------------------------------------------------------------


def kill_everywhere(simulation: Simulation, plan: Plan) -> Trials:
    """A base run without disturbance; then, for each step and each living worker, that run with a kill just there.

    The first base run is calm, in the others chance decides. Where a worker is writing, the kill in the middle of the
    write is tried too. After the kill the run goes on as the base run would, to its own end.
    """
    if not simulation.scope.budget.kills:
        raise UnfitError("the sweep kills, and in this scope nobody may be killed")
    for number in range(plan.runs):

        def base(number: int = number) -> Chooser:
            return _quiet_dice(plan.seed, number) if number else Calm()

        kills: list[tuple[int, Turn, World, tuple[str, int, str] | None]] = []
        last: list[tuple[str, int, str] | None] = [None]
        step = 0

        def note(_: World, found: Sequence[Successor], place: int) -> None:
            nonlocal step
            for other, (label, after) in enumerate(found):
                if label.who == "nature" and str(label.what).startswith("kills"):
                    kills.append((step, turn_of(found, other), after, last[0]))  # noqa: B023 - used in this round only
            last[0] = actor(found[place][0])  # noqa: B023 - likewise
            step += 1

        whole = tried(simulation, base(), longest=plan.longest, seen=note)
        yield whole
        for at, kill, after, actor_before in kills:
            choose = _quiet_dice(plan.seed, number, at) if number else Calm(actor_before)
            yield tried(simulation, choose, after, (*whole.turns[:at], kill), longest=plan.longest)
    return ""


# --- priorities that change -------------------------------------------------------------------------------------------


def by_priorities(simulation: Simulation, plan: Plan) -> Trials:
    """Probabilistic concurrency testing: who has the highest priority acts, and at few chosen steps he loses it.

    With ``n`` actors, a bug that shows within ``k`` steps and needs ``d`` orders between steps is met by each run with
    a probability of at least 1 in n × k^(d - 1). Each choice of the environment is an actor of its own, so that a kill
    at a certain moment costs one order more. ``k`` is twice the length of a calm run.
    """
    steps = 2 * len(tried(simulation, Calm(), longest=plan.longest).turns)
    actors = 1
    for number in range(plan.runs):
        choose = _Priorities(_chance(plan.seed, number), plan.depth, steps)
        yield tried(simulation, choose, longest=plan.longest)
        actors = max(actors, len(choose.ranks))
    odds = actors * steps ** (plan.depth - 1)
    return f"each run meets a bug of depth {plan.depth} within {steps} steps with a chance of at least 1 in {odds:,}"


class _Priorities:
    """The chooser of one such run."""

    def __init__(self, chance: random.Random, depth: int, length: int) -> None:
        self.chance = chance
        points = chance.sample(range(length), min(depth - 1, length))
        self.changes = {step: -rank for rank, step in enumerate(points, 1)}
        self.ranks: dict[tuple[str, int, str], float] = {}
        self.step = 0

    def __call__(self, _: World, found: Sequence[Successor]) -> int:
        """See ``Chooser``."""
        actors = [actor(label) for label, _ in found]
        for one in actors:
            if one not in self.ranks:
                self.ranks[one] = self.chance.random()
        place = max(range(len(found)), key=lambda place: self.ranks[actors[place]])
        if self.step in self.changes:  # he is about to act here, and now comes after all others
            self.ranks[actors[place]] = self.changes[self.step]
            place = max(range(len(found)), key=lambda place: self.ranks[actors[place]])
        self.step += 1
        return place


# --- priorities of steps ----------------------------------------------------------------------------------------------


def by_partial_orders(simulation: Simulation, plan: Plan) -> Trials:
    """Partial-order sampling: the step with the highest priority is made, and those that race with it get new ones."""
    for number in range(plan.runs):
        yield tried(simulation, PartialOrders(_chance(plan.seed, number)), longest=plan.longest)
    return ""


# --- bounded preemption -----------------------------------------------------------------------------------------------


def within_bound(simulation: Simulation, plan: Plan) -> Trials:
    """Every run with at most so many preemptions and steps of the environment."""
    return (yield from preempted(simulation, plan.bound, worlds=plan.worlds, longest=plan.longest))


STRATEGIES: dict[str, Callable[[Simulation, Plan], Trials]] = {
    "sweep": kill_everywhere,
    "preempt": within_bound,
    "pct": by_priorities,
    "pos": by_partial_orders,
    "random": by_chance,
}
