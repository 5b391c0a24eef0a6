"""One run on the simulated platform, tried: how it was made, how it ended, what is wrong with it.

Decides: when a run is over, and which checks it must pass. Must not know: how turns are chosen, or what is done about a
failure.

A run is over when nothing can happen any more, or only what the environment need not do. Whatever its steps raise is a
finding; at the end all that ``rules`` asks must hold, and of each future the user could say why it ended so. A run that
comes to no end within so many steps is not finished, which is no success.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checkedpool._core.messages import Verdict
from checkedpool.testing.schedules.encoding import Turn, actor, find, is_natural, turn_of
from checkedpool.testing.simulated import manager_sleep
from checkedpool.testing.simulated.simulated_processes import Successor
from checkedpool.testing.simulated.simulated_scope import Scope
from checkedpool.testing.simulated.simulation import Simulation
from checkedpool.testing.simulated.world import End, Handed, World
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = [
    "LONGEST", "Calm", "Chooser", "Directed", "NotPossibleError", "Seen", "Trial", "is_quiet", "possible", "tried",
    "wrong_at_rest",
]  # fmt: skip

LONGEST = 5_000
"""Steps after which a run is not waited for."""

Chooser = Callable[[World, Sequence[Successor]], int | None]
"""Given a world and what can happen in it: the number of what does; None: nothing more, if all is quiet."""

Seen = Callable[[World, Sequence[Successor], int], None]
"""Is told of a step before it is made: the world, what can happen in it, the number of what does."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A run that was tried."""

    turns: tuple[Turn, ...]
    world: World
    wrong: str | None = None
    """What failed."""
    finished: bool = True


class Calm:
    """Chooses as if nothing disturbed: who has acted acts on while he can, then whoever comes first; no kill comes."""

    def __init__(self, last: tuple[str, int, str] | None = None) -> None:
        self.last = last

    def __call__(self, world: World, found: Sequence[Successor]) -> int | None:
        """See ``Chooser``."""
        first = None
        for place, (label, _) in enumerate(found):
            if is_natural(label):
                continue
            if actor(label) == self.last:
                return place
            first = place if first is None else first
        if first is None:
            return None if is_quiet(world, found) else 0
        self.last = actor(found[first][0])
        return first


def tried(  # noqa: PLR0913 - a run may begin anywhere
    simulation: Simulation,
    choose: Chooser,
    world: World | None = None,
    turns: Sequence[Turn] = (),
    *,
    longest: int = LONGEST,
    seen: Seen | None = None,
) -> Trial:
    """Go on from this world, reached by these turns, until the run is over. ``seen`` is told of each step."""
    world = simulation.initial if world is None else world
    made = list(turns)
    wrong: str | None = None
    while len(made) < longest:
        found, wrong = possible(simulation, world)
        wrong = wrong or (wrong_at_rest(simulation, world) if is_quiet(world, found) else None)
        place = choose(world, found) if found and not wrong else None
        if place is None:
            return Trial(tuple(made), world, wrong)
        if seen:
            seen(world, found, place)
        made.append(turn_of(found, place))
        world = found[place][1]
    return Trial(tuple(made), world, finished=False)


def possible(simulation: Simulation, world: World) -> tuple[list[Successor], str | None]:
    """What can happen next; or what is raised where one of the steps must not be."""
    try:
        return simulation.successors(world), None
    except Exception as error:  # noqa: BLE001 - whatever a machine raises is what is looked for
        return [], f"{type(error).__name__}: {error}"


def is_quiet(world: World, found: Sequence[Successor]) -> bool:
    """Whether nothing more need happen: no limit runs, and whatever is left is the environment's choice."""
    return all(is_natural(label) for label, _ in found) and (not found or manager_sleep.due(world) is None)


def wrong_at_rest(simulation: Simulation, world: World) -> str | None:
    """What must hold where nothing more need happen, and does not."""
    wrong = simulation.why_not_the_end(world)
    if wrong:
        return wrong
    for t, task in enumerate(world.tasks):
        if task.handed is Handed.RETURNED and task.end not in _reasons(simulation.scope, world, t):
            return f"task {t} is {task.end.name}, and there is no reason for that"
    return None


def _reasons(scope: Scope, world: World, t: int) -> set[End]:
    """The ends that a task can have for a reason that the user could name."""
    body = next((call.body for call in scope.calls if (call.what, call.task) == ("submit", t)), None)
    own = {None: {End.FAILED if scope.verdict is Verdict.ERROR else End.SUCCEEDED}, b"": {End.FAILED}}
    ends = own.get(body, {End.SUCCEEDED, End.FAILED})
    strongest = max((call.level for call in scope.calls if call.what == "shutdown"), default=ShutdownLevel.OPEN)
    if strongest >= ShutdownLevel.CANCEL or any((call.what, call.task) == ("cancel", t) for call in scope.calls):
        ends.add(End.CANCELLED)
    if any((call.what, call.task) == ("stop", t) for call in scope.calls):
        ends |= {End.CANCELLED, End.STOPPED}
    harm = ("kills", "bad_starts", "hangs", "haste", "stubborn", "bugs", "servers")
    if strongest >= ShutdownLevel.TERMINATE or any(
        getattr(world.left, name) < getattr(scope.budget, name) for name in harm
    ):
        ends |= {End.BROKEN, End.BLAMED}
    return ends


class Directed:
    """Chooses these turns, one after the other, then calmly. A turn that is not possible is left out or refused."""

    def __init__(self, turns: Sequence[Turn], *, strict: bool) -> None:
        self.turns, self.strict = turns, strict
        self.at = 0
        self.taken: list[Turn] = []
        self.calm = Calm()

    def __call__(self, world: World, found: Sequence[Successor]) -> int | None:
        """See ``Chooser``."""
        while self.at < len(self.turns):
            turn = self.turns[self.at]
            self.at += 1
            place = find(found, turn)
            if place is not None:
                self.taken.append(turn)
                label = found[place][0]
                self.calm.last = self.calm.last if is_natural(label) else actor(label)
                return place
            if self.strict:
                raise NotPossibleError(self.at, turn, found)
        return self.calm(world, found)


class NotPossibleError(LookupError):
    """A turn of a schedule cannot be taken: the code or the scope has changed since it was made."""

    def __init__(self, number: int, turn: Turn, found: Sequence[Successor]) -> None:
        can = ", ".join(f"{turn_of(found, place)} ({found[place][0]})" for place in range(len(found)))
        super().__init__(f"turn {number}, {turn}, is not possible: the code has changed since. Possible are: {can}")
