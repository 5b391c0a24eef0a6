"""Breadth-first exploration of a system: every reachable state, once, nearest first.

Decides: what is checked when, what counts as a deadlock, when a search is finished, which of three verdicts it has.
Must not know: what the states mean.

A claim about states is checked when a state is met first, so a counterexample is as short as any. A state without a
successor that the system does not call terminal is a deadlock. After a finished search, each state must still be able
to reach a terminal one: a state that cannot is in a trap, busy or not. (That no fair run stays away for ever is a
stronger claim; it is not made here.)
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from time import perf_counter
from typing import Generic, TypeVar

from checkedpool_model.checker.compile import moves_of, successors_compiled
from checkedpool_model.checker.system import System

K = TypeVar("K")
S = TypeVar("S")

NO_DEADLOCK = "no_deadlock"
END_IN_REACH = "the_end_stays_in_reach"

DEFAULT_LIMIT = 2_000_000

Progress = Callable[[str], None]


class Verdict(Enum):
    """What a search has shown. Each has its own exit status; 2 is left to errors of usage."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_FINISHED = "not finished"

    @property
    def exit_status(self) -> int:
        """The status with which a command reports this verdict."""
        return {Verdict.HOLDS: 0, Verdict.VIOLATED: 1, Verdict.NOT_FINISHED: 3}[self]


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a run: an action and its index."""

    action: str
    over: str
    index: int


@dataclass(frozen=True, slots=True)
class Counterexample(Generic[S]):
    """A shortest run from the initial state to where a claim fails."""

    claim: str
    moves: tuple[Move, ...]
    states: tuple[S, ...]
    """One more than there are moves."""


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
    """The claims whose twin was seen: they are about something."""
    counterexample: Counterexample[S] | None


def explore(system: System[K, S], *, limit: int = DEFAULT_LIMIT, progress: Progress | None = None) -> Exploration[S]:
    """Search the system until it is exhausted, a claim fails, or more than ``limit`` states are known."""
    return _Search(system, limit, progress).run()


class _Violated(Exception):  # noqa: N818 - not an error of the program: a finding
    def __init__(self, claim: str, at: int, last: tuple[int, object] | None = None) -> None:
        super().__init__(claim)
        self.claim, self.at, self.last = claim, at, last


class _Search(Generic[K, S]):
    """The known states, in the order in which they were met, and how each was reached."""

    def __init__(self, system: System[K, S], limit: int, progress: Progress | None) -> None:
        self.system = system
        self.limit = limit
        self.progress = progress
        self.moves = moves_of(system)
        self.successors = successors_compiled(system)
        self.step_claims = [
            tuple(claim for claim in system.on_step if claim.action == action.name) for action, _ in self.moves
        ]
        self.states: list[S] = []
        self.number: dict[S, int] = {}
        self.parent: list[int] = []
        self.via: list[int] = []
        self.targets: list[list[int]] = []
        self.taken = [0] * len(self.moves)
        self.unseen = list(system.always)
        self.terminals: list[int] = []
        self.layers = 0

    def run(self) -> Exploration[S]:
        """The whole search."""
        begun = perf_counter()
        counterexample = None
        try:
            finished = self._search()
            if finished:
                self._check_end_in_reach()
        except _Violated as found:
            finished = True
            counterexample = self._counterexample(found)
        verdict = Verdict.VIOLATED if counterexample else Verdict.HOLDS if finished else Verdict.NOT_FINISHED
        fired: Counter[str] = Counter()
        for (action, _), count in zip(self.moves, self.taken, strict=True):
            fired[action.name] += count
        waiting = {claim.name for claim in self.unseen}
        seen = {claim.name for claim in self.system.always} - waiting
        seen |= {claim.name for claim in self.system.on_step if fired[claim.action]}
        return Exploration(
            self.system.name, verdict, len(self.states), sum(self.taken), self.layers, perf_counter() - begun, fired,
            frozenset(seen), counterexample,
        )  # fmt: skip

    def _search(self) -> bool:
        """Explore layer by layer. False: the limit was reached first."""
        self._meet(self.system.initial, -1, -1)
        begin, end = 0, 1
        while begin < end:
            for at in range(begin, end):
                self._expand(at)
                if len(self.states) > self.limit:
                    return False
            begin, end = end, len(self.states)
            if begin < end:
                self.layers += 1
            if self.progress:
                self.progress(f"{self.system.name}: depth {self.layers}, {end} states, {end - begin} to go on from")
        return True

    def _meet(self, state: S, parent: int, via: int) -> int:
        """Take a new state in and check what is claimed of it."""
        at = self.number[state] = len(self.states)
        self.states.append(state)
        self.parent.append(parent)
        self.via.append(via)
        constants = self.system.constants
        for claim in self.system.always:
            if not claim.holds(constants, state):
                raise _Violated(claim.name, at)
        if self.unseen:
            self.unseen = [claim for claim in self.unseen if not claim.sometimes(constants, state)]
        return at

    def _expand(self, at: int) -> None:
        """Find the successors of one state."""
        constants, state, number, taken = self.system.constants, self.states[at], self.number, self.taken
        targets: list[int] = []
        canonical = self.system.canonical
        for move, after in self.successors(state):
            taken[move] += 1
            for claim in self.step_claims[move]:
                if not claim.holds(constants, state, after, self.moves[move][1]):
                    raise _Violated(claim.name, at, (move, after))
            if canonical:
                after = canonical(after)  # noqa: PLW2901 - the one that stands for it
            known = number.get(after)
            targets.append(self._meet(after, at, move) if known is None else known)
        self.targets.append(targets)
        if self.system.terminal(constants, state):
            self.terminals.append(at)
        elif not targets:
            raise _Violated(NO_DEADLOCK, at)

    def _check_end_in_reach(self) -> None:
        """Search backwards from the terminal states; what is not met cannot end."""
        sources: list[list[int]] = [[] for _ in self.states]
        for at, targets in enumerate(self.targets):
            for target in targets:
                sources[target].append(at)
        reaching = bytearray(len(self.states))
        todo = list(self.terminals)
        for at in todo:
            reaching[at] = 1
        while todo:
            for source in sources[todo.pop()]:
                if not reaching[source]:
                    reaching[source] = 1
                    todo.append(source)
        trapped = reaching.find(0)
        if trapped >= 0:
            raise _Violated(END_IN_REACH, trapped)

    def _counterexample(self, found: _Violated) -> Counterexample[S]:
        """The way to where the claim failed."""
        path = [found.at]
        while self.parent[path[-1]] >= 0:
            path.append(self.parent[path[-1]])
        path.reverse()
        moves: list[Move] = []
        states = [self.system.initial]
        for target in path[1:]:
            self._follow(moves, states, lambda move, after, to=target: self._stands_for(after) == self.states[to])
        if found.last:
            self._follow(moves, states, lambda move, after: move == found.last)
        return Counterexample(found.claim, tuple(moves), tuple(states))
