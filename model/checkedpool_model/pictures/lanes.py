"""What stands in the lanes of a run: who was at what, from when to when, and what happened at a moment.

Decides: which bars and which marks there are, in which row. Must not know: how wide a row is, how anything looks.

Bars and marks are read off the states of the run: so a task lies in the lane of its worker from the step that begins it
to the step that answers it, and a ticket from its issue until somebody takes it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from checkedpool_model.checker.sequence import in_one_line
from checkedpool_model.protocol.state import Lane, Mark, Slot, State, Worker
from checkedpool_model.traces.naming import LANES
from checkedpool_model.traces.timed import Happened, TimedRun

__all__ = ["Bar", "Point", "Row", "rows"]

MOST_ROWS = 24
"""Rows that are drawn."""

KINDS = {
    Worker.BOOTING: "boots",
    Worker.WAITING: "idle",
    Worker.RUNNING: "runs",
    Worker.LEAVING: "leaves",
    Worker.STALLED: "stalls",
    Worker.ENDED: "ended",
}
BAD = {"WorkerCrashes": "dies", "BootFails": "fails", "StartFails": "fails", "WorkerStalls": "stalls"}


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasts."""

    begins: int
    ends: int
    kind: str
    label: str
    """What stands in it, if there is room."""
    says: str
    """What is to be known of it."""


@dataclass(frozen=True, slots=True)
class Point:
    """Something that happens."""

    at: int
    kind: str
    says: str


@dataclass(slots=True)
class Row:
    """One lane."""

    name: str
    bars: list[Bar] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    tickets: list[tuple[int, int]] = field(default_factory=list)
    """From each of these moments on, how many tickets lie in its socket."""


def rows(made: TimedRun) -> tuple[list[Row], int]:
    """The lanes from top to bottom, and how many are left out."""
    found: dict[str, Row] = {}

    def row(name: str) -> Row:
        name = made.names.row(name)
        return found.setdefault(name, Row(name))

    _calls(made, row)
    row("manager")
    _workers(made, row)
    _user_code(made, row)
    _points(made, row)
    order = sorted(found.values(), key=lambda one: _place(one.name))
    return order[:MOST_ROWS], max(len(order) - MOST_ROWS, 0)


def _place(name: str) -> tuple[int, int, str]:
    kind = next((kind for kind in LANES if name.startswith(kind)), "")
    digits = "".join(letter if letter.isdigit() else " " for letter in name).split()
    return LANES.index(kind) if kind else len(LANES), int(digits[0]) if digits else -1, name


def _calls(made: TimedRun, row: Callable[[str], Row]) -> None:
    """What clients have called."""
    for call in made.run.record.facts.calls:
        begins = call.line.before - made.begun
        if begins > made.lasts:
            continue
        over = made.lasts if call.returned is None else min(call.returned.after - made.begun, made.lasts)
        task = (call.line if call.returned is None else call.returned).fields.get("task")
        about = f" {task}" if isinstance(task, int) else ""
        number = call.line.number("call")
        came = "it has not returned" if call.returned is None else f"came: {call.came}"
        says = f"{call.does}{about}, call {number}: {came}"
        label = in_one_line(f"{call.does}{about}")
        row(made.names.client(number)).bars.append(Bar(begins, over, call.does, label, in_one_line(says)))


def _workers(made: TimedRun, row: Callable[[str], Row]) -> None:
    """Each worker's life, and its tickets."""
    for slot in made.names.slots:
        for piece in _pieces(made, slot, lambda lane: (lane.worker, lane.running)):
            row(f"worker {piece.worker}").bars.extend(_life(made, piece))
        for piece in _pieces(made, slot, lambda lane: sum(ticket >= 0 for ticket in lane.tickets)):
            count = sum(ticket >= 0 for ticket in piece.lane.tickets)
            row(f"worker {piece.worker}").tickets.append((piece.begins, count))


def _life(made: TimedRun, piece: "_Piece") -> Iterator[Bar]:
    kind = KINDS.get(Worker(piece.lane.worker))
    if kind is None:
        return
    task = made.names.task(piece.lane.running) if kind == "runs" else ""
    label = task or (f"worker {piece.worker} boots" if kind == "boots" else kind)
    does = "waits for a ticket" if kind == "idle" else f"runs task {task}" if task else kind
    yield Bar(piece.begins, piece.ends, kind, label, f"worker {piece.worker} {does}")


class _Piece(NamedTuple):
    begins: int
    ends: int
    worker: int
    lane: Lane


def _pieces(made: TimedRun, slot: int, seen: Callable[[Lane], object]) -> Iterator[_Piece]:
    """From when to when which worker's lane is the same in what is seen of it."""
    workers = made.names.slots[slot]
    turn, begins, lane = 0, 0, made.states[0].lanes[slot]
    asked = -1 if lane.slot == Slot.EMPTY else 0
    for one, _, after in made.events():
        is_, was = after.lanes[slot], turn
        if is_.slot == Slot.STARTING != lane.slot:
            asked += 1
            turn = min(max(asked, 0), len(workers) - 1)
        if seen(is_) != seen(lane) or turn != was:
            yield _Piece(begins, one.at, workers[was], lane)
            begins = one.at
        lane = is_
    yield _Piece(begins, made.lasts, workers[turn], lane)


def _user_code(made: TimedRun, row: Callable[[str], Row]) -> None:
    """What each thread for user code is at."""
    at: dict[int, tuple[int, int]] = {}
    for one, _, after in made.events():
        for number, task in enumerate(after.threads):
            since, was = at.get(number, (0, int(Mark.NOBODY)))
            if task != was:
                _job(made, row, number, (since, one.at, was))
                at[number] = one.at, task
    for number, (since, task) in at.items():
        _job(made, row, number, (since, made.lasts, task))


def _job(made: TimedRun, row: Callable[[str], Row], number: int, what: tuple[int, int, int]) -> None:
    begins, ends, task = what
    if task >= 0:
        name = made.names.task(task)
        row(f"user code {number}").bars.append(Bar(begins, ends, "job", name, f"user code for task {name}"))


def _points(made: TimedRun, row: Callable[[str], Row]) -> None:
    """What happens at a moment: each step, and what is bad on whom it befalls."""
    for one, before, after in made.events():
        bad = next((BAD[step] for step in one.steps if step in BAD), "")
        says = told(one)
        if bad:
            row(one.whom or one.who).points.append(Point(one.at, bad, says))
        elif one.who.startswith(("worker", "client")):
            continue  # its bars begin and end there
        else:
            row(one.who).points.append(Point(one.at, "step", says))
        for slot, revoked in _revoked(made, before, after):
            row(f"worker {slot}").points.append(Point(one.at, "revoked", f"{revoked} came back: {says}"))


def _revoked(made: TimedRun, before: State, after: State) -> Sequence[tuple[int, str]]:
    """The workers of whose tickets some came back."""
    found = []
    for slot, (was, is_) in enumerate(zip(before.lanes, after.lanes, strict=True)):
        gone = [t for t in was.tickets if t >= 0 and t not in is_.tickets and is_.running != t]
        if gone and is_.worker == was.worker and slot in made.names.slots:
            found.append((made.names.worker(slot), f"tickets of tasks {', '.join(map(made.names.task, gone))}"))
    return found


def told(one: Happened) -> str:
    """An event and its steps, in one line."""
    steps = ", ".join(one.actions) or "no step of the model"
    return in_one_line(f"{one.text} = {steps} ({one.where})")
