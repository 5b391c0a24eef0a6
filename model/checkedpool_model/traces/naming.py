"""Who is who in a trace that was followed: the model's numbers back into the trace's.

Decides: how clients, workers and tasks are called where a run is shown. Must not know: how it is shown.

In the model each call is a client of its own, and a lane is used again when its worker has gone. Here calls that
followed on each other are one client's, and each worker has the number of its file.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from checkedpool_model.checker.explore import Move
from checkedpool_model.traces.reading import Call
from checkedpool_model.traces.rules import TraceAction
from checkedpool_model.traces.verdict import Followed
from checkedpool_spec.trace import PARENT
from checkedpool_spec.trace_files import Line

__all__ = ["LANES", "Names", "Told", "abreast", "numbered"]

LANES = ("client", "manager", "user code", "starter", "worker", "nature")
"""From left to right: from those who ask to those who do, and last what nobody asks for."""
NUMBERS = 4
"""So many numbers are told one by one."""


class Told(NamedTuple):
    """A step: who does it, and to whom."""

    who: str
    whom: str


class Names:
    """The names of one run. Steps are asked for in their order, since lanes change hands."""

    def __init__(self, run: Followed, lines: Mapping[str, Line]) -> None:
        numbers, facts = run.record.numbers, run.record.facts
        self.lines = lines
        self._actions = {action.name: action for action in run.system.actions}
        self._tasks = {at: task for task, at in numbers.tasks.items()}
        self._calls = {at: call for call, at in numbers.clients.items()}
        self.rows = abreast(facts.calls)
        """By the number of a call: beside how many other clients it was made."""
        self.clients = max(self.rows.values(), default=0) + 1
        self.slots: dict[int, list[int]] = {}
        """The workers of each lane of the model, one after the other."""
        for lane, slot in numbers.slots.items():
            self.slots.setdefault(slot, []).append(lane)
        self._turn = {slot: -1 if facts.files.parent.first.text("start_method") != "fork" else 0 for slot in self.slots}

    def told(self, move: Move, line: Line) -> Told:
        """Who does this step, and to whom."""
        action = self._actions[move.action]
        if move.action == "ManagerAsksForStart" and self._turn[move.index] + 1 < len(self.slots[move.index]):
            self._turn[move.index] += 1
        return Told(self._name(action.by, action, move, line), self._name(action.to, action, move, line))

    def together(self, moves: Iterable[Move]) -> tuple[str, ...]:
        """The actions of an event, each with all that it was made about."""
        return tuple(
            f"{name} {numbered(self._about(move) for move in alike)}".strip()
            for name, alike in groupby(moves, lambda move: move.action)
        )

    def writer(self, line: Line) -> str:
        """Who wrote a line."""
        if line.file != f"{PARENT}.jsonl":
            return f"worker {line.file.removeprefix('worker-').removesuffix('.jsonl')}"
        call = line.fields.get("call")
        return self.client(call) if isinstance(call, int) else "manager"

    def client(self, call: int) -> str:
        """Who made a call."""
        return "client" if self.clients == 1 else f"client {self.rows.get(call, 0)}"

    def row(self, name: str) -> str:
        """The row in which it is drawn: workers of one lane share theirs."""
        kind, _, number = name.rpartition(" ")
        if kind != "worker":
            return name
        lanes = next((lanes for lanes in self.slots.values() if int(number) in lanes), [int(number)])
        if len(lanes) == 1:
            return name
        return f"workers {numbered(map(str, lanes))}"

    def worker(self, slot: int) -> int:
        """The worker that has this lane of the model now."""
        lanes = self.slots.get(slot, [slot])
        return lanes[max(min(self._turn.get(slot, 0), len(lanes) - 1), 0)]

    def task(self, number: int) -> str:
        """A task by its number in the trace; one that was refused has none there."""
        return str(self._tasks.get(number, "refused"))

    def _name(self, form: str, action: TraceAction, move: Move, line: Line) -> str:
        kind = form.replace("{i}", "").strip()
        if kind in ("client", "a client", "a canceller"):
            call = self._calls.get(move.index) if action.over == "client" else line.fields.get("call")
            return self.client(call if isinstance(call, int) else -1)
        if kind.startswith("worker"):
            fixed = kind.removeprefix("worker").strip()
            return f"worker {self.worker(int(fixed) if fixed else move.index)}"
        return form.replace("{i}", str(move.index))

    def _about(self, move: Move) -> str:
        over = move.over
        if over == "task":
            return f"task {self.task(move.index)}"
        if over == "lane":
            return f"worker {self.worker(move.index)}"
        return f"call {self._calls.get(move.index, move.index)}" if over == "client" else ""


def numbered(words: Iterable[str]) -> str:
    """``task 1``, ``task 2`` as ``task 1, 2``; of many, the first and the last."""
    every = [word for word in words if word]
    kinds = {word.rpartition(" ")[0] for word in every}
    if len(every) > NUMBERS:
        every = [*every[: NUMBERS - 1], "…", every[-1]]
    if len(kinds) != 1:
        return ", ".join(every)
    (kind,) = kinds
    return f"{kind} {', '.join(word.rpartition(' ')[2] for word in every)}".strip()


def abreast(calls: Sequence[Call]) -> dict[int, int]:
    """By call, the first row that is free when it begins: what is over before it begins may be one client's."""
    free: list[int] = []
    rows: dict[int, int] = {}
    for call in sorted(calls, key=lambda one: one.line.before):
        over = call.line.after if call.returned is None else call.returned.after
        if call.returned is None:
            over = 1 << 63
        at = next((row for row, until in enumerate(free) if until <= call.line.before), len(free))
        free[at : at + 1] = [over]
        rows[call.line.number("call")] = at
    return rows
