"""Random walks through a system that is too large to be exhausted.

Decides: how chance goes, what is checked on the way, what a sample may say of itself. Must not know: what the states
mean; how a walk is shortened (``shorten``).

Of the moves that are possible each is as likely as any other. Walk number n of a seed is always the same walk, so it
can be made again by itself: ``walk``. What was not found is not excluded: the verdict is never that a claim holds.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import Generic, TypeVar

from checkedpool_model.checker.compile import Successors, successors_compiled
from checkedpool_model.checker.explore import Counterexample, Progress, Verdict
from checkedpool_model.checker.shorten import shortened
from checkedpool_model.checker.system import System
from checkedpool_model.checker.violations import Violations

__all__ = ["Simulation", "simulate", "walk"]

K = TypeVar("K")
S = TypeVar("S")

REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class Simulation(Generic[S]):
    """What a number of random walks has found."""

    system: str
    verdict: Verdict
    """``SAMPLED`` or ``VIOLATED``."""
    seed: int
    walks: int
    """How many were begun. If a claim fails, it does so in the last of them, which has the number ``walks - 1``."""
    steps: int
    cut: int
    """How many walks could have gone on when their steps were used up."""
    states: int
    """How many different states were remembered."""
    forgetful: bool
    """Whether there were more of them than could be remembered."""
    seconds: float
    fired: Counter[str]
    """How often each action was taken."""
    seen: frozenset[str]
    """The claims whose witness was seen."""
    longest: int
    """The steps of the longest walk."""
    counterexample: Counterexample[S] | None
    """The last walk, shortened."""


def walk(system: System[K, S], *, seed: int, number: int = 0, steps: int = 1000) -> Iterator[tuple[int, S]]:
    """One walk: (number of the move, state after it), until nothing is possible or the steps are used up."""
    return _walk(successors_compiled(system), system.initial, Random(f"{seed}/{number}"), steps)  # noqa: S311 - a sample


def _walk(successors: Successors[S], state: S, chance: Random, steps: int) -> Iterator[tuple[int, S]]:
    for _ in range(steps):
        possible = successors(state)
        if not possible:
            return
        move, state = chance.choice(possible)
        yield move, state


def simulate(  # noqa: PLR0913 - the measures of a sample
    system: System[K, S],
    *,
    seed: int,
    walks: int = 100,
    steps: int = 1000,
    remember: int = REMEMBERED,
    progress: Progress | None = None,
) -> Simulation[S]:
    """Make walks until a claim about states or steps fails, or nothing is possible where that is not right.

    ``steps``: at most so many in one walk. ``remember``: so many states at most, to count different ones and to ask
    each once.
    """
    begun = perf_counter()
    sample = _Sample(system, remember)
    found: Counterexample[S] | None = None
    made = 0
    while made < walks and found is None:
        chance = Random(f"{seed}/{made}")  # noqa: S311 - a sample
        claim = sample.goes(chance, steps)
        made += 1
        if claim:
            found = shortened(system, claim, sample.path)
        if progress:
            progress(f"{system.name}: walk {made}, {sum(sample.taken)} steps, {len(sample.known)} states")
    fired: Counter[str] = Counter()
    for (action, _), count in zip(sample.violations.moves, sample.taken, strict=True):
        fired[action.name] += count
    return Simulation(
        system.name, Verdict.VIOLATED if found else Verdict.SAMPLED, seed, made, sum(sample.taken), sample.cut,
        len(sample.known), sample.forgetful, perf_counter() - begun, fired, frozenset(sample.violations.seen),
        sample.longest, found,
    )  # fmt: skip


class _Sample(Generic[K, S]):
    """What is known after some walks."""

    def __init__(self, system: System[K, S], remember: int) -> None:
        self.initial = system.initial
        self.remember = remember
        self.violations = Violations(system)
        self.successors = successors_compiled(system)
        self.standing_for = system.canonical or _itself
        self.taken = [0] * len(self.violations.moves)
        self.known: set[S] = set()
        self.forgetful = False
        self.path: list[int] = []
        self.cut = self.longest = 0

    def goes(self, chance: Random, steps: int) -> str | None:
        """One walk; the claim that fails at its end."""
        self.path, before = [], self.initial
        claim = self._meets(before)
        if claim:
            return claim
        for move, after in _walk(self.successors, before, chance, steps):
            self.taken[move] += 1
            self.path.append(move)
            self.longest = max(self.longest, len(self.path))
            claim = self.violations.in_step(before, move, after) or self._meets(after)
            if claim:
                return claim
            before = after
        if self.successors(before):
            self.cut += 1
            return None
        return self.violations.at_an_end(before)

    def _meets(self, state: S) -> str | None:
        """Ask a state that is not known yet."""
        kept = self.standing_for(state)
        if kept in self.known:
            return None
        if len(self.known) < self.remember:
            self.known.add(kept)
        else:
            self.forgetful = True
        return self.violations.in_state(state)


def _itself(state: S) -> S:
    return state
