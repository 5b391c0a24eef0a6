"""Whether a recorded run is a run of a system: what was recorded is a partial order, and some steps are not recorded.

Decides: by subset construction, in one pass over the record, whether some order that the intervals allow is a run of
the system. Must not know: what the states mean, how a record is made, which step stands for which event.

An occurrence happened somewhere between two moments. It is made up of steps of the system: which, it says for a given
state, and there may be several ways. Kept are all states in which the system can be, each with those occurrences that
have begun, are not over, and have happened already. When an occurrence is over, it must have happened: from every kept
state all orders of what can have happened before it are tried, and what cannot make it happen is dropped. If nothing is
left, the run diverges there. An optional occurrence may also not have happened at all.

To accept a record one run is enough. So a first pass is lazy: what can still happen later is not tried before, unless
the occurrence that is over could not happen without it, except what is said to be eager. Only what that pass does not
accept is tried in all orders.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from checkedpool_model.checker.explore import Move
from checkedpool_model.checker.system import Action, System

__all__ = ["DEFAULT_LIMIT", "Found", "Never", "Occurrence", "Outcome", "Step", "Way", "follow"]

K = TypeVar("K")
S = TypeVar("S")

DEFAULT_LIMIT = 20_000
"""How many states may be kept at a time."""

Step = tuple[Action[K, S], int]
Way = tuple[Step[K, S], ...]


@dataclass(frozen=True, slots=True)
class Occurrence(Generic[K, S]):
    """Something that was recorded."""

    text: str
    where: str
    """File and line."""
    begins: int
    ends: int
    ways: Callable[[S], Sequence[Way[K, S]]]
    """What it can be made up of in this state. Of a way whose steps are possible ``agrees`` has still to be content."""
    after: tuple[int, ...] = ()
    """Occurrences, by their numbers, that came before it whatever the intervals say."""
    optional: bool = False
    agrees: Callable[[S, S], str] = lambda _before, _after: ""
    """What is wrong with it, given the states before and after; "": nothing."""
    eager: bool = False
    """In the lazy pass it happens as soon as it can: it is likelier to become impossible than to make anything so."""


@dataclass(frozen=True, slots=True)
class Never:
    """Why an occurrence did not happen in one of the kept states."""

    step: str
    """The step that was not possible; "" if all were."""
    false: tuple[str, ...]
    """The conjuncts of its guard that were false, or what did not agree."""


class Outcome(Enum):
    """How it ended."""

    FOLLOWED = "followed"
    DIVERGED = "diverged"
    NOT_FINISHED = "not finished"


Trail = tuple["Trail", int, tuple[Move, ...]] | tuple[()]
"""Occurrences and their moves so far, the last of them first: what two trails share is there once."""


@dataclass(slots=True)
class Found(Generic[S]):
    """What came of following a record."""

    outcome: Outcome
    states: tuple[S, ...]
    """Where the system can be at the end, or was before it diverged."""
    moves: tuple[Move, ...]
    """A run that leads there: to the first of these states."""
    whose: tuple[int, ...] = ()
    """Beside each move the occurrence, by its number, that it is a part of."""
    at: int | None = None
    """The occurrence at which it diverged, or at which the limit was met."""
    never: Never | None = None
    widest: int = 0
    """The largest number of states kept at a time."""
    looked_at: int = 0
    """How many states were looked at in all."""


def follow(
    system: System[K, S],
    occurrences: Sequence[Occurrence[K, S]],
    *,
    limit: int = DEFAULT_LIMIT,
    ends_well: Callable[[S], bool] = lambda _: True,
) -> Found[S]:
    """Follow the record to its end, to where it diverges, or until more states than the limit are kept.

    ``ends_well``: whether this is how it should end; if it is not after the lazy pass, the other one is made.
    """
    found = _follow(system, occurrences, limit, lazy=True)
    if found.outcome is Outcome.FOLLOWED and any(ends_well(state) for state in found.states):
        return found
    return _follow(system, occurrences, limit, lazy=False)


def _follow(system: System[K, S], occurrences: Sequence[Occurrence[K, S]], limit: int, *, lazy: bool) -> Found[S]:
    points = sorted(
        [(one.begins, 0, number) for number, one in enumerate(occurrences)]
        + [(one.ends, 1, number) for number, one in enumerate(occurrences)]
    )
    pass_ = _Pass(system, occurrences, limit, lazy=lazy)
    for _, is_end, number in points:
        outcome = pass_.over(number) if is_end else pass_.begins(number)
        if outcome is not Outcome.FOLLOWED:
            return pass_.found(outcome, number)
    return pass_.found(Outcome.FOLLOWED, None)


_Here = tuple[S, frozenset[int]]
"""A state, and the open occurrences that have happened already."""


class _Pass(Generic[K, S]):
    """One pass over a record."""

    def __init__(
        self, system: System[K, S], occurrences: Sequence[Occurrence[K, S]], limit: int, *, lazy: bool
    ) -> None:
        self.lazy = lazy
        self.k = system.constants
        self.occurrences = occurrences
        self.limit = limit
        self.open: set[int] = set()
        self.gone: set[int] = set()
        self.kept: dict[_Here[S], Trail] = {(system.initial, frozenset()): ()}
        self.widest, self.looked_at = 1, 0
        self.never: Never | None = None
        self.nearest: Trail = ()

    def begins(self, number: int) -> Outcome:
        """From now on this occurrence can happen."""
        self.open.add(number)
        if self.lazy and self.occurrences[number].eager:
            self._hurry([number])
        return Outcome.FOLLOWED

    def _hurry(self, eager: Iterable[int]) -> None:
        """Have these happen wherever they can."""
        for number in eager:
            following: dict[_Here[S], Trail] = {}
            for here, trail in self.kept.items():
                state, happened = here
                ways = [] if number in happened else list(self._happens(number, state, happened, None))
                for moves, after in ways[:1]:
                    following.setdefault((after, happened | {number}), (trail, number, moves))
                if not ways:
                    following.setdefault(here, trail)
            self.kept = following

    def over(self, number: int) -> Outcome:
        """This occurrence is over: keep what it leads to."""
        self.never = None
        following: dict[_Here[S], Trail] = {}
        if self.occurrences[number].optional:
            following = {here: trail for here, trail in self.kept.items() if number not in here[1]}
        seen = dict(self.kept)
        layer = list(self.kept)
        while layer:
            layer = self._layer(number, layer, seen, following)
            if len(seen) > self.limit:
                return Outcome.NOT_FINISHED
        if not following:
            return Outcome.DIVERGED
        self.open.discard(number)
        self.gone.add(number)
        self.kept = following
        self.widest = max(self.widest, len(following))
        if self.lazy:
            self._hurry(
                [other for other in self.open if number in self.occurrences[other].after and self._is_eager(other)]
            )
        return Outcome.FOLLOWED

    def _is_eager(self, number: int) -> bool:
        return self.occurrences[number].eager

    def _layer(
        self, number: int, layer: "list[_Here[S]]", seen: "dict[_Here[S], Trail]", following: "dict[_Here[S], Trail]"
    ) -> "list[_Here[S]]":
        """Where it happens from here goes to ``following``; where something else happens first, is the next layer."""
        others = []
        for here in layer:
            self.looked_at += 1
            state, happened = here
            if number in happened:
                following.setdefault((state, happened - {number}), seen[here])
                continue
            for moves, after in self._happens(number, state, happened, seen[here]):
                following.setdefault((after, happened), (seen[here], number, moves))
            others.append(here)
        if self.lazy and following:
            return []
        return [there for here in others for there in self._others(number, here, seen)]

    def _others(self, number: int, here: "_Here[S]", seen: "dict[_Here[S], Trail]") -> "Iterator[_Here[S]]":
        """What can happen here before it, and was not seen yet."""
        state, happened = here
        for other in self.open - happened - {number}:
            for moves, after in self._happens(other, state, happened, None):
                there = after, happened | {other}
                if there not in seen and len(seen) <= self.limit:
                    seen[there] = seen[here], other, moves
                    yield there

    def _happens(
        self, number: int, state: S, happened: frozenset[int], trail: Trail | None
    ) -> Iterator[tuple[tuple[Move, ...], S]]:
        """Each way in which it can happen here: the moves, and the state after them."""
        one = self.occurrences[number]
        if not self._can_come(number, happened):
            return
        for way in one.ways(state):
            after = self._made(way, state, trail)
            if after is None:
                continue
            wrong = one.agrees(state, after)
            if wrong:
                self._note(Never("", (wrong,)), trail)
            else:
                yield tuple(Move.of(action, index) for action, index in way), after

    def _can_come(self, number: int, happened: frozenset[int]) -> bool:
        """Whether all has happened that came before it; what is optional need not have, but what came before that."""
        return all(
            before in self.gone
            or before in happened
            or (self.occurrences[before].optional and self._can_come(before, happened))
            for before in self.occurrences[number].after
        )

    def _made(self, way: Way[K, S], state: S, trail: Trail | None) -> S | None:
        for action, index in way:
            if not action.enabled(self.k, state, index):
                false = tuple(holds.__name__ for holds in action.guard if not _holds(holds, self.k, state, index))
                self._note(Never(f"{action.name} {action.over} {index}".strip(), false), trail)
                return None
            state = action.effect(self.k, state, index)
        return state

    def _note(self, never: Never, trail: Trail | None) -> None:
        """Of all reasons keep the smallest: what is nearest to being possible is what was most likely meant."""
        if trail is not None and (self.never is None or len(never.false) < len(self.never.false)):
            self.never, self.nearest = never, trail

    def found(self, outcome: Outcome, at: int | None) -> Found[S]:
        """What came of it."""
        states = tuple(state for state, _ in self.kept)
        trail = self.nearest if self.never is not None else next(iter(self.kept.values()))
        whose, moves = _told(trail)
        return Found(outcome, states, moves, whose, at, self.never, self.widest, self.looked_at)


def _holds(holds: Callable[[K, S, int], bool], k: K, state: S, index: int) -> bool:
    """Whether it holds; one that cannot be asked here, since one before it is false, is not what is wrong."""
    try:
        return holds(k, state, index)
    except (IndexError, KeyError):
        return True


def _told(trail: Trail) -> tuple[tuple[int, ...], tuple[Move, ...]]:
    """The occurrences and the moves, in their order."""
    parts: list[tuple[int, Move]] = []
    while trail:
        trail, number, moves = trail
        parts += [(number, move) for move in reversed(moves)]
    parts.reverse()
    return tuple(number for number, _ in parts), tuple(move for _, move in parts)
