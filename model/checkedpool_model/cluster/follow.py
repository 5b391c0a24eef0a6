"""A real run on a cluster, followed through the protocol: each line of its trace is a step of the model, or several.

Decides: which steps stand for a line, and what the scheduler, the engine and the workers must have done in between.
Must not know: who has written the trace.

The client sees its own steps and hears all others in one stream, in their order.  What it does not see is when the
scheduler hears what it was sent.  That is taken as late as can be: a ticket that has not come overtakes nobody, and one
that has to be there by then is.  So one run is followed, and if that one cannot be, none can.  A worker that runs
several slots is as many workers of the model, which die together.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from checkedpool_model.cluster.tickets import Bounds, Cluster, Word, system
from checkedpool_spec.cluster_trace import CLIENT, CLIENT_FORMAT, FIELDS, Event
from checkedpool_spec.contract import State as End
from checkedpool_spec.trace import SUFFIX, VERSION
from checkedpool_spec.trace_files import BadTraceError, Node
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["Followed", "Report", "Stray", "events_of", "follow", "is_of_a_cluster"]

Line: TypeAlias = tuple[Event, Node]

OUTSIDE = {
    Event.FAILED: "the model has no engine that fails a task",
    Event.BROKEN: "the model has no death that breaks the executor",
}


class Stray(Exception):  # noqa: N818 - what it is called is what it is
    """A line that is no step of the protocol, after those before it."""


class Followed(Enum):
    """What is said of a trace."""

    TO_ITS_END = "accepted and complete"
    SO_FAR = "accepted so far, incomplete"
    ASTRAY = "diverged"
    OUT_OF_SIGHT = "not finished"
    """The model knows no such thing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What has come of it."""

    lines: int
    """Those that were followed."""
    steps: int = 0
    """Of the model."""
    tasks: int = 0
    verdict: Followed = Followed.SO_FAR
    why: str = ""
    """Where it is not followed to its end: why."""


def is_of_a_cluster(directory: Path) -> bool:
    """Whether a client of one has written there."""
    return (directory / f"{CLIENT}{SUFFIX}").exists()


def events_of(directory: Path) -> list[Line]:
    """The whole lines of a trace, or BadTraceError."""
    path = directory / f"{CLIENT}{SUFFIX}"
    if not is_of_a_cluster(directory):
        raise BadTraceError(str(path), None, "expected the file that a client of a cluster has written; there is none")
    whole = path.read_text().split("\n")[:-1]  # of a process that was killed the last one may be torn
    found = [_event(path.name, number, text) for number, text in enumerate(whole, 1)]
    first = found[0] if found else None
    if first is None or first[0] is not Event.BEGIN or first[1].text("format") != CLIENT_FORMAT:
        raise BadTraceError(path.name, 1, f"expected the beginning of a {CLIENT_FORMAT}")
    if first[1].number("version") != VERSION:
        raise BadTraceError(path.name, 1, f"expected version {VERSION}")
    return found


def _event(file: str, number: int, text: str) -> Line:
    try:
        fields = json.loads(text)
        event = Event(fields["e"])
        missing = [name for name in FIELDS[event] if name not in fields]
    except (ValueError, KeyError, TypeError):
        raise BadTraceError(file, number, "expected an event") from None
    if missing:
        raise BadTraceError(file, number, f"expected {', '.join(missing)} in {event.value!r}")
    return event, Node(file, number, fields)


def follow(lines: list[Line]) -> Report:
    """As far as the model goes with them."""
    run = Run(lines)
    for done, (event, node) in enumerate(lines[1:], 1):
        if event in OUTSIDE and not (event is Event.BROKEN and node.flag("connection")):
            said = f"{node.where}: not followed: {OUTSIDE[event]}"
            return Report(done, run.steps, len(run.tasks), Followed.OUT_OF_SIGHT, said)
        try:
            HOW[event](run, node)
        except Stray as stray:
            said = f"{node.where}: {event.value}: {stray}"
            return Report(done, run.steps, len(run.tasks), Followed.ASTRAY, said)
    verdict = Followed.TO_ITS_END if run.state.over else Followed.SO_FAR
    return Report(len(lines), run.steps, len(run.tasks), verdict, "" if run.state.over else "it is not over")


@dataclass
class Run:
    """The model's state after some lines, and which of its numbers stand for those of the trace."""

    lines: list[Line]
    state: Cluster = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        issued = [(-n.number("priority"), n.number("number")) for e, n in self.lines if e is Event.ISSUE]
        slots = [slot for e, n in self.lines if e is Event.START for slot in n.numbers("slots")]
        deaths = sum(e is Event.LOST for e, _ in self.lines)
        self.tasks = {number: place for place, (_, number) in enumerate(sorted(issued))}
        self.slots = {number: place for place, number in enumerate(slots)}
        workers = len(slots) + deaths
        self.bounds = Bounds(len(issued), workers, deaths, 1, len(slots) + deaths, len(slots), len(issued))
        model = system(self.bounds)
        self.state, self._actions = model.initial, {action.name: action for action in model.actions}
        self.by_slot: dict[int, int] = {}
        """Which worker runs it."""
        self._free = iter(range(workers))
        self.asked: dict[int, list[int]] = {}
        """By question: the tickets of which the model's client has asked."""
        self.revokes = 0

    def task(self, number: int) -> int:
        """That of the model."""
        if number not in self.tasks:
            raise Stray(f"nobody has issued {number}")
        return self.tasks[number]

    def slot(self, number: int) -> int:
        """Likewise."""
        if number not in self.slots:
            raise Stray(f"nobody has started the slot {number}")
        return self.slots[number]

    def worker_in(self, slot: int, task: int) -> int:
        """Who runs the task in this slot."""
        worker = self.by_slot.get(slot)
        if worker is None or not self._runs(worker, task):
            raise Stray("it does not run there")
        return worker

    def slot_of(self, task: int) -> int:
        """In which slot it runs."""
        for slot, worker in self.by_slot.items():
            if self._runs(worker, task):
                return slot
        raise Stray("it does not run")

    def _runs(self, worker: int, task: int) -> bool:
        return (self.state.workers[worker].does, self.state.workers[worker].task) == ("runs", task)

    def may(self, action: str, index: int = 0) -> bool:
        """Whether the model may take it."""
        return not self._refusing(action, index)

    def take(self, action: str, index: int = 0) -> None:
        """Take it."""
        refusing = self._refusing(action, index)
        if refusing:
            raise Stray(f"{action} is not possible: not {', '.join(refusing)}")
        self.state = self._actions[action].effect(self.bounds, self.state, index)
        self.steps += 1

    def _refusing(self, action: str, index: int) -> list[str]:
        guard = self._actions[action].guard
        return [holds.__name__ for holds in guard if not holds(self.bounds, self.state, index)]

    def scheduler_hears_until(self, true: Callable[[], bool], otherwise: str) -> None:
        """One word after the other; one that makes it tell the client something comes in its own line."""
        while not true():
            if not self.state.to_scheduler or self._is_answered(self.state.to_scheduler[0]):
                raise Stray(otherwise)
            self.take("SchedulerHears")

    def scheduler_hears_of(self, slot: int) -> None:
        """Until it knows of the slot; at once if it does."""
        self.scheduler_hears_until(lambda: self.state.slots[slot].engine != "unknown", "the slot cannot be there")

    def _is_answered(self, word: Word) -> bool:
        return word[0] == "revoke"

    def worker_asks(self, slot: int) -> int:
        """Some worker asks in this slot: that which has gone on in it, or a new one."""
        worker = self.by_slot.get(slot)
        if worker is not None and self.state.workers[worker].does == "asks":
            return worker
        self.scheduler_hears_of(slot)
        worker = self.by_slot[slot] = next(self._free)
        starts = "EngineStarts" if self.state.slots[slot].engine == "queued" else "EngineStartsAgain"
        self.take(starts, slot * self.bounds.workers + worker)
        return worker

    def leaves(self, slot: int) -> None:
        """Its worker is free for another one."""
        worker = self.by_slot.pop(slot)
        if self.state.workers[worker].alive:
            self._free = iter([worker, *self._free])

    def client_hears(self, *word: int | str) -> None:
        """And that is what it was told."""
        if not self.state.to_client or self.state.to_client[0] != word:
            raise Stray(f"the scheduler has told {self.state.to_client[:1] or 'nothing'}, not {word}")
        self.take("ClientHears")


# --- a step for each line ---------------------------------------------------------------------------------------------


def _issue(run: Run, node: Node) -> None:
    run.take("ClientIssues", run.task(node.number("number")))


def _start(run: Run, node: Node) -> None:
    for slot in node.numbers("slots"):
        run.take("ClientStartsSlot", run.slot(slot))


def _drop(run: Run, node: Node) -> None:
    """Where it is not connected nobody hears of it."""
    if not run.state.client_knows:
        run.take("ClientDropsSlot", run.slot(node.number("slot")))


def _revoke(run: Run, node: Node) -> None:
    """Of those that the client knows to have begun by now, or asks for a second time, the model asks nothing."""
    wanted = [run.task(number) for number in node.numbers("numbers") if number in run.tasks]
    asked = [task for task in wanted if run.state.tasks[task].issued and run.may("ClientCancels", task)]
    for task in asked:
        run.take("ClientCancels", task)
    run.asked[node.number("asked")] = asked


def _close(run: Run, node: Node) -> None:
    """One that cancels does so in a line of its own."""
    del node
    if run.state.level == ShutdownLevel.OPEN:
        run.take("ClientDrains")


def _begun(run: Run, node: Node) -> None:
    task, slot = run.task(node.number("number")), run.slot(node.number("slot"))
    run.scheduler_hears_until(lambda: run.state.tasks[task].ticket != "unknown", "its ticket cannot be there")
    worker = run.worker_asks(slot)
    run.take("SchedulerDecides", worker)
    run.client_hears("begun", task, slot)


def _answered(run: Run, node: Node) -> None:
    task, over = run.task(node.number("number")), node.optional("slot")
    slot = run.slot_of(task) if over is None else run.slot(over)
    worker = run.worker_in(slot, task)
    run.take("WorkerAnswersAndAsks" if over is None else "WorkerAnswers", worker)
    run.take("SchedulerTakesAnswer", worker)
    run.client_hears("answered", task, -1)
    if over is not None:
        run.leaves(slot)


def _revoked(run: Run, node: Node) -> None:
    """The scheduler has heard all that was sent before the question, and the question."""
    asked = run.asked.pop(node.number("asked"), None)
    if asked is None:
        raise Stray("nobody has asked that")
    told = []
    for task in asked:
        run.scheduler_hears_until(lambda: run.state.to_scheduler[:1] == (("revoke", task, -1),), "it cannot be asked")  # noqa: B023 - it is called at once
        run.take("SchedulerHears")
        if run.state.to_client:
            run.client_hears("revoked", task, -1)
            told.append(task)
    said = [run.task(number) for number in node.numbers("numbers")]
    if sorted(told) != sorted(said):
        raise Stray(f"of {len(asked)} the scheduler takes {len(told)} back, and has said so of {len(said)}")


def _lost(run: Run, node: Node) -> None:
    task, slot = run.task(node.number("number")), run.slot(node.number("slot"))
    worker = run.worker_in(slot, task)
    run.take("WorkerDies", worker)
    run.take("SchedulerMissesWorker", worker)
    run.client_hears("lost", task, -1)
    run.leaves(slot)


def _spent(run: Run, node: Node) -> None:
    slot = run.slot(node.number("slot"))
    if node.flag("asked"):
        worker = run.worker_asks(slot)
        run.take("SchedulerDecides", worker)
    else:
        run.scheduler_hears_of(slot)
        run.take("EngineGivesUp", slot)
    run.client_hears("spent", -1, slot)
    if slot in run.by_slot:
        run.leaves(slot)


def _broken(run: Run, node: Node) -> None:
    del node
    run.take("ConnectionIsCut")
    run.take("ClientMissesScheduler")


def _over(run: Run, node: Node) -> None:
    del node
    waits = sum(task.future <= End.RUNNING for task in run.state.tasks)
    if waits:
        raise Stray(f"{waits} tasks have not ended")
    run.take("ClientIsDone")


HOW: dict[Event, Callable[[Run, Node], None]] = {
    Event.ISSUE: _issue, Event.START: _start, Event.DROP: _drop, Event.REVOKE: _revoke, Event.CLOSE: _close,
    Event.BEGUN: _begun, Event.ANSWERED: _answered, Event.REVOKED: _revoked, Event.LOST: _lost, Event.SPENT: _spent,
    Event.BROKEN: _broken, Event.OVER: _over,
}  # fmt: skip
