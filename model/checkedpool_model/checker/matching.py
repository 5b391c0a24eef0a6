"""Which steps of an abstract system make the same difference as one step of a concrete one.

Decides: whether one of the sequences that are allowed leads from one abstract state to another, and why the others do
not. Must not know: the concrete system; how states are mapped.

The first sequence that fits counts, in the order in which they are given, with the smallest indices. The empty sequence
fits if nothing changes.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

from checkedpool_model.checker.compile import moves_of
from checkedpool_model.checker.graph import Move
from checkedpool_model.checker.story import changes, label
from checkedpool_model.checker.system import Action, System

__all__ = ["Matched", "Matcher", "Names"]

L = TypeVar("L")
A = TypeVar("A")

Names = tuple[str, ...]
"""Abstract actions by name, one after the other."""
Matched = tuple[tuple[int, A], ...]
"""What fits: (number of the abstract move, abstract state after it), one after the other."""


class Matcher(Generic[L, A]):
    """Remembers what it has found: the same question comes again and again."""

    def __init__(self, abstract: System[L, A]) -> None:
        self.constants = abstract.constants
        self.moves = moves_of(abstract)
        self.by_name: dict[str, list[tuple[int, Action[L, A], int]]] = {action.name: [] for action in abstract.actions}
        for number, (action, index) in enumerate(self.moves):
            self.by_name[action.name].append((number, action, index))
        self.known: dict[tuple[A, A, tuple[Names, ...]], Matched[A] | None] = {}
        self.after: dict[tuple[str, A], Matched[A]] = {}
        """What may come of a state by an action of this name: many sequences begin with the same."""

    def match(self, before: A, after: A, allowed: tuple[Names, ...]) -> Matched[A] | None:
        """The first way from ``before`` to ``after``; None: there is none."""
        question = (before, after, allowed)
        if question not in self.known:
            self.known[question] = next((way for names in allowed for way in self._ways(before, after, names)), None)
        return self.known[question]

    def _ways(self, before: A, after: A, names: Names) -> Iterator[Matched[A]]:
        if not names:
            if before == after:
                yield ()
            return
        for step in self._steps(before, names[0]):
            for way in self._ways(step[1], after, names[1:]):
                yield (step, *way)

    def _steps(self, before: A, name: str) -> Matched[A]:
        """Each move of this name that is possible, and the state after it."""
        question = name, before
        found = self.after.get(question)
        if found is None:
            found = self.after[question] = tuple(
                [
                    (number, action.effect(self.constants, before, index))
                    for number, action, index in self.by_name[name]
                    if action.enabled(self.constants, before, index)
                ]
            )
        return found

    def why_not(self, before: A, after: A, names: Names) -> str:
        """Why this sequence does not lead from ``before`` to ``after``: what it makes different, or what stops it."""
        told = f"as {', '.join(names) or 'no step'}"
        reached = [before]
        for position, name in enumerate(names, 1):
            tried = [(action, index, state) for _, action, index in self.by_name[name] for state in reached]
            missing = [self._first_false(action, state, index) for action, index, state in tried]
            further = [
                action.effect(self.constants, state, index)
                for (action, index, state), lacks in zip(tried, missing, strict=True)
                if not lacks
            ]
            if not further:
                held = [
                    f"{label(Move.of(action, index))} is not possible, {lacks} is false"
                    for (action, index, _), lacks in zip(tried, missing, strict=True)
                ]
                where = f"step {position}, " if len(names) > 1 else ""
                return f"{told}: {where}{'; '.join(dict.fromkeys(held)) or f'{name} has no index'}"
            reached = further
        nearest = min((tuple(changes(state, after)) for state in reached), key=len)
        return f"{told}: what is missing then is {'; '.join(nearest)}"

    def _first_false(self, action: Action[L, A], state: A, index: int) -> str:
        """The first conjunct of the guard that is false; "" if none is."""
        return next((holds.__name__ for holds in action.guard if not holds(self.constants, state, index)), "")
