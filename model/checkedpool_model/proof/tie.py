"""The proof's system is the model's: every step that the model makes in a scope is one of the proof's actions, or none.

Decides: what is asked of every state and every step of a scope's graphs. Must not know: which action a step is
(``mapping``), why the invariant holds.

Everything is evaluated in Python, on the state as it is, and no solver is asked: the guard's conditions hold before the
step, the action's changes lead to exactly the world after it, every state satisfies every conjunct, and where the proof
claims something of a step it holds. So what is proved of the proof's actions is about this model; and what the proof
says for every size has been looked at in some.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from time import perf_counter

from checkedpool_model.checker.compile import moves_of, successors_compiled
from checkedpool_model.checker.explore import no_garbage_collection
from checkedpool_model.checker.system import Action as Row
from checkedpool_model.checker.system import System
from checkedpool_model.proof.action import Action
from checkedpool_model.proof.concrete import NUMBER, Step, World, holds, step
from checkedpool_model.proof.conjuncts import INVARIANT, Conjunct, claims_of
from checkedpool_model.proof.logic import atoms
from checkedpool_model.proof.mapping import NOT_COVERED, NOTHING, STEPS, STUTTERS
from checkedpool_model.proof.reading import Reading, UnmappableError, is_covered
from checkedpool_model.proof.system import ACTIONS, RELATIONS
from checkedpool_model.protocol.actions import ACTIONS as TABLE
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.verify.address import system_at

__all__ = ["Tied", "tie_graph"]

KNOWN = (STEPS, STUTTERS, NOT_COVERED)


@dataclass
class Tied:
    """What tying a graph came to."""

    name: str
    states: int = 0
    transitions: int = 0
    worlds: int = 0
    """How many different worlds of the proof the states are."""
    steps: Counter[str] = field(default_factory=Counter)
    """How often a step was which action of the proof; "" for none."""
    not_covered: int = 0
    """Steps from or to states of which the proof does not speak."""
    seconds: float = 0.0
    wrong: tuple[str, ...] = ()
    """The story of what is not as it must be."""


def unlisted(names: tuple[str, ...]) -> list[str]:
    """The actions of a table of the model that the mapping does not list, or lists twice, or that are not there."""
    listed = Counter(name for part in KNOWN for name in part)
    return [
        *(f"{name} is an action of the model, and the mapping does not list it" for name in names if not listed[name]),
        *(f"the mapping lists {name} twice" for name, count in listed.items() if count > 1),
        *(f"the mapping lists {name}, which is no action of the model" for name in listed if name not in names),
    ]


def tie_graph(
    scope: str, graph: int, table: tuple[Row[Bounds, State], ...] = TABLE, actions: tuple[Action, ...] = ACTIONS
) -> Tied:
    """Ask everything of one graph of a scope."""
    begun = perf_counter()
    system = system_at(scope, graph, table)
    tied = Tied(system.name)
    tied.wrong = tuple(unlisted(tuple(action.name for action in table)))
    if tied.wrong:
        return tied
    try:
        with no_garbage_collection():
            _Search(system, tied, actions).run()
    except _NotTiedError as error:
        tied.wrong = error.story
    tied.seconds = perf_counter() - begun
    return tied


class _NotTiedError(Exception):
    """Something is not as it must be."""

    def __init__(self, story: list[str]) -> None:
        super().__init__(story[0])
        self.story = tuple(story)


class _Search:
    """The graph, state by state, as the checker explores it: of states that differ by a renaming one is kept."""

    def __init__(self, system: System[Bounds, State], tied: Tied, actions: tuple[Action, ...]) -> None:
        self.actions = {action.name: action for action in actions}
        self.k = system.constants
        self.tied = tied
        self.moves = moves_of(system)
        self.successors = successors_compiled(system)
        self.standing_for = system.canonical or (lambda s: s)
        self.first = system.initial
        self.reading = Reading(self.k)
        self.sizes = self.reading.sizes
        self.conjuncts = [_Asked(conjunct, holds(conjunct.formula, self.sizes)) for conjunct in INVARIANT]
        self.steps: dict[tuple[str, tuple[int, ...]], Step] = {}
        self.seen_worlds: set[World] = set()
        self.seen_steps: set[tuple[World, str, tuple[int, ...], World]] = set()
        self.parent: dict[State, tuple[State, int] | None] = {}

    def run(self) -> None:
        """Everything that can be reached."""
        first = self.standing_for(self.first)
        self.parent[first] = None
        todo = [first]
        for s in todo:
            before = self._world(s)
            for number, after in self.successors(s):
                self.tied.transitions += 1
                self._ask_step(s, before, number, after)
                stands = self.standing_for(after)
                if stands not in self.parent:
                    self.parent[stands] = (s, number)
                    todo.append(stands)
        self.tied.states = len(todo)
        self.tied.worlds = len(self.seen_worlds)

    def _world(self, s: State) -> World | None:
        """What the state is, which must satisfy the invariant; None: the proof does not speak of it."""
        if not is_covered(s):
            return None
        world = self.reading.world(s)
        if world not in self.seen_worlds:
            self.seen_worlds.add(world)
            for asked in self.conjuncts:
                if not asked.holds(world):
                    raise _NotTiedError([*self._way(s), f"this state breaks {asked.conjunct.name}", str(s)])
        return world

    def _ask_step(self, s: State, before: World | None, number: int, after: State) -> None:
        action, index = self.moves[number]
        if before is None or not is_covered(after):
            self.tied.not_covered += 1
            return
        reads = STEPS.get(action.name)
        name, places = reads(self.k, s, index, after) if reads else NOTHING
        self.tied.steps[name] += 1
        try:
            came_to = self.reading.world(after)
        except UnmappableError as error:
            raise _NotTiedError([*self._way(s), f"{action.name}({index}): {error}", str(s)]) from error
        if not name:
            if came_to != before:
                raise _NotTiedError([*self._way(s), f"{action.name}({index}) changes what the proof speaks of", str(s)])
            return
        key = (before, name, places, came_to)
        if key not in self.seen_steps:
            self.seen_steps.add(key)
            wrong = self._wrong(before, name, places, came_to)
            if wrong:
                raise _NotTiedError([*self._way(s), f"{action.name}({index}) is not {name}{places}: {wrong}", str(s)])

    def _wrong(self, before: World, name: str, places: tuple[int, ...], came_to: World) -> str:
        """Why the step is not this action; "": it is."""
        made = self.steps.get((name, places))
        if made is None:
            action = self.actions[name]
            claims = tuple((claim.name, claim.formula) for claim in claims_of(action))
            made = self.steps[name, places] = step(action, places, self.sizes, claims)
        refused = made.refused_by(before)
        if refused:
            return f"its guard does not hold: {refused}"
        broken = next((claim for claim, asked in made.claims if not asked(before)), "")
        if broken:
            return f"the claim {broken} fails"
        expected = made.after(before)
        if expected == came_to:
            return ""
        differing = [r.name for r in RELATIONS if expected[NUMBER[r]] != came_to[NUMBER[r]]]
        return f"it leads elsewhere: {', '.join(differing)} differ"

    def _way(self, s: State) -> list[str]:
        """The moves that lead to the state."""
        moves = []
        at: State = s
        while (step_before := self.parent[at]) is not None:
            at, number = step_before
            action, index = self.moves[number]
            moves.append(f"{action.name}({index})" if action.over else action.name)
        return [self.tied.name, *(f"{number:>3} {move}" for number, move in enumerate(moves[::-1], 1))]


class _Asked:
    """A conjunct, asked once for each value of the relations that it reads."""

    def __init__(self, conjunct: Conjunct, asked: Callable[[World], bool]) -> None:
        self.conjunct = conjunct
        self.asked = asked
        self.reads = itemgetter(*sorted({NUMBER[relation] for relation in atoms(conjunct.formula)}))
        self.answers: dict[object, bool] = {}

    def holds(self, world: World) -> bool:
        read = self.reads(world)
        answer = self.answers.get(read)
        if answer is None:
            answer = self.answers[read] = self.asked(world)
        return answer
