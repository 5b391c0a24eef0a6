"""The record that is made of a trace: occurrences, one after the other, and how each is put together.

Decides: the form of an occurrence's ways. Must not know: which event is which step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from checkedpool_model.checker.membership import Occurrence, Way
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.traces.loans import Loans
from checkedpool_model.traces.reading import Facts, Tickets
from checkedpool_model.traces.rules import TraceAction
from checkedpool_model.traces.scope import Numbers
from checkedpool_spec.trace_files import Line

__all__ = ["FOR_EVER", "Agrees", "Record", "Steps", "TraceWay", "Ways", "always"]

TraceWay = Way[Bounds, State]
Steps = Sequence[tuple[str, int]]
"""Actions by name, each with its index."""
Ways = Callable[[State], Sequence[Steps]]
Agrees = Callable[[State, State], str]

FOR_EVER = 1 << 62
"""Later than any line: the moment at which what has no end in the trace is over."""


def _content(_before: State, _after: State) -> str:
    return ""


@dataclass(slots=True)
class Record:
    """What is known of a trace while its occurrences are made, and they."""

    facts: Facts
    numbers: Numbers
    bounds: Bounds
    actions: dict[str, TraceAction]
    loans: Loans
    issues: dict[int, int] = field(default_factory=dict)
    """By the model's number of a task that its client has issued: the occurrence."""
    tickets: Tickets = field(default_factory=Tickets)
    looks: set[int] = field(default_factory=set)
    """The posts, by identity, that are a canceller's note under a lane's lock."""
    repeats: set[int] = field(default_factory=set)
    """Those that say a job is done of which the manager has heard before: of a call that was pickled late."""
    burials: dict[int, int] = field(default_factory=dict)
    """By the identity of the line at which it is done: the lane whose worker is buried."""
    blames: dict[int, tuple[int | None, bool]] = field(default_factory=dict)
    """By the same: the task that the trace charges, and whether the pool breaks by it."""
    occurrences: list[Occurrence[Bounds, State]] = field(default_factory=list)

    def add(  # noqa: PLR0913 - the fields of an occurrence
        self,
        line: Line,
        text: str,
        ways: Ways,
        *,
        begins: int | None = None,
        ends: int | None = None,
        after: Sequence[int | None] = (),
        optional: bool = False,
        agrees: Agrees = _content,
        eager: bool = False,
    ) -> int:
        """Add one; its number."""
        begins = line.before if begins is None else begins
        self.occurrences.append(
            Occurrence(
                text,
                line.where,
                begins,
                max(line.after if ends is None else ends, begins),
                lambda state: [self._way(steps) for steps in ways(state)],
                tuple(before for before in after if before is not None),
                optional,
                agrees,
                eager,
            )
        )
        return len(self.occurrences) - 1

    def follows(self, number: int, others: Sequence[int | None]) -> None:
        """This occurrence came after the others."""
        one = self.occurrences[number]
        after = (*one.after, *(other for other in others if other is not None))
        self.occurrences[number] = replace(one, after=after)

    @property
    def horizon(self) -> int:
        """Up to when all is written: if the pool's own process was killed, its last command is not."""
        last = self.facts.rounds[-1].ends if self.facts.rounds else 0
        return FOR_EVER if self.facts.ended else last

    @property
    def stalls(self) -> bool:
        """Whether exit handlers are steps of their own."""
        return self.bounds.budget.stalls > 0

    def refuse(self, line: Line, text: str, reason: str) -> int:
        """Add one that cannot have happened."""
        return self.add(line, text, lambda _: [()], agrees=lambda _before, _after: reason)

    def _way(self, steps: Steps) -> TraceWay:
        return tuple((self.actions[name], index) for name, index in steps)


def always(*steps: tuple[str, int]) -> Ways:
    """The one way that it can be made up of, whatever the state."""
    return lambda _: [steps]
