"""The manager's record of a worker as pictures and a page. Decides: what is shown. Must not know: how it is drawn."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import TypeVar, get_args

from checkedpool._core import messages
from checkedpool._core.worker_record import LIFE, OVER, TICKETS, Phase, Tickets
from checkedpool.testing.simulated.record_invariants import INVARIANTS
from tests.pictures.drawing import Arrow, Diagram, Kind, State

__all__ = ["abandoned", "life", "page", "tickets"]

S = TypeVar("S", bound=Enum)

HEARD = frozenset(get_args(messages.Event))

PAGE = """\
# The record of a worker

Made from `impl/checkedpool/_core/worker_record.py` by `python -m tests.pictures`; a test compares. For each worker
the manager keeps one record, a `WorkerRecord`. Two of its fields are states that tables move: `LIFE` and `TICKETS`.
What the manager may hear of a worker or order for it, and when, these two say. An arrow bears the words that lead on.
Words that change nothing stand in the box: *heard* is what can come in this state, *ordered* what can be ordered in
it. Under fork a record begins in `BORN`. It goes when a start has failed or was given up, or when nothing of an ended
worker remains.

![The table LIFE](table-life.svg)

![The table TICKETS](table-tickets.svg)

## Invariants

One for each field. They hold after each step of the manager. That is asked wherever the machine runs in a test or is
explored.

| field | invariant |
| --- | --- |
"""


def life() -> Diagram:
    """How far a worker's life has come."""
    made = _machine("The life of a worker, as the manager sees it", Phase, LIFE, OVER)
    return Diagram(made.title, made.states, (*made.arrows, *abandoned()))


def abandoned() -> Iterator[Arrow]:
    """What no word leads to: when its limit has passed, a process that SIGKILL does not end counts as ended."""
    for phase in (Phase.BORN, Phase.READY, Phase.LEAVING):
        yield Arrow(phase.name, Phase.ABANDONED.name, ("a limit after SIGKILL",))


def tickets() -> Diagram:
    """Who is at a worker's tickets."""
    return _machine("Who is at a worker's tickets", Tickets, TICKETS, ())


def page() -> str:
    """The record's fields, each with what holds of it."""
    return PAGE + "".join(f"| `{invariant.field}` | {invariant.says} |\n" for invariant in INVARIANTS)


def _machine(title: str, states: Iterable[S], table: Mapping[type, Mapping[S, S]], over: Iterable[S]) -> Diagram:
    ends = frozenset(over)
    made = tuple(
        State(at.name, at.name, str(at.value), Kind.END if at in ends else Kind.STEP, tuple(_notes(table, at)))
        for at in states
    )
    says: dict[tuple[str, str], list[str]] = {}
    for kind, row in table.items():
        for at, following in row.items():
            if following is not at:
                says.setdefault((at.name, following.name), []).append(kind.__name__)
    return Diagram(title, made, tuple(Arrow(*ends, (", ".join(kinds),)) for ends, kinds in says.items()))


def _notes(table: Mapping[type, Mapping[S, S]], at: S) -> Iterator[str]:
    """What leaves a state as it is."""
    staying = [kind for kind, row in table.items() if row.get(at) is at]
    for word, heard in (("heard", True), ("ordered", False)):
        names = [kind.__name__ for kind in staying if (kind in HEARD) is heard]
        if names:
            yield f"{word}: {', '.join(names)}"
