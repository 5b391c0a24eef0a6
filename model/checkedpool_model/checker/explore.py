"""Breadth-first exploration of a system: every reachable state, once, nearest first.

Decides: what is checked when, what counts as a deadlock, when a search is finished, which verdict it has.
Must not know: what the states mean.

A claim about states is checked when a state is met first, or when its layer is whole. So a counterexample is as short
as any; of several claims that fail at the same depth any may be named. A state without a successor that the system does
not call terminal is a deadlock. After a finished search, each state must still be able
to reach a terminal one: a state that cannot is in a trap, busy or not. (That no fair run stays away for ever is a
stronger claim; it is not made here.) If the system names a state that stands for all of its kind, only those are kept
and counted.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from time import process_time
from typing import Generic, TypeVar

from checkedpool_model.checker.claims import Claims
from checkedpool_model.checker.compile import as_state, moves_of, successors_as_tuples, successors_compiled, table_of
from checkedpool_model.checker.graph import Graph, Move, trapped
from checkedpool_model.checker.layers import Layers
from checkedpool_model.checker.memory import estimate
from checkedpool_model.checker.packing import NoRoomError, Packing, values_of
from checkedpool_model.checker.parts import NotApartError, Parts
from checkedpool_model.checker.system import OnStep, System

__all__ = [
    "DEFAULT_LIMIT",
    "END_IN_REACH",
    "NO_DEADLOCK",
    "Counterexample",
    "Exploration",
    "Move",
    "NotSymmetricError",
    "Progress",
    "Verdict",
    "explore",
    "no_garbage_collection",
]

K = TypeVar("K")
S = TypeVar("S")

NO_DEADLOCK = "no_deadlock"
END_IN_REACH = "the_end_stays_in_reach"

DEFAULT_LIMIT = 2_000_000

PAYS = 5_000
"""From how many states on a table is compiled with all bodies in it, which takes about a tenth of a second."""

LARGE = 5_000
"""From how many states on a graph is explored anew with its states packed, if that can be and pays (``layers``)."""

Progress = Callable[[str], None]


class Verdict(Enum):
    """What a search has shown. Each has its own exit status; 2 is left to errors of usage."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_FINISHED = "not finished"
    SAMPLED = "sampled"
    """Nothing was found on some runs. Nothing is said of the others (``simulate``)."""

    @property
    def exit_status(self) -> int:
        """The status with which a command reports this verdict.

        A sample is no proof, so it has a status that is not 0. Only a command that was asked for a sample, and for
        nothing else, has done what was asked and may end with 0.
        """
        return {Verdict.HOLDS: 0, Verdict.VIOLATED: 1, Verdict.NOT_FINISHED: 3, Verdict.SAMPLED: 4}[self]


@dataclass(frozen=True, slots=True)
class Counterexample(Generic[S]):
    """A shortest run from the initial state to where a claim fails."""

    claim: str
    moves: tuple[Move, ...]
    states: tuple[S, ...]
    """One more than there are moves."""
    owed_from: int | None = None
    """If what fails is that something happens at last: the number of the state from which on it is owed."""
    lasso_from: int | None = None
    """If the run has no end: ``moves[lasso_from:]`` is repeated for ever, and ``states[lasso_from] == states[-1]``. If
    no moves are left there, nothing happens any more. None: the claim fails where the run ends."""


@dataclass(frozen=True, slots=True)
class Exploration(Generic[S]):
    """What a search has found."""

    system: str
    verdict: Verdict
    states: int
    transitions: int
    depth: int
    """How many steps the farthest state is away. Only a finished search knows."""
    seconds: float
    fired: Counter[str]
    """How often each action was taken."""
    seen: frozenset[str]
    """The claims whose witness was seen: they are about something."""
    counterexample: Counterexample[S] | None
    graph: Graph[S] | None = None
    """The graph as far as it was explored, if it was to be kept."""
    stopped: str = ""
    """Why a search that is not finished ended; "" for every other. What was covered until then is counted."""

    @property
    def kept(self) -> Graph[S]:
        """The graph of a search that was told to keep it."""
        if self.graph is None:
            raise AssertionError(f"the search of {self.system} was not told to keep its graph")
        return self.graph


def explore(
    system: System[K, S],
    *,
    limit: int = DEFAULT_LIMIT,
    memory_limit: int | None = None,
    progress: Progress | None = None,
    keep: bool = False,
) -> Exploration[S]:
    """Search the system until it is exhausted, a claim fails, or a limit is met.

    ``limit``: how many states may be known. ``memory_limit``: how many bytes the search may hold, by an estimate that
    is rather too high (``memory``), made again when the states have grown by a quarter. ``keep``: give back the graph
    as well, which else is dropped.
    """
    with no_garbage_collection():
        return _Search(system, limit, memory_limit, progress, keep=keep).run()


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A search makes many records and no cycle of references: looking for cycles again and again finds none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Violated(Exception, Generic[K, S]):  # noqa: N818 - not an error of the program: a finding
    """A claim fails in state ``at``, or in a step from there."""

    def __init__(self, claim: str, at: int, step: OnStep[K, S] | None = None) -> None:
        super().__init__(claim)
        self.claim, self.at, self.step = claim, at, step


class _Search(Generic[K, S]):
    """The known states, in the order in which they were met, and from where each was reached."""

    def __init__(
        self, system: System[K, S], limit: int, memory_limit: int | None, progress: Progress | None, *, keep: bool
    ) -> None:
        self.system = system
        self.limit = limit
        self.memory_limit = memory_limit
        self.asks_again_at = limit if memory_limit is None else 0
        self.stopped = ""
        self.keep = keep
        self.progress = progress
        self.moves = moves_of(system)
        self.kind = type(system.initial)
        self.standing_for = system.canonical
        self.step_claims = _step_claims(system)
        self.table = table_of(system)
        self.inlined = False
        self.states: list[S] = []
        self.number: dict[S, int] = {}
        """Of each state that was met: its own, or that of the state which stands for it."""
        self.parent: list[int] = []
        self.targets: list[list[int]] = []
        self.enabled: list[tuple[int, ...]] = []
        self.alike: dict[tuple[int, ...], tuple[int, ...]] = {}
        self.taken: dict[tuple[int, ...], int] = {}
        """How many states have had just these moves."""
        self.claims = Claims(system)
        self.fails: Callable[[S], str | None] = self.claims.fails
        self._compile_if_it_pays()
        if not self.inlined:
            self.successors = successors_compiled(system)
        self.terminals: list[int] = []
        self.layers = 0
        self.values: list[list[object]] = []
        """Of each field those that were met, once states are packed."""
        self.large: Layers[K, S] | None = None
        """The graph as it is explored when it is large."""
        self.trap: int | None = None
        """A state of it from which no end can be reached, once it is known whole."""
        self.may_be_packed = hasattr(system.initial, "_fields") and not (
            keep or system.canonical or system.found or system.on_step
        )

    def run(self) -> Exploration[S]:
        """The whole search."""
        begun = process_time()
        counterexample = None
        try:
            finished = self._search()
            if finished:
                self._check_end_in_reach()
        except _Violated as found:
            finished = True
            counterexample = self._counterexample(found)
        known = len(self.large or self.states)
        self.table.asked += known
        verdict = Verdict.VIOLATED if counterexample else Verdict.HOLDS if finished else Verdict.NOT_FINISHED
        fired: Counter[str] = Counter()
        for move, count in self.large.fired() if self.large else self._fired():
            fired[self.moves[move][0].name] += count
        seen = self.claims.seen | {claim.name for claim in self.system.on_step if fired[claim.action]}
        return Exploration(
            self.system.name, verdict, known, fired.total(), self.layers, process_time() - begun, fired,
            frozenset(seen), counterexample, self._graph() if self.keep else None,
            self.stopped,
        )  # fmt: skip

    def _fired(self) -> Iterator[tuple[int, int]]:
        """Number of a move, how many states have had it; as often as there are sets of moves with it."""
        return ((move, count) for moves, count in self.taken.items() for move in moves)

    def _graph(self) -> Graph[S]:
        """What is known of the graph."""
        moves = tuple(Move.of(action, index) for action, index in self.moves)
        fair = tuple(action.fair for action, _ in self.moves)
        finished = len(self.targets) == len(self.states)
        merged = self.system.canonical is not None
        return Graph(moves, fair, self.states, self.parent, self.enabled, self.targets, finished, merged)

    def _search(self) -> bool:
        """Explore layer by layer. False: a limit was met first."""
        self._meet(self._stands(self.system.initial), -1)
        begin, end = 0, 1
        while begin < end:
            if not self._expand(range(begin, end)):
                return False
            begin, end = end, len(self.states)
            if begin < end:
                self.layers += 1
            self._tell(end, end - begin)
            if self.may_be_packed and end > LARGE and begin < end and self._pack():
                finished = self._search_packed()
                if finished is not None:
                    return finished
            self._compile_if_it_pays()
        return True

    def _tell(self, known: int, last: int) -> None:
        if self.progress:
            self.progress(f"{self.system.name}: depth {self.layers}, {known} states, {last} to go on from")

    def _pack(self) -> bool:
        """Begin again with states that are integers, if the states so far say that it pays."""
        self.may_be_packed = False
        self.values = self.values or values_of(self.states)  # type: ignore[arg-type] # named tuples
        packing = Packing(self.kind, self.values)
        parts = Parts(self.system, packing, [packing.packed(state) for state in self.states])  # type: ignore[arg-type]
        if self.large is None and not parts.pays():
            return False
        self.large = Layers(self.system, parts, self.claims)
        self.fails = self.claims.inlined(self.table)
        return True

    def _search_packed(self) -> bool | None:
        """The same, layer by layer and not state by state. False: a limit was met first. None: go on state by state."""
        depth = self.layers
        while self.large:
            self.layers = 0
            try:
                return self._search_layers(self.large, depth)
            except NoRoomError:
                self._pack()
            except NotApartError:
                self.large, self.layers = None, depth
        return None

    def _search_layers(self, large: Layers[K, S], depth: int) -> bool:
        """``depth``: so far the graph is known, state by state."""
        while large.last:
            is_limited = any(known > self.asks_again_at and self._is_too_large() for known in large.expanded())
            dead = large.dead_end()
            if dead is not None:
                raise _Violated(NO_DEADLOCK, dead)
            large.go_on()
            found = large.failing(self.fails)
            if found:
                raise _Violated(*found)
            if is_limited:
                return False
            self.layers += bool(large.last)
            if self.layers == depth:
                self._compare(large)
            self._tell(len(large), len(large.last))
        self.trap = large.trapped()
        return True

    def _compare(self, large: Layers[K, S]) -> None:
        """Both searches are at the same depth: AssertionError if they have not met the same."""
        states = {large.packing.packed(state) for state in self.states}  # type: ignore[arg-type] # named tuples
        steps = sum(count for _, count in self._fired()), sum(count for _, count in large.fired())
        if states != large.known or steps[0] != steps[1]:
            raise AssertionError(
                f"{self.system.name}: to a depth of {self.layers} the packed search has met {len(large)} states by "
                f"{steps[1]} steps, and the search state by state others, {len(states)} by {steps[0]}: this is a bug "
                "of the checker, please report it"
            )

    def _compile_if_it_pays(self) -> None:
        """Go over to the table with all bodies in it once it has been asked of many states, in this graph or others."""
        if not self.inlined and self.table.asked + len(self.states) > PAYS:
            self.inlined, self.successors = True, successors_as_tuples(self.system, self.table)
            self.fails = self.claims.inlined(self.table)

    def _is_too_large(self) -> bool:
        """Whether a limit is met. If not, it is asked again when the states have grown by a quarter."""
        known = self.large.count_met() if self.large else len(self.states)
        if known > self.limit:
            self.stopped = f"more than {self.limit:,} states"
        elif self.memory_limit is not None and self.held() > self.memory_limit:
            self.stopped = f"more than {self.memory_limit:,} bytes, by estimate, for {known:,} states"
        self.asks_again_at = min(self.limit, known + max(known // 4, 100))
        return bool(self.stopped)

    def held(self) -> int:
        """How many bytes are held, by estimate."""
        containers = (
            self.states,
            self.number,
            self.parent,
            self.targets,
            self.enabled,
            *(asked for _, asked, _ in self.claims.groups),
            *self.claims.numbers.values(),
        )
        states = estimate(self.states, ()) * len(self.number) // len(self.states)
        return states + estimate(self.targets, containers) + (self.large.held() if self.large else 0)

    def _meet(self, state: S, parent: int) -> int:
        """Take a new state in and check what is claimed of it."""
        at = self.number[state] = len(self.states)
        self.states.append(state)
        self.parent.append(parent)
        claim = self.fails(state)
        if claim is not None:
            raise _Violated(claim, at)
        return at

    def _expand(self, layer: range) -> bool:
        """Find the successors of these states. False: a limit was met first."""
        states, taken, targets_of, successors, known = (
            self.states, self.taken, self.targets, self.successors, self.number.get
        )  # fmt: skip
        step_claims, terminal, constants = self.step_claims, self.system.terminal, self.system.constants
        for at in layer:
            state = states[at]
            found = successors(state)
            moves = tuple([move for move, _ in found])
            taken[moves] = taken.get(moves, 0) + 1
            targets: list[int] = []
            for move, after in found:
                if move in step_claims:
                    self._check_step(at, move, after)
                number = known(after)
                targets.append(self._take_in(after, at) if number is None else number)
            targets_of.append(targets)
            if self.keep:
                self.enabled.append(self.alike.setdefault(moves, moves))
            if terminal(constants, state):
                self.terminals.append(at)
            elif not targets:
                raise _Violated(NO_DEADLOCK, at)
            if len(states) > self.asks_again_at and self._is_too_large():
                return False
        return True

    def made(self, after: S) -> S:
        """The state, where a table with bodies in it has given a tuple that is equal to it."""
        return as_state(self.kind, after)

    def _take_in(self, after: S, parent: int) -> int:
        """The number of a state that is met first, or of the one that stands for it."""
        state = self.made(after)
        kept = self._stands(state)
        if kept is state:
            return self._meet(state, parent)
        number = self.number.get(kept)
        if number is None:
            number = self._meet(kept, parent)
        self.number[state] = number
        return number

    def _check_step(self, at: int, move: int, after: S) -> None:
        """What is claimed of a step."""
        state = self.made(after)
        for claim in self.step_claims[move]:
            if not claim.holds(self.system.constants, self.states[at], state, self.moves[move][1]):
                raise _Violated(claim.name, at, claim)

    def _check_end_in_reach(self) -> None:
        """Search backwards from the terminal states; what is not met cannot end."""
        at = self.trap if self.large else trapped(len(self.states), self.targets, self.terminals)
        if at is not None:
            raise _Violated(END_IN_REACH, at)

    def _counterexample(self, found: "_Violated[K, S]") -> Counterexample[S]:
        """A run to where the claim fails, of real states: each step one that the table allows."""
        way = self.large.way_to(found.at) if self.large else self._way_to(found.at)
        story = _Story(self)
        for wanted in way[1:]:
            story.goes_on(self._leads_to(wanted))
        if found.step:
            story.goes_on(self._breaks(found.step))
        if found.claim == NO_DEADLOCK and self.successors(story.states[-1]):
            raise AssertionError(f"{self.system.name}: a deadlock that has steps: this is a bug of the checker")
        return Counterexample(found.claim, tuple(story.moves), tuple(story.states))

    def _way_to(self, at: int) -> list[S]:
        path = [at]
        while self.parent[path[-1]] >= 0:
            path.append(self.parent[path[-1]])
        return [self.states[at] for at in reversed(path)]

    def _stands(self, state: S) -> S:
        return self.standing_for(state) if self.standing_for else state

    def _leads_to(self, wanted: S) -> "_Choice[S]":
        return lambda _before, _move, after: self._stands(after) == wanted

    def _breaks(self, claim: OnStep[K, S]) -> "_Choice[S]":
        def chosen(before: S, move: int, after: S) -> bool:
            if claim not in self.step_claims.get(move, ()):
                return False
            return not claim.holds(self.system.constants, before, after, self.moves[move][1])

        return chosen


_Choice = Callable[[S, int, S], bool]


class NotSymmetricError(ValueError):
    """The system names states that stand for others, but its actions mind the renaming."""


class _Story(Generic[K, S]):
    """A run that grows step by step, from states that the search kept to states as they are."""

    def __init__(self, search: _Search[K, S]) -> None:
        self.search = search
        self.moves: list[Move] = []
        self.states = [search.system.initial]

    def goes_on(self, chosen: _Choice[S]) -> None:
        """Take the first step that is chosen."""
        before = self.states[-1]
        for move, reached in self.search.successors(before):
            after = self.search.made(reached)
            if chosen(before, move, after):
                action, index = self.search.moves[move]
                self.moves.append(Move.of(action, index))
                self.states.append(after)
                return
        raise NotSymmetricError(f"{self.search.system.name}: no step leads on from {before}")


def _step_claims(system: System[K, S]) -> dict[int, list[OnStep[K, S]]]:
    """By the number of the move, what is claimed of its steps."""
    found: dict[int, list[OnStep[K, S]]] = {}
    for number, (action, _) in enumerate(moves_of(system)):
        for claim in system.on_step:
            if claim.action == action.name:
                found.setdefault(number, []).append(claim)
    return found
