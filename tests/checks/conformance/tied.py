"""The code's own steps are steps of the proof: each action by which an edge is followed, and each image of a world.

Decides: which action of the proof an allowed action is, and what is asked of it. Must not know: how sequences are found
(``follow``), why the proof's invariant holds.

What no actor reads is not in an image (``forgotten``): that a task was answered, what a dead worker ran. Both are read
off the rest: a task is answered if its answer is in a pipe, is being rebuilt or has ended its future; a dead worker ran
what is booked there, begun, and neither out nor answered. What is in the inbox of a manager that has ended is nowhere.
On both sides of a step it is so.
"""

from __future__ import annotations

from collections.abc import Mapping

from checkedpool_model.proof import system as p
from checkedpool_model.proof.concrete import NUMBER, Sizes, Step, World, holds, step
from checkedpool_model.proof.conjuncts import INVARIANT, claims_of
from checkedpool_model.proof.logic import Relation
from checkedpool_model.proof.mapping import NOT_COVERED, NOTHING, STEPS, STUTTERS, Named, Reads
from checkedpool_model.proof.reading import Reading, UnmappableError
from checkedpool_model.protocol.actions.client import task_of
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from tests.checks.conformance.allowed import actions
from tests.checks.conformance.besides import BESIDES, NO_STEPS

__all__ = ["ACTIONS", "NO_STEPS", "Tie"]

ACTIONS = {action.name: action for action in (*p.ACTIONS, *BESIDES)}


# --- which action of the proof it is ----------------------------------------------------------------------------------


def _came_back(k: Bounds, s: State, c: int, _after: State) -> Named:
    t = task_of(k, s, c)
    return "ClientCancelsWhatCameBack", (next(n for n, lane in enumerate(s.lanes) if t in lane.returned), t)


def _is_held(_k: Bounds, s: State, t: int, _after: State) -> Named:
    return "ManagerBreaksWhatIsHeld", (next(n for n, lane in enumerate(s.lanes) if t in lane.tickets), t)


OWN: Mapping[str, Reads] = {
    "ManagerRevokesTickets": lambda _k, _s, i, _after: ("ManagerRevokesTicketsBlindly", (i,)),
    "ManagerRevokesTicketsUnawares": lambda _k, _s, i, _after: ("ManagerRevokesTicketsBlindly", (i,)),
    "ManagerBreaksFirst": lambda _k, _s, _i, _after: ("ManagerBreaksThePool", ()),
    "ManagerBlamesInABrokenPool": lambda _k, _s, i, _after: ("ManagerBlamesTask", (i,)),
    "ManagerTerminatesTooLate": lambda _k, _s, i, _after: ("WorkerEnds", (i,)),
    "ManagerBreaksLate": lambda _k, _s, t, _after: ("ManagerBreaksLate", (t,)),
    "ManagerBreaksWhatIsHeld": _is_held,
    "ClientCancelsWhatCameBack": _came_back,
    "ClientEndsWhatNeverBegan": lambda _k, _s, _c, _after: ("ClientEndsWhatNeverBegan", ()),
}


def _at_lane(n: int) -> dict[str, Reads]:
    """The actions that have the lane's number in their names."""
    in_vain: Reads = lambda _k, _s, _c, _after: ("ClientLooksInVain", (n,))  # noqa: E731 - twice the same
    return {
        f"ManagerIssuesToLane{n}": lambda _k, _s, t, _after: ("ManagerIssues", (n, t)),
        f"ClientStartsAgainAtLane{n}": in_vain,
        f"ClientLooksInVainAtLane{n}": in_vain,
    }


def _steps(k: Bounds) -> dict[str, Reads]:
    """Every allowed action that is one of the proof's, or may be."""
    return {**STEPS, **OWN, **{name: reads for n in range(k.lanes) for name, reads in _at_lane(n).items()}}


def _none(k: Bounds) -> set[str]:
    """Every allowed action that is none."""
    return {*STUTTERS, *NOT_COVERED, *NO_STEPS, *(f"Thread{n}Takes" for n in range(k.threads))}


# --- what is asked ----------------------------------------------------------------------------------------------------


class Tie:
    """Asks of states and of steps, each once."""

    def __init__(self, k: Bounds) -> None:
        self.k = k
        self.reading = Reading(k)
        self.sizes = self.reading.sizes
        self.conjuncts = [(one.name, holds(one.formula, self.sizes)) for one in INVARIANT]
        self.completed: dict[World, World] = {}
        self.made: dict[Named, Step] = {}
        self.answers: dict[tuple[World, Named, World], str] = {}
        self.steps = _steps(k)
        unlisted = {row.name for row in actions(k.lanes, k.threads)} - self.steps.keys() - _none(k)
        if unlisted:
            raise LookupError(f"allowed, and nobody says what they are in the proof: {', '.join(sorted(unlisted))}")

    def wrong_state(self, s: State) -> str:
        """The conjunct that is false in the image; "": none is."""
        world = self._world(s)
        return next((f"{name} of the proof is false here" for name, asked in self.conjuncts if not asked(world)), "")

    def wrong_step(self, name: str, index: int, s: State, after: State) -> str:
        """Why the step is none of the proof's; "": it is one, or none with a reason."""
        try:
            before, came_to = self._world(s), self._world(after)
        except UnmappableError as error:
            return str(error)
        reads = self.steps.get(name)
        action, places = reads(self.k, s, index, after) if reads else NOTHING
        if not action:
            return f"{name} changes what the proof speaks of" if before != came_to else ""
        key = before, (action, places), came_to
        if key not in self.answers:
            self.answers[key] = self._wrong(action, places, before, came_to)
        return self.answers[key]

    def _wrong(self, name: str, places: tuple[int, ...], before: World, came_to: World) -> str:
        made = self.made.get((name, places))
        if made is None:
            claims = tuple((claim.name, claim.formula) for claim in claims_of(ACTIONS[name]))
            made = self.made[name, places] = step(ACTIONS[name], places, self.sizes, claims)
        refused = made.refused_by(before)
        if refused:
            return f"its guard does not hold: {refused}"
        broken = next((claim for claim, asked in made.claims if not asked(before)), "")
        if broken:
            return f"the claim {broken} fails"
        expected = completed(made.after(before), self.sizes)
        differing = [one.name for one in p.RELATIONS if expected[NUMBER[one]] != came_to[NUMBER[one]]]
        return f"it leads elsewhere: {', '.join(differing)} differ" if differing else ""

    def _world(self, s: State) -> World:
        read = self.reading.world(s)
        found = self.completed.get(read)
        if found is None:
            found = self.completed[read] = completed(read, self.sizes)
        return found


def completed(world: World, sizes: Sizes) -> World:
    """The world with what is not in an image read off the rest."""

    def of(relation: Relation) -> int:
        return world[NUMBER[relation]]

    made = list(world)
    tasks, every = sizes.tasks, (1 << sizes.tasks) - 1
    answered = of(p.succeeded) | of(p.failed) | of(p.rebuilding)
    for lane in range(sizes.lanes):
        place = tasks * lane
        # The bit of lane l and task t is l * tasks + t, as ``bit_of`` has it.
        unread = of(p.unread) >> place & every
        answered |= unread
        if of(p.dead) >> lane & 1:
            out = (of(p.ticket) | of(p.returned)) >> place & every
            ran = of(p.booked) >> place & every & of(p.begun) & ~out & ~unread
            made[NUMBER[p.running]] = made[NUMBER[p.running]] & ~(every << place) | ran << place
    made[NUMBER[p.answered]] = answered & of(p.begun)
    if of(p.over):
        made[NUMBER[p.inbox]] = made[NUMBER[p.late]] = 0
    return tuple(made)
