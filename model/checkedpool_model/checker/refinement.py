"""One system does what another one, with less detail, says: forward simulation, and that it does not stop short.

Decides: whether a mapping of states, with the steps that each action may stand for, shows that a concrete system
refines an abstract one. Must not know: either of them; how steps are searched (``matching``).

Claims, in the order in which they are asked, each by its name in a counterexample:

- ``BEGINS``: the initial state is mapped to the initial state.
- ``MATCHED``: each step makes the difference that one of the sequences allowed for its action makes.
- ``NO_DEADLOCK``: a state without a step is one in which the concrete system says that this is right.
- ``ENDS``: where the concrete system says that nothing need happen any more, the abstract one says so too.
- ``fair_to_X``: a fair concrete run never neglects the abstract action X, which must happen at last. Doing nothing but
  steps without an abstract difference is one way to neglect it, doing only other abstract steps is another.
- ``SAYS_SOMETHING``: the mapping does not map all states to one.

The first two are forward simulation, which a system that does nothing passes; the others see to it that this one does
something. It is a proof method, and a strict one: it may reject a mapping though another one would do.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from time import process_time
from typing import Generic, TypeVar

from checkedpool_model.checker.explore import (
    DEFAULT_LIMIT,
    NO_DEADLOCK,
    Counterexample,
    Progress,
    Verdict,
    explore,
    no_garbage_collection,
)
from checkedpool_model.checker.fairness import fair_components, fair_cycle
from checkedpool_model.checker.graph import Edge, Graph, Move
from checkedpool_model.checker.matching import Matched, Matcher, Names
from checkedpool_model.checker.story import changes, label, lines, show
from checkedpool_model.checker.system import Action, Fair, System
from checkedpool_model.checker.telling import lasso, run

__all__ = [
    "BEGINS",
    "ENDS",
    "MATCHED",
    "SAYS_SOMETHING",
    "Refinement",
    "Steps",
    "asked_once",
    "check_refinement",
    "story",
]

K = TypeVar("K")
S = TypeVar("S")
L = TypeVar("L")
A = TypeVar("A")

BEGINS = "initial_maps_to_initial"
MATCHED = "each_step_is_matched"
ENDS = "the_end_maps_to_the_end"
SAYS_SOMETHING = "the_mapping_says_something"

Steps = Mapping[str, tuple[Names, ...]]
"""Of each concrete action: the sequences of abstract actions that it may stand for. An empty sequence: no step."""


@dataclass(frozen=True, slots=True)
class Refinement(Generic[S, A]):
    """What asking whether one system refines another has found."""

    concrete: str
    abstract: str
    verdict: Verdict
    states: int
    transitions: int
    seconds: float
    unmatched: tuple[str, ...]
    """Abstract actions that no concrete step was matched by. A gap, unless there is a reason for it."""
    counterexample: Counterexample[S] | None
    """The concrete run."""
    before: A | None
    """The abstract state before its last step, or where it stays."""
    after: A | None
    """The abstract state after its last step, or where it stays."""
    reasons: tuple[str, ...]
    """Why the claim fails: of each allowed sequence, or of the state where the run stays."""


@no_garbage_collection()
def check_refinement(  # noqa: PLR0913 - two systems, and what lies between them
    concrete: System[K, S],
    abstract: System[L, A],
    abstraction: Callable[[K, S], A],
    steps: Steps,
    *,
    limit: int = DEFAULT_LIMIT,
    progress: Progress | None = None,
    graph: Graph[S] | None = None,
) -> Refinement[S, A]:
    """Whether the concrete system, seen through ``abstraction``, does what the abstract one allows and owes.

    ``graph``: the one that ``explore(concrete, keep=True)`` has given back, if it is there already.
    """
    _refuse(concrete, abstract, steps)
    begun = process_time()
    if graph is None:
        graph = explore(concrete.without_claims(), limit=limit, progress=progress, keep=True).kept
    asked = _Question(concrete, abstract, abstraction, steps, graph)
    found = next(asked.failures(), None)
    verdict = Verdict.VIOLATED if found else Verdict.HOLDS if graph.finished else Verdict.NOT_FINISHED
    used = {number for matched in asked.matched.values() for number, _ in matched}
    names = {asked.matcher.moves[number][0].name for number in used}
    return Refinement(
        concrete.name, abstract.name, verdict, len(graph.states), sum(map(len, graph.targets)), process_time() - begun,
        tuple(action.name for action in abstract.actions if action.name not in names),
        found.run if found else None, found.before if found else None, found.after if found else None,
        found.reasons if found else (),
    )  # fmt: skip


def asked_once(view: Callable[[K, S], A], reads: Callable[[S], Hashable]) -> Callable[[K, S], A]:
    """The same mapping of the states of one graph, asked once of all that are alike in what it reads."""
    known: dict[Hashable, A] = {}

    def seen(constants: K, state: S) -> A:
        question = reads(state)
        found = known.get(question)
        if found is None:
            found = known[question] = view(constants, state)
        return found

    return seen


def story(found: Refinement[S, A]) -> Iterator[str]:
    """The counterexample, line by line: the run, what it is in the abstract system, why that is not allowed."""
    if found.counterexample is None:
        return
    yield from lines(found.counterexample)
    yield f"seen as {found.abstract}:"
    yield f"  before: {show(found.before)}"
    if found.before != found.after:
        yield f"  after: {show(found.after)}"
    yield from (f"  {reason}" for reason in found.reasons)


def _refuse(concrete: System[K, S], abstract: System[L, A], steps: Steps) -> None:
    for system in (concrete, abstract):
        if system.canonical:
            raise ValueError(f"{system.name} keeps one state for many: a mapping needs each; use canonical=None")
    actions, above = {action.name for action in concrete.actions}, {action.name for action in abstract.actions}
    if silent := sorted(actions - steps.keys()):
        raise ValueError(f"what may these actions of {concrete.name} stand for? {', '.join(silent)}")
    if strange := sorted(steps.keys() - actions):
        raise ValueError(f"{concrete.name} has no such actions: {', '.join(strange)}")
    named = {name for sequences in steps.values() for sequence in sequences for name in sequence}
    if unknown := sorted(named - above):
        raise ValueError(f"{abstract.name} has no such actions: {', '.join(unknown)}")


@dataclass(frozen=True, slots=True)
class _Failure(Generic[S, A]):
    run: Counterexample[S]
    before: A
    after: A
    reasons: tuple[str, ...]


class _Question(Generic[K, S, L, A]):
    """The concrete graph with what each state and edge is in the abstract system."""

    def __init__(
        self,
        concrete: System[K, S],
        abstract: System[L, A],
        abstraction: Callable[[K, S], A],
        steps: Steps,
        graph: Graph[S],
    ) -> None:
        self.concrete, self.abstract, self.graph = concrete, abstract, graph
        self.allowed = [steps[move.action] for move in graph.moves]
        self.matcher = Matcher(abstract)
        numbers: dict[A, int] = {}
        self.image = [
            numbers.setdefault(abstraction(concrete.constants, state), len(numbers)) for state in graph.states
        ]
        """Of each state: which of the images it has. There are few, and what is asked of one is not asked again."""
        self.images = list(numbers)
        self.staying: list[list[int]] = [[] for _ in numbers]
        """Of each image: the states in which a run may stay or to which it may come again, and which have it."""
        for at in graph.resting | graph.turning:
            self.staying[self.image[at]].append(at)
        self.matched: dict[tuple[int, int, int], Matched[A]] = {}
        """What each edge stands for, by the images at its ends and its move."""

    def failures(self) -> Iterator[_Failure[S, A]]:
        """What fails, claim after claim."""
        first = self.images[0]
        if first != self.abstract.initial:
            yield self._at(BEGINS, 0, tuple(changes(self.abstract.initial, first)))
        yield from self._unmatched_steps()
        for at in range(self.graph.expanded):
            yield from self._ends(at)
        for number, (action, index) in enumerate(self.matcher.moves):
            if action.fair is not Fair.NONE:
                yield from self._neglects(number, action, index)
        if self.graph.finished and len(self.image) > 1 and len(self.images) == 1:
            yield self._at(SAYS_SOMETHING, 0, (f"all {len(self.image)} states are mapped to this one",))

    def _unmatched_steps(self) -> Iterator[_Failure[S, A]]:
        image, matched = self.image, self.matched
        for at in range(self.graph.expanded):
            here = image[at]
            for move, target in self.graph.edges(at):
                question = here, image[target], move
                if question not in matched:
                    before, after = self.images[here], self.images[image[target]]
                    made = self.matcher.match(before, after, self.allowed[move])
                    if made is None:
                        reasons = tuple(self.matcher.why_not(before, after, names) for names in self.allowed[move])
                        told = run(self.graph, MATCHED, self.graph.way_to(at), [(move, target)])
                        nothing = ("no sequence is allowed, not even the empty one",)
                        yield _Failure(told, before, after, reasons or nothing)
                        return
                    matched[question] = made

    def _ends(self, at: int) -> Iterator[_Failure[S, A]]:
        right = self.concrete.terminal(self.concrete.constants, self.graph.states[at])
        if not right and not self.graph.targets[at]:
            yield self._at(NO_DEADLOCK, at, ("nothing can happen in the concrete system, which is not its end",))
        if right and not self.abstract.terminal(self.abstract.constants, self._image(at)):
            yield self._at(ENDS, at, ("the concrete system may end here, the abstract one may not",))

    def _neglects(self, number: int, action: Action[L, A], index: int) -> Iterator[_Failure[S, A]]:
        """A fair run in which this abstract move is possible all the time (again and again), and never made."""
        strong, claim = action.fair is Fair.STRONG, f"fair_to_{action.name}"
        reason = f"{label(Move.of(action, index))} is possible {'again and again' if strong else 'all the time'}"
        answers: dict[A, bool] = {}

        def possible(image: A) -> bool:
            if image not in answers:
                answers[image] = action.enabled(self.abstract.constants, image, index)
            return answers[image]

        def is_neglected(matched: Matched[A]) -> bool:
            if any(made == number for made, _ in matched):
                return False
            return strong or all(possible(between) for _, between in matched[:-1])

        owing = {at for number, image in enumerate(self.images) if possible(image) for at in self.staying[number]}
        stop = min(self.graph.resting & owing, default=None)
        if stop is not None:
            yield self._stays(claim, stop, [], reason)
            return
        part: dict[int, list[Edge]] = {}
        shown: dict[int, list[list[Edge]]] = {}  # how it is possible: at once, or within a step
        for at in self.graph.turning if strong else self.graph.turning & owing:
            kept = [(edge, made) for edge, made in self._edges(at) if is_neglected(made)]
            part[at] = [edge for edge, _ in kept]
            within = [[edge] for edge, made in kept if any(possible(between) for _, between in made[:-1])]
            shown[at] = [[]] if at in owing else within
        found = ((at, first, set(c)) for c in fair_components(self.graph, part) for at in c for first in shown[at])
        inside = ((at, first, c) for at, first, c in found if all(target in c for _, target in first))
        start, begins, component = min(inside, key=itemgetter(0), default=(-1, [], set()))
        if component:
            narrow = {at: [edge for edge in part[at] if edge[1] in component] for at in component}
            yield self._stays(claim, start, fair_cycle(self.graph, narrow, start, begins), reason)

    def _edges(self, at: int) -> Iterator[tuple[Edge, Matched[A]]]:
        """What can happen in a state, and what each is in the abstract system."""
        here, image = self.image[at], self.image
        return ((edge, self.matched[here, image[edge[1]], edge[0]]) for edge in self.graph.edges(at))

    def _stays(self, claim: str, at: int, cycle: list[Edge], reason: str) -> _Failure[S, A]:
        told = lasso(self.graph, claim, self.graph.way_to(at), cycle)
        return _Failure(told, self._image(at), self._image(at), (f"{reason}, and never happens",))

    def _at(self, claim: str, at: int, reasons: tuple[str, ...]) -> _Failure[S, A]:
        told = run(self.graph, claim, self.graph.way_to(at))
        return _Failure(told, self._image(at), self._image(at), reasons)

    def _image(self, at: int) -> A:
        return self.images[self.image[at]]
