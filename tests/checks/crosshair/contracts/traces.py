"""Reading a trace: a field is what it is said to be or is refused; what a worker has written is a run of its table.

The fields are of nine kinds, the integers of any value.
"""

from __future__ import annotations

from typing import Any

from checkedpool._core.tables import WORKER, Came, WorkerMachine
from checkedpool_model.traces.reading import DivergedError, Facts, _round, _worker
from checkedpool_spec.trace import E
from checkedpool_spec.trace_files import BadTraceError, Json, Line, Node, ProcessFile

CAME = tuple(Came)
OTHERS: tuple[Json, ...] = (7, True, False, "7", None, [], {}, 0.5)
REFUSED = "refused"


def field(kind: int, value: Json) -> Json:
    """One of these, or the value."""
    return (*OTHERS, value)[kind]


def node(value: Json) -> Node:
    """A line in which there is this field."""
    return Node("file", 1, {"field": value})


def number(kind: int, value: int) -> tuple[object, object]:
    """An integer is read as what it is; nothing else is, True among it.

    pre: 0 <= kind <= 8
    post: __return__[1] == (__return__[0] if type(__return__[0]) is int else REFUSED)
    """
    given = field(kind, value)
    try:
        return given, node(given).number("field")
    except BadTraceError:
        return given, REFUSED


def optional(kind: int, value: int) -> tuple[object, object]:
    """An integer, or nothing.

    pre: 0 <= kind <= 8
    post: __return__[1] == (__return__[0] if __return__[0] is None or type(__return__[0]) is int else REFUSED)
    """
    given = field(kind, value)
    try:
        return given, node(given).optional("field")
    except BadTraceError:
        return given, REFUSED


def flag(kind: int, value: bool) -> tuple[object, object]:
    """True or false; no number stands for one.

    pre: 0 <= kind <= 8
    post: __return__[1] == (__return__[0] if type(__return__[0]) is bool else REFUSED)
    """
    given = field(kind, value)
    try:
        return given, node(given).flag("field")
    except BadTraceError:
        return given, REFUSED


def line(at: int, e: E, **fields: Any) -> Line:
    """An event at this time."""
    return Line("file", 1, fields, e, at, at)


def written(first: int, second: int, third: int, fourth: int) -> tuple[bool, bool]:
    """Whether a worker's machine can make up to four steps of which this comes, and whether the reader takes them.

    pre: 0 <= first <= 7 and 0 <= second <= 7 and 0 <= third <= 7 and 0 <= fourth <= 7
    post: __return__[0] == __return__[1]
    """
    machine, lines, possible = WorkerMachine(), [], True
    for at, chosen in enumerate((first, second, third, fourth)):
        if chosen == len(CAME):
            break
        came = CAME[chosen]
        lines.append(line(at, E.STEP, op=machine.at.name, came=came.name, ticket=0))
        possible = came in WORKER[machine.at]
        if not possible:
            break
        machine.step(came)
    try:
        _worker(ProcessFile("file", line(0, E.BEGIN), tuple(lines), torn=False))
    except DivergedError:
        return possible, False
    return possible, True


def looks(first: int, second: int, third: int) -> bool:
    """The manager's looks into its inbox take the messages one after the other, from the first on.

    pre: 0 <= first <= 2 and 0 <= second <= 2 and 0 <= third <= 2
    post: __return__ == (first == 0 <= second <= third)
    """
    facts = Facts(None, [], [], {}, [], {}, ended=False)  # type: ignore[arg-type]  # of its files nothing is asked
    clocks: dict[object, Line] = {}
    try:
        _round(facts, clocks, line(1, E.LOOK, messages=[first, second]))
        _round(facts, clocks, line(2, E.LOOK, messages=[second, third]))
    except DivergedError:
        return False
    return True


def clock(first: int, second: int, third: int) -> bool:
    """In a worker's file the clock never goes back.

    post: __return__ == (first <= second <= third)
    """
    steps = (
        line(second, E.STEP, op="INITIALIZE", came="DONE", ticket=0),
        line(third, E.STEP, op="SAY_READY", came="DONE", ticket=0),
    )
    try:
        _worker(ProcessFile("file", line(first, E.BEGIN), steps, torn=False))
    except DivergedError:
        return False
    return True
