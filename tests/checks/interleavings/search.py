"""Which schedules are run: all that differ in the order of two accesses that touch the same thing, each once.

Stateless model checking (Godefroid 1997): a schedule is run from the beginning, then the last choice that has another
one left is changed.  Of schedules that differ in the order of independent steps only (one Mazurkiewicz trace) one is
run: dynamic partial-order reduction with source sets and sleep sets (Flanagan and Godefroid 2005; Abdulla, Aronis,
Jonsson and Sagonas 2014).  ``Everything`` has no reduction: what the other is compared with.

Decides: which actor acts next.  Must not know: what actors do; a step is two sets of objects, as bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol


class Diverged(RuntimeError):  # noqa: N818 - what happened
    """The same choices led somewhere else: what was run is not determined by them."""


class Chooser(Protocol):
    """Says who acts next."""

    def choose(self, able: tuple[int, ...], waiting: Sequence[tuple[int, int, int]]) -> int | None:
        """One of those who can act; None: no more of this schedule, another one has or will have the rest.

        ``waiting``: of those who cannot, who it is and what his step would read and write.
        """

    def done(self, reads: int, writes: int) -> None:
        """What the step of the one who was chosen has read and written."""

    def next_schedule(self) -> bool:
        """The schedule is over; whether there is another one."""


class Step:
    """A moment of a schedule: who could act, who does, what that touches, what else is to be tried."""

    __slots__ = ("able", "actor", "asleep", "before", "reads", "todo", "writes")

    def __init__(self, able: tuple[int, ...], actor: int, asleep: dict[int, tuple[int, int]]) -> None:
        self.able, self.actor, self.asleep = able, actor, asleep
        self.todo = {actor}
        self.reads = self.writes = 0
        self.before = 0
        """The steps that happen before it, and it itself, as bits: whoever swaps one with it changes something."""


class Reduced:
    """One schedule of each trace."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.at = 0
        self._fresh = 0
        self.pruned = 0
        self._waiting: Sequence[tuple[int, int, int]] = ()

    def choose(self, able: tuple[int, ...], waiting: Sequence[tuple[int, int, int]]) -> int | None:
        """See ``Chooser``."""
        self._waiting = waiting
        if self.at < len(self.steps):
            step = self.steps[self.at]
            if step.able != able:
                raise Diverged(f"{step.able} could act at step {self.at}, and then {able} could")
            return step.actor
        asleep: dict[int, tuple[int, int]] = {}
        last = -1
        if self.steps:
            before = self.steps[-1]
            last, reads, writes = before.actor, before.reads, before.writes
            asleep = {
                actor: (read, wrote)
                for actor, (read, wrote) in before.asleep.items()
                if actor != last and not (wrote & (reads | writes) or writes & read)
            }
        awake = [actor for actor in able if actor not in asleep]
        if not awake:
            if able:
                self.pruned += 1
                self._waiting = ()
            return None
        self.steps.append(Step(able, last if last in awake else awake[0], asleep))
        return self.steps[-1].actor

    def done(self, reads: int, writes: int) -> None:
        """See ``Chooser``."""
        step = self.steps[self.at]
        if self.at >= self._fresh:
            step.reads, step.writes = reads, writes
        self.at += 1

    def next_schedule(self) -> bool:
        """See ``Chooser``."""
        for at in range(self._fresh, len(self.steps)):
            step = self.steps[at]
            step.before = self._races(at, step.actor, step.reads, step.writes) | 1 << at
        for actor, reads, writes in self._waiting:  # for ever: who would have come first, had he come before?
            self._races(len(self.steps), actor, reads, writes)
        while self.steps:
            step = self.steps[-1]
            step.asleep[step.actor] = step.reads, step.writes
            left = sorted(step.todo - step.asleep.keys())
            if left:
                step.actor = left[0]
                self.at, self._fresh = 0, len(self.steps) - 1
                return True
            self.steps.pop()
        return False

    def _races(self, at: int, actor: int, reads: int, writes: int) -> int:
        """What happens before this step; each step of another actor that could be swapped with it is to be."""
        steps = self.steps
        own = 0
        for earlier in reversed(range(at)):
            if steps[earlier].actor == actor:
                own = steps[earlier].before
                break
        before, left, touched = own, ((1 << at) - 1) & ~own, reads | writes
        while left:
            earlier = left.bit_length() - 1
            left ^= 1 << earlier
            other = steps[earlier]
            if other.writes & touched or writes & other.reads:
                before |= other.before
                self._swap(earlier, at, actor, before_of_last=before)
        return before

    def _swap(self, earlier: int, at: int, actor: int, before_of_last: int) -> None:
        """Somebody acts at ``earlier`` who can be the first of those that come to ``at`` without that step."""
        step, steps = self.steps[earlier], self.steps
        seen = between = firsts = 0
        for place in range(earlier + 1, at + 1):
            who, before = (steps[place].actor, steps[place].before) if place < at else (actor, before_of_last)
            if place < at and before >> earlier & 1:
                continue
            if not seen >> who & 1 and not before & between:
                firsts |= 1 << who
            seen |= 1 << who
            between |= 1 << place
        possible = [who for who in step.able if firsts >> who & 1]
        if possible and not any(who in step.todo or who in step.asleep for who in possible):
            step.todo.add(possible[0])


class Everything:
    """Every schedule."""

    def __init__(self) -> None:
        self.steps: list[tuple[tuple[int, ...], int]] = []
        self.at = 0
        self.pruned = 0

    def choose(self, able: tuple[int, ...], waiting: Sequence[tuple[int, int, int]]) -> int | None:  # noqa: ARG002
        """See ``Chooser``."""
        if self.at == len(self.steps):
            if not able:
                return None
            self.steps.append((able, 0))
        found, place = self.steps[self.at]
        if found != able:
            raise Diverged(f"{found} could act at step {self.at}, and then {able} could")
        return able[place]

    def done(self, reads: int, writes: int) -> None:  # noqa: ARG002 - nothing is independent
        """See ``Chooser``."""
        self.at += 1

    def next_schedule(self) -> bool:
        """See ``Chooser``."""
        self.at = 0
        while self.steps:
            able, place = self.steps.pop()
            if place + 1 < len(able):
                self.steps.append((able, place + 1))
                return True
        return False


class First:
    """One schedule: whoever comes first, for as long as he can."""

    pruned = 0

    def choose(self, able: tuple[int, ...], waiting: Sequence[tuple[int, int, int]]) -> int | None:  # noqa: ARG002
        """See ``Chooser``."""
        return able[0] if able else None

    def done(self, reads: int, writes: int) -> None:
        """Nothing is kept."""

    def next_schedule(self) -> bool:
        """There is one."""
        return False


class One:
    """One schedule, as it was."""

    def __init__(self, actors: Sequence[int]) -> None:
        self._actors: Iterator[int] = iter(actors)
        self.pruned = 0

    def choose(self, able: tuple[int, ...], waiting: Sequence[tuple[int, int, int]]) -> int | None:  # noqa: ARG002
        """See ``Chooser``."""
        return next(self._actors, None)

    def done(self, reads: int, writes: int) -> None:
        """Nothing is kept."""

    def next_schedule(self) -> bool:
        """There is one."""
        return False
