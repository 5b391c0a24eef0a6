"""What an action is in the proof: parameters, a guard of named conditions, and which atoms it puts and takes.

Decides: how a step is written down, and how it changes a relation. Must not know: which actions there are (``system``).

``puts(returned(l, x), when=ticket(l, x))``: ``l`` is a parameter, ``x`` is not, so it stands for every task of which
``when`` holds before the step. Takes come before puts; both read the state before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checkedpool_model.proof.logic import And, Atom, Formula, Relation, Var

__all__ = ["ALWAYS", "Action", "Change", "changed", "puts", "takes", "when"]

ALWAYS = And(())


@dataclass(frozen=True, slots=True)
class Change:
    """Atoms that a step makes true, or false."""

    atom: Atom
    adds: bool
    when: Formula


def puts(atom: Atom, *, when: Formula = ALWAYS) -> Change:
    """The atom is true after the step."""
    return Change(atom, adds=True, when=when)


def takes(atom: Atom, *, when: Formula = ALWAYS) -> Change:
    """The atom is false after the step."""
    return Change(atom, adds=False, when=when)


def when(**conditions: Formula) -> tuple[tuple[str, Formula], ...]:
    """A guard: each condition with its name."""
    return tuple(conditions.items())


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can happen, in one step that nobody can look into."""

    name: str
    """The actor first, as in the model."""
    clause: str
    """The clause of the protocol's text."""
    params: tuple[Var, ...]
    guard: tuple[tuple[str, Formula], ...]
    changes: tuple[Change, ...]

    def without(self, condition: str) -> "Action":
        """The action with one condition of its guard dropped."""
        return replace(self, guard=tuple((name, asked) for name, asked in self.guard if name != condition))


def changed(action: Action) -> Iterator[tuple[Relation, list[Change]]]:
    """The relations that the action changes, each with how."""
    for relation in dict.fromkeys(change.atom.relation for change in action.changes):
        yield relation, [change for change in action.changes if change.atom.relation == relation]
