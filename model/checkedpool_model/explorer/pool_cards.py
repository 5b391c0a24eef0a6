"""A state of the protocol as cards: clients, gate, manager, inbox, user-code threads, workers, futures, nature.

Decides: which words and which tone each value of the model's state has, which channel is drawn where. Must not know:
what may happen next; how a card looks on a page.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from checkedpool_model.explorer.card import Card, Family, Kind, Ref, Row, Tone, Words
from checkedpool_model.protocol.bounds import Bounds, spell
from checkedpool_model.protocol.state import (
    Budget,
    Client,
    End,
    Full,
    Handed,
    Job,
    Lane,
    Manager,
    Mark,
    Message,
    Note,
    Signal,
    Slot,
    State,
    Step,
    Task,
    Worker,
    pending_tasks,
)
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["KILLS", "families"]

V = TypeVar("V")

KILLS = ("WorkerCrashes",)
"""The actions that are meant when somebody kills a worker."""

CLIENT: dict[Step, tuple[str, Tone]] = {
    Step.SUBMITTING: ("is about to call", "idle"),
    Step.GATED: ("has seen the gate open", "busy"),
    Step.POSTED: ("has posted, and will look at the gate again", "busy"),
    Step.CANCELLING: ("is about to call", "idle"),
    Step.FOUND: ("knows the lane, and will lock it", "busy"),
    Step.CLOSING: ("is about to call", "idle"),
    Step.CLOSED: ("has shut the gate, and tells the manager next", "busy"),
    Step.WAKING: ("will look whether the manager sleeps", "busy"),
    Step.WAITING: ("waits for the manager's end", "waits"),
    Step.FINISHED: ("has made all its calls", "ended"),
    Step.BEGUN: ("has found that the task is begun", "busy"),
    Step.ASKED: ("has asked the manager to stop the task, and ends its future next", "busy"),
    Step.RESIZING: ("is about to call", "idle"),
}
MANAGER: dict[Manager, tuple[str, Tone]] = {
    Manager.AWAKE: ("is awake", "busy"),
    Manager.ANNOUNCED: ("has put up its flag, and will look once more", "waits"),
    Manager.ASLEEP: ("sleeps", "asleep"),
    Manager.ENDED: ("has ended", "ended"),
    Manager.DEAD: ("is dead, with its process", "dead"),
}
WORKER: dict[Worker, tuple[str, Tone]] = {
    Worker.NONE: ("no process", "none"),
    Worker.BOOTING: ("boots", "busy"),
    Worker.WAITING: ("waits for a ticket", "idle"),
    Worker.RUNNING: ("runs", "running"),
    Worker.LEAVING: ("runs its exit handlers", "waits"),
    Worker.STALLED: ("stalls in its exit handlers", "failed"),
    Worker.ENDED: ("has ended, not reaped", "dead"),
    Worker.STUCK: ("the start hangs", "failed"),
}
SLOT = {
    Slot.EMPTY: "nobody",
    Slot.STARTING: "being started",
    Slot.UP: "a process",
    Slot.READY: "ready",
}
FUTURE: dict[End, tuple[str, Tone]] = {
    End.SUCCEEDED: ("has its value", "succeeded"),
    End.FAILED: ("has an exception", "failed"),
    End.CANCELLED: ("is cancelled", "cancelled"),
    End.BROKEN: ("is broken off", "broken"),
    End.BLAMED: ("is blamed for a death", "broken"),
    End.TWICE: ("was ended twice", "broken"),
    End.STOPPED: ("is cancelled: its task is stopped", "cancelled"),
}
HANDED = {
    Handed.NOT_YET: "not yet",
    Handed.RETURNED: "to its caller",
    Handed.RAISED: "submit() raised",
    Handed.LOST: "submit() was interrupted",
}
JOB = {Job.PICKLE: "pickle its arguments", Job.READ: "rebuild its value", Job.CALL: "run its callbacks"}
NOTE: dict[Note, tuple[str, str]] = {
    Note.POSTED: ("", "task"),
    Note.REQUESTED: ("end:", ""),
    Note.LOOK: ("look at", "lane"),
    Note.STARTED: ("started:", "lane"),
    Note.NOT_STARTED: ("not started:", "lane"),
    Note.DONE: ("job done:", "task"),
    Note.STOP: ("stop", "task"),
    Note.RESIZED: ("workers:", ""),
}
MARK = {Mark.LEAVE: "leave", Mark.READY: "ready", Mark.NOT_READY: "not ready", Mark.TORN: "torn"}


def families(k: Bounds, *, nature: bool = True) -> tuple[Family[State], ...]:
    """All parts of a state with these bounds, and what nature may still do."""
    user_code: tuple[Family[State], ...] = (
        Family("user code", "manager", "thread", _threads, _thread),
        Family("jobs", "manager", "", lambda s: (s.jobs,), lambda jobs: _channel("waiting", _tasks(jobs))),
    )
    return (
        Family("client", "client", "client", lambda s: tuple(enumerate(s.clients)), _about(k, _client)),
        Family("gate", "client", "", lambda s: ((s.closed, s.broken),), _gate),
        Family("inbox", "manager", "", lambda s: (s.inbox,), _inbox),
        Family("manager", "manager", "", _of_the_manager, _about(k, _manager)),
        *(user_code if k.has_user_code else ()),
        Family("worker", "worker", "lane", lambda s: s.lanes, _about(k, _worker)),
        Family("task", "future", "task", lambda s: s.tasks, _task),
        *(
            ()
            if k.budget == Budget() or not nature
            else (Family("nature", "nature", "", lambda s: (s.budget,), _about(k, _nature)),)
        ),
    )


def _about(k: Bounds, card: Callable[[Bounds, V], Card]) -> Callable[[object], Card]:
    """The card of a value in a run with these bounds."""
    return lambda value: card(k, cast("V", value))


def _channel(label: str, items: tuple[Words, ...]) -> Card:
    return Card(("empty",) if not items else (f"{len(items)} in it",), "idle", (Row(label, items, "pipe"),))


def _task_words(number: int) -> Words:
    return (Ref("task", number),) if number >= 0 else (MARK.get(Mark(number), "nothing"),)


def _tasks(numbers: object) -> tuple[Words, ...]:
    return tuple(_task_words(number) for number in cast("tuple[int, ...]", numbers))


def _yes(label: str, words: str, *, there: bool) -> Iterator[Row]:
    """A row that is only there if there is something to say."""
    if there:
        yield Row(label, ((words,),))


# --- clients ----------------------------------------------------------------------------------------------------------


def _client(k: Bounds, value: tuple[int, Client]) -> Card:
    number, client = value
    script = k.script[number]
    calls = tuple((spell(((call,),)),) for call in script)
    words, tone = CLIENT[Step(client.step)]
    now = (f"{spell(((script[client.call],),))}:", words) if client.call < len(script) else (words,)
    rows = [Row("calls", calls, "script", client.call)]
    if client.lane >= 0:
        rows.append(Row("knows", ((Ref("lane", client.lane),),)))
    if k.callback_of(number) >= 0:
        rows.append(Row("in the callback of", ((Ref("task", k.callback_of(number)),),)))
    return Card(now, tone, tuple(rows))


def _gate(value: object) -> Card:
    closed, broken = cast("tuple[bool, bool]", value)
    if broken:
        return Card(("broken",), "broken", tuple(_yes("closed too", "yes", there=closed)))
    return Card(("shut",), "waits") if closed else Card(("open",), "idle")


# --- manager, inbox, user code ----------------------------------------------------------------------------------------


def _of_the_manager(s: State) -> tuple[object, ...]:
    return ((s.manager, s.asleep, s.wakeup, s.level, s.failures, s.deaths, s.owed, s.size, pending_tasks(s)),)


def _manager(k: Bounds, value: tuple[Manager, bool, bool, ShutdownLevel, int, int, int, int, tuple[int, ...]]) -> Card:
    manager, asleep, wakeup, level, failures, deaths, owed, size, pending = value
    words, tone = MANAGER[Manager(manager)]
    rows = (
        Row("to deal", _tasks(pending), "pipe"),
        Row("wake-up", (("a byte",),) if wakeup else (), "pipe"),
        Row("flag", (("up: it sleeps",) if asleep else ("down",),)),
        Row("knows of", ((f"request to {ShutdownLevel(level).name.lower()}",) if level else ("no request",),)),
        *_yes("workers", f"{size} at most", there=bool(k.sizes)),
        *_yes("failed starts", f"{failures} in a row", there=failures > 0),
        *_yes("deaths", f"{deaths} in a row", there=deaths > 0),
        *_yes("jobs owed", str(owed), there=owed > 0),
    )
    return Card((words,), tone, rows)


def _inbox(value: object) -> Card:
    return _channel("to the manager", tuple(_message(one) for one in cast("tuple[Message, ...]", value)))


def _message(message: Message) -> Words:
    words, of = NOTE[Note(message.note)]
    if of:
        return (words, Ref(of, message.number)) if words else (Ref(of, message.number),)
    return words, str(message.number) if message.note == Note.RESIZED else ShutdownLevel(message.number).name.lower()


def _threads(s: State) -> tuple[object, ...]:
    return tuple((t, s.tasks[t].job if t >= 0 else Job.NOTHING) for t in s.threads)


def _thread(value: object) -> Card:
    t, job = cast("tuple[int, Job]", value)
    if t < 0:
        return Card(("is idle",), "idle")
    return Card((JOB.get(Job(job), "has nothing to do"), "of", Ref("task", t)), "running")


# --- workers ----------------------------------------------------------------------------------------------------------


def _worker(k: Bounds, lane: Lane) -> Card:
    words, tone = WORKER[Worker(lane.worker)]
    if lane.worker == Worker.NONE and lane.slot == Slot.STARTING:
        words, tone = "is being started", "waits"
    there = lane.worker != Worker.NONE or lane.slot != Slot.EMPTY
    head: Words = (words, Ref("task", lane.running)) if lane.worker == Worker.RUNNING else (words,)
    return Card(head, tone, tuple(_rows_of_a_worker(k, lane)) if there else ())


def _rows_of_a_worker(k: Bounds, lane: Lane) -> Iterator[Row]:
    yield _pipe("ticket socket →", lane.tickets)
    if lane.returned:
        yield _pipe("return buffer", lane.returned)
    yield _pipe("← answer pipe", lane.answers)
    yield Row("manager's book", _tasks(lane.book) or (("nothing",),))
    yield Row("manager knows", ((SLOT[Slot(lane.slot)],),))
    if lane.worker == Worker.ENDED and lane.running >= 0:
        yield Row("died running", (_task_words(lane.running),))
    yield from _yes("told to leave", "yes", there=lane.leave)
    if lane.stop >= 0:
        yield Row("to be stopped at", (_task_words(lane.stop),))
    yield from _yes("signal", "ignored" if lane.signal == Signal.IGNORED else "sent", there=lane.signal != Signal.NONE)
    yield from _yes("pipes held open", "by a process left behind", there=lane.held)
    yield from _yes("exit status", "stolen", there=lane.stolen)
    yield from _yes("memory", "over its limit", there=lane.full == Full.MEMORY)
    yield from _yes("dismissed", "one too many", there=lane.full == Full.DISMISSED)
    yield from _yes("dealt", f"{lane.dealt} of {k.task_limit}", there=k.task_limit is not None)


def _pipe(label: str, items: tuple[int, ...]) -> Row:
    kind: Kind = "pipe"
    return Row(label, _tasks(items), kind)


# --- futures ----------------------------------------------------------------------------------------------------------


def _task(value: object) -> Card:
    task = cast("Task", value)
    head, tone = _life(task)
    return Card((head,), tone, tuple(_rows_of_a_task(task)))


def _life(task: Task) -> tuple[str, Tone]:
    if task.end != End.OPEN:
        return FUTURE[End(task.end)]
    if task.handed == Handed.RAISED:
        return "was refused", "refused"
    if task.begun:
        return ("is answered, not told" if task.answered else "runs"), "running"
    if task.handed == Handed.NOT_YET and not task.unclaimed:
        return "is not submitted", "none"
    return "is pending", "pending"


def _rows_of_a_task(task: Task) -> Iterator[Row]:
    yield Row("handed", ((HANDED[Handed(task.handed)],),))
    yield from _yes("can be claimed", "yes", there=task.unclaimed)
    yield from _yes("waiters", "told" if task.notified else "not told", there=task.end != End.OPEN)
    yield from _yes("job", JOB.get(Job(task.job), ""), there=task.job != Job.NOTHING)
    yield from _yes("callback", f"called {task.called} times", there=task.has_callback)
    yield from _yes("begun", f"{task.begun} times", there=task.begun > 1)


# --- nature -----------------------------------------------------------------------------------------------------------


def _nature(k: Bounds, left: Budget) -> Card:
    rows = tuple(
        Row(name.replace("_", " "), ((f"{now} of {most} left",),))
        for name, now, most in zip(Budget._fields, left, k.budget, strict=True)
        if most
    )
    return Card(("may still do",) if any(left) else ("has done all it may",), "idle" if any(left) else "none", rows)
