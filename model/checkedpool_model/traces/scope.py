"""The bounds of the model for one trace: how many tasks, lanes, threads and clients, of which kinds, with which budget.

Decides: which number in the model stands for which number in the trace; what the environment did, as far as it tells.
Must not know: which event is which step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind, Resize, Shutdown, Start, Stop, Submit
from checkedpool_model.protocol.state import Budget
from checkedpool_model.traces.reading import Call, DivergedError, Facts
from checkedpool_spec.trace_files import Line, Node
from checkedpool_spec.vocabulary import STARTS_BEFORE_GIVING_UP, DeathPolicy, ShutdownLevel

__all__ = ["Numbers", "bounds_of", "numbers_of"]

VALUES = {"VALUE": Kind.REBUILT, "ERROR": Kind.NOT_REBUILT}
"""What an answer that user code has to read says of its task."""
KEPT = {Kind.REBUILT: Kind.LATE_REBUILT, Kind.NOT_REBUILT: Kind.LATE_NOT_REBUILT}
"""What it says of one whose arguments were kept."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which number of the model stands for which of the trace."""

    tasks: dict[int, int]
    clients: dict[int, int]
    """By the number of the call: each call is a client of its own."""
    resizers: dict[int, int]
    """By the number of the message: whoever wants another number of workers is one, too."""
    slots: dict[int, int]
    """By the number of the lane: a lane that is closed makes room for another."""
    threads: int
    lines: tuple[Line, ...] = ()
    """The manager's commands, in their order."""

    def task(self, line: Node, name: str = "task") -> int:
        """The model's number of the task in a field."""
        return self.task_of(line, line.number(name))

    def task_of(self, line: Node, number: int) -> int:
        """The model's number of a task."""
        if number not in self.tasks:
            raise DivergedError(line.where, f"task {number} was never submitted")
        return self.tasks[number]

    def slot(self, line: Node, name: str = "lane") -> int:
        """The model's number of the lane in a field."""
        return self.slot_of(line, line.number(name))

    def slot_of(self, line: Node, lane: int) -> int:
        """The model's number of a lane."""
        if lane not in self.slots:
            raise DivergedError(line.where, f"lane {lane} was never started")
        return self.slots[lane]


def numbers_of(facts: Facts) -> Numbers:
    """Number tasks in the order of their posts, calls in their own, lanes by the first slot that is free."""
    first = facts.files.parent.first
    lines = tuple(op for each in facts.rounds for op in each.ops)
    submitted = [line for _, line in sorted(facts.posts.items()) if line.text("what") == "Submitted"]
    tasks = {number: at for at, number in enumerate(dict.fromkeys(line.number("number") for line in submitted))}
    for call in facts.calls:
        if call.does == "submit" and call.returned is not None and call.post is None and call.came == "returned":
            tasks.setdefault(call.returned.number("task"), len(tasks))
    clients = {call.line.number("call"): at for at, call in enumerate(_calls(facts))}
    resizers = {message: at for at, message in enumerate(sorted(_sizes(facts)), len(clients))}
    most = max((first.number("max_workers"), *_sizes(facts).values()))
    born = most if first.text("start_method") == "fork" else 0
    slots = {lane: lane for lane in range(born)}
    free = list(range(born, most + (born == 0)))
    for line in lines:
        op = line.node("op")
        if op.text("is") == "Start":
            if not free or op.number("lane") in slots:
                raise DivergedError(line.where, f"lane {op.number('lane')} is started and there is no room for it")
            slots[op.number("lane")] = free.pop(0)
        elif op.text("is") == "Close" and op.number("lane") in slots:
            free.append(slots[op.number("lane")])
    threads = 1 + sum(line.node("op").text("is") == "AddUserThread" for line in lines)
    return Numbers(tasks, clients, resizers, slots, threads, lines)


def _sizes(facts: Facts) -> dict[int, int]:
    """The numbers of workers that were asked for, by the messages that say so."""
    return {at: line.number("number") for at, line in facts.posts.items() if line.text("what") == "Resized"}


def _calls(facts: Facts) -> Iterator[Call]:
    """The calls that change something or see something of the protocol."""
    for call in facts.calls:
        nothing_came = call.post is None and call.came in ("failed", "thrown out", "")
        refused = call.does == "submit" and call.came in ("broken", "closed")
        if call.does in ("cancel", "stop") or not nothing_came or refused:
            yield call


def bounds_of(facts: Facts, numbers: Numbers) -> Bounds:
    """The bounds; a task that nobody submitted is numbered behind the others, for the call that was refused."""
    first = facts.files.parent.first
    refused = len(numbers.tasks)
    script: list[tuple[Submit | Cancel | Stop | Shutdown | Resize, ...]] = []
    for call in _calls(facts):
        if call.does == "shutdown":
            level = ShutdownLevel[call.line.text("level")]
            script.append((Shutdown(level, wait=call.line.flag("wait")),))
        elif call.does == "cancel":
            script.append((Cancel(numbers.task(call.line)),))
        elif call.does == "stop":
            script.append((Stop(numbers.task(call.line)),))
        elif call.post is not None:
            script.append((Submit(numbers.task(call.post, "number")),))
        elif call.came == "returned" and call.returned is not None:
            script.append((Submit(numbers.task(call.returned)),))
        else:
            script.append((Submit(refused),))
            refused += 1
    sizes = _sizes(facts)
    script += [(Resize(sizes[message]),) for message in numbers.resizers]
    kinds = _kinds(facts, numbers, refused)
    least = first.optional("min_workers")
    many = len(facts.calls) + len(facts.workers) + len(numbers.lines) + 1
    return Bounds(
        script=tuple(script),
        allowed=first.number("max_workers"),
        tasks=max(refused, 1),
        kinds=kinds,
        priorities=_priorities(facts, numbers),
        window=first.number("window"),
        callbacks=_with_callbacks(numbers),
        policy=DeathPolicy(first.text("policy")),
        start=Start.COLD if first.text("start_method") == "fork" else Start.ON_DEMAND,
        task_limit=first.optional("task_limit"),
        restarts=first.optional("restarts"),
        min_workers=least or 0,
        patience=STARTS_BEFORE_GIVING_UP,
        sleeps=False,
        budget=Budget(
            crashes=many, start_failures=many, boot_failures=many, deaf=many, hangs=many,
            interrupts=sum(call.came in ("thrown out", "failed") for call in facts.calls),
            stalls=_stalls(numbers), fills=many, idles=0 if least is None else many,
        ),
    )  # fmt: skip


def _priorities(facts: Facts, numbers: Numbers) -> tuple[int, ...]:
    """The priority of each task; none where no task has one."""
    given = {numbers.task(line, "number"): line.optional("priority") for line in facts.posts.values()
             if line.text("what") == "Submitted"}  # fmt: skip
    return tuple(given.get(task) or 0 for task in range(len(numbers.tasks))) if any(given.values()) else ()


def _kinds(facts: Facts, numbers: Numbers, count: int) -> tuple[Kind, ...]:
    """What the trace shows of each task's values."""
    kinds = [Kind.PLAIN] * count
    for line in numbers.lines:
        op = line.node("op")
        if op.text("is") == "Deliver":
            kinds[numbers.task(op, "id")] = VALUES.get(op.text("verdict"), Kind.PLAIN)
    for call in facts.calls:
        if call.does == "submit" and call.came == "returned" and call.post is None and call.returned is not None:
            kinds[numbers.task(call.returned)] = Kind.BAD_ARGUMENT
    for line in facts.posts.values():
        if line.text("what") == "Submitted" and line.flag("deferred"):
            task = numbers.task(line, "number")
            kinds[task] = KEPT.get(kinds[task], Kind.LATE)
    for line in facts.posts.values():
        if line.text("what") == "PickleFailed":
            kinds[numbers.task(line, "number")] = Kind.LATE_BAD
    return tuple(kinds)


def _with_callbacks(numbers: Numbers) -> tuple[int, ...]:
    """The tasks whose futures owed a user-code thread something when they ended."""
    found = set()
    for line in numbers.lines:
        op = line.node("op")
        if op.text("is") in ("Deliver", "Call"):
            found.add(numbers.task(op, "id"))
    return tuple(sorted(found))


def _stalls(numbers: Numbers) -> int:
    """How many workers were sent a signal although they were leaving and nobody asked for haste."""
    leaving: set[int] = set()
    found = 0
    for line in numbers.lines:
        op = line.node("op")
        if op.text("is") == "Leave":
            leaving.add(op.number("lane"))
        elif op.text("is") == "Signal" and op.number("lane") in leaving:
            found += 1
    return found
