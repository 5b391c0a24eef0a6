"""A strategy's runs in one scope: made, checked, some of them made twice; what failed is shortened and spelled.

Decides: which runs are made twice, what is reported and with which verdict. Must not know: how runs are chosen
(``strategies``), what is checked of one (``trial``), how a report looks (``commands``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from time import process_time

from checkedpool.testing.schedules.encoding import Turn, find
from checkedpool.testing.schedules.schedule import Schedule
from checkedpool.testing.schedules.shorten import shortened
from checkedpool.testing.schedules.strategies import STRATEGIES, Plan
from checkedpool.testing.schedules.trial import LONGEST, Directed, Seen, Trial, tried
from checkedpool.testing.simulated.simulated_processes import Successor
from checkedpool.testing.simulated.simulated_scope import Scope
from checkedpool.testing.simulated.simulation import Simulation
from checkedpool.testing.simulated.world import World

__all__ = ["Failure", "Report", "campaign", "rerun", "same_again"]

SAMPLE = 20
"""Every so manieth run is made twice more, beginning with the first."""
KINDS = 5
"""How many different failures are shown."""

EXIT_STATUS = {"holds": 0, "violated": 1, "not finished": 3}


@dataclass(frozen=True, slots=True)
class Failure:
    """A way in which a run fails."""

    wrong: str
    steps: int
    """Turns of the run in which it was found."""
    schedule: str
    """Shortened."""


@dataclass(slots=True)
class Report:
    """What a strategy came to in one scope."""

    strategy: str
    scope: str
    seed: int
    runs: int = 0
    steps: int = 0
    """Worlds in which it was asked what can happen next: for a run, as many as it has steps, and one."""
    longest: int = 0
    """Steps of the longest run."""
    twice: int = 0
    """Runs that were made twice more, step by step beside each other."""
    seconds: float = 0.0
    """Of the processor, spent on the runs: without those that were made twice, and without shortening."""
    note: str = ""
    failures: list[Failure] = field(default_factory=list)
    example: str = ""
    """The schedule of the shortest run that has come to its end, to look at."""
    unfinished: str = ""
    """The schedule of a run that came to no end, or of where the search was given up."""

    @property
    def verdict(self) -> str:
        """In one word; nothing tried is nothing shown."""
        return "violated" if self.failures else "not finished" if self.unfinished or not self.runs else "holds"

    @property
    def exit_status(self) -> int:
        """0, 1 or 3."""
        return EXIT_STATUS[self.verdict]

    @property
    def rate(self) -> float:
        """Simulated steps a second."""
        return self.steps / self.seconds if self.seconds else 0.0

    def plain(self) -> dict[str, object]:
        """As plain values, for JSON."""
        rate = round(self.rate)
        return {"verdict": self.verdict, **asdict(self), "seconds": round(self.seconds, 3), "steps_per_second": rate}


class Counted(Simulation):
    """A simulation that counts how often it is asked what can happen next."""

    asked = 0

    def successors(self, w: World) -> list[Successor]:
        """See ``Simulation``."""
        self.asked += 1
        return super().successors(w)


def campaign(name: str, scope: Scope, strategy: str, plan: Plan, say: Callable[[str], None] = lambda _: None) -> Report:
    """All runs of the strategy in this scope."""
    simulation = Counted(scope)
    report = Report(strategy, name, plan.seed)
    found: dict[str, Trial] = {}
    shortest: Trial | None = None
    trials = STRATEGIES[strategy](simulation, plan)
    while len(found) < KINDS:
        begun = process_time()
        try:
            trial = next(trials)
        except StopIteration as end:
            report.note = end.value
            break
        finally:
            report.seconds += process_time() - begun
        wrong = trial.wrong
        if report.runs % SAMPLE == 0:
            report.twice += 1
            wrong = same_again(scope, trial) or wrong
        report.runs += 1
        report.longest = max(report.longest, len(trial.turns))
        if wrong:
            found.setdefault(wrong, trial)
        elif not trial.finished:
            report.unfinished = report.unfinished or str(Schedule(name, scope, trial.turns))
        elif shortest is None or len(trial.turns) < len(shortest.turns):
            shortest = trial
        say(f"{name}, {strategy}: {report.runs:,} runs, {simulation.asked:,} steps")
    report.steps = simulation.asked
    report.example = str(Schedule(name, scope, shortest.turns)) if shortest else ""
    for wrong, trial in found.items():
        say(f"{name}, {strategy}: shortening {len(trial.turns)} turns: {wrong}")
        report.failures.append(_failure(name, scope, wrong, trial, plan.longest))
    return report


def _failure(name: str, scope: Scope, wrong: str, trial: Trial, longest: int) -> Failure:
    fewer = shortened(Simulation(scope), trial.turns, wrong, longest=longest) if wrong == trial.wrong else trial.turns
    return Failure(wrong, len(trial.turns), str(Schedule(name, scope, fewer)))


def rerun(schedule: Schedule, seen: Seen | None = None, *, longest: int = LONGEST) -> Trial:
    """The run of a schedule, made again; ``NotPossibleError`` if one of its turns cannot be taken."""
    return tried(Simulation(schedule.scope), Directed(schedule.turns, strict=True), seen=seen, longest=longest)


# --- the simulator itself ---------------------------------------------------------------------------------------------


def same_again(scope: Scope, trial: Trial) -> str | None:
    """Make the run twice more, in two simulations beside each other; where they differ."""
    one, other = Simulation(scope), Simulation(scope)
    worlds = one.initial, other.initial
    for number, turn in enumerate(trial.turns, 1):
        steps = _step(one, worlds[0], turn), _step(other, worlds[1], turn)
        if steps[0] is None or steps[1] is None:
            return f"the simulator is not deterministic: turn {number}, {turn}, is not possible again"
        worlds = steps[0][1], steps[1][1]
        if steps[0][0] != steps[1][0] or _whole(worlds[0]) != _whole(worlds[1]):
            return f"the simulator is not deterministic: turn {number}, {turn}, leads to different worlds"
    if any(_whole(world) != _whole(trial.world) for world in worlds):
        return "the simulator is not deterministic: the same turns end in another world"
    return None


def _step(simulation: Simulation, world: World, turn: Turn) -> tuple[Sequence[object], World] | None:
    found = simulation.successors(world)
    place = find(found, turn)
    return None if place is None else ([label for label, _ in found], found[place][1])


def _whole(world: World) -> tuple[object, ...]:
    """The world as a value that can be compared between simulations."""
    mind = world.mind
    return world._replace(mind=None), mind and (mind.machine.key(), mind.commands, mind.outs)
