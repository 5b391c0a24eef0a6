"""What nobody decides: crashes, failures, processes that do not obey, signal handlers that throw.

Decides: at which moments the world can interfere, each thing as often as the run's budget says. Must not know: what the
pool makes of it. No claim may rest on any of this happening, so none of it is fair.
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.protocol.actions.client import returns
from checkedpool_model.protocol.actions.supervisor import has_ended
from checkedpool_model.protocol.actions.worker import (
    boots,
    is_alive,
    parent_lives,
    runs,
    start_is_asked_for,
    start_is_not_reported,
)
from checkedpool_model.protocol.bounds import Bounds, Submit
from checkedpool_model.protocol.state import (
    Budget,
    Client,
    Handed,
    Lane,
    Manager,
    Mark,
    Note,
    State,
    Step,
    Task,
    Worker,
    alive,
    posted,
    spent,
    with_lane,
    with_task,
    woken,
)

EnvironmentAction = Action[Bounds, State]


# --- conjuncts --------------------------------------------------------------------------------------------------------


def _some(field: str) -> Conjunct[Bounds, State]:
    """The conjunct: this run has some of it at all. Asked once, not in every state."""

    def holds(k: Bounds, _s: State, _i: int) -> bool:
        return bool(getattr(k.budget, field))

    holds.__name__ = f"run_has_{field}"
    return holds


def _left(field: str) -> Conjunct[Bounds, State]:
    """The conjunct: some of it is left."""
    position = Budget._fields.index(field)

    def holds(_k: Bounds, s: State, _i: int) -> bool:
        return bool(s.budget[position])

    holds.__name__ = f"{field}_left"
    return holds


def has_run_something(_k: Bounds, s: State, i: int) -> bool:
    """Whether a task could have left a process behind."""
    lane = s.lanes[i]
    return lane.worker == Worker.RUNNING and not lane.held


def is_not_stolen(_k: Bounds, s: State, i: int) -> bool:
    return not s.lanes[i].stolen


def is_to_leave(_k: Bounds, s: State, i: int) -> bool:
    """Whether the limit for its leaving runs: it was told to, owes nothing, and has not gone, or not even heard it."""
    lane = s.lanes[i]
    return lane.leave and not lane.book and Worker.BOOTING <= lane.worker <= Worker.LEAVING


def is_within_a_call(k: Bounds, s: State, c: int) -> bool:
    """Whether the client is in a call, be it before its first step, other than its last: what exits is let exit."""
    return s.clients[c].call + 1 < len(k.script[c])


# --- effects ----------------------------------------------------------------------------------------------------------


def crashes(_k: Bounds, s: State, i: int) -> State:
    """The process has ended, whatever it was at."""
    s = spent(s, "crashes")
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.ENDED))


def is_torn(_k: Bounds, s: State, i: int) -> State:
    """The process is killed in the middle of writing its answer: a part of it is in the pipe."""
    s = spent(s, "tears")
    lane = s.lanes[i]
    return with_lane(s, i, lane._replace(worker=Worker.ENDED, answers=(*lane.answers, Mark.TORN)))


def leaves_a_process(_k: Bounds, s: State, i: int) -> State:
    """A process that the task started holds the worker's ends of the pipes."""
    s = spent(s, "grandchildren")
    return with_lane(s, i, s.lanes[i]._replace(held=True))


def steals(_k: Bounds, s: State, i: int) -> State:
    """The user's program waits for any child, and gets this one: its exit status is unknown."""
    s = spent(s, "thefts")
    return with_lane(s, i, s.lanes[i]._replace(stolen=True))


def hangs(_k: Bounds, s: State, i: int) -> State:
    """The start does not come to an end."""
    s = spent(s, "hangs")
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.STUCK))


def parent_dies(k: Bounds, s: State, _i: int) -> State:
    """All that is left are the worker processes.

    Of the rest nobody can ask any more, so it is made alike.
    """
    lanes = (Lane(worker=lane.worker, running=lane.running) if alive(lane) else Lane() for lane in s.lanes)
    return State(
        clients=tuple(Client(len(calls), Step.FINISHED) for calls in k.script),
        tasks=(Task(),) * len(s.tasks),
        lanes=tuple(lanes),
        budget=Budget(),
        manager=Manager.DEAD,
    )


def start_fails(_k: Bounds, s: State, i: int) -> State:
    """The note of the failed start stands in the inbox, the manager is woken."""
    s = spent(s, "start_failures")
    return woken(posted(s, Note.NOT_STARTED, i))


def boot_fails(_k: Bounds, s: State, i: int) -> State:
    """The initializer raised: the worker says so and exits."""
    s = spent(s, "boot_failures")
    lane = s.lanes[i]
    return with_lane(s, i, lane._replace(worker=Worker.ENDED, answers=(*lane.answers, Mark.NOT_READY)))


def stalls(_k: Bounds, s: State, i: int) -> State:
    """The exit handlers do not come to an end."""
    s = spent(s, "stalls")
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.STALLED))


def leaves_the_call(k: Bounds, s: State, c: int) -> State:
    """An exception that a signal handler raised takes the thread out of its call; its program goes on."""
    s = spent(s, "interrupts")
    call = k.script[c][s.clients[c].call]
    if isinstance(call, Submit):
        s = with_task(s, call.task, s.tasks[call.task]._replace(handed=Handed.LOST))
    return returns(k, s, c)


# --- the table --------------------------------------------------------------------------------------------------------


def _row(  # noqa: PLR0913 - the columns of the table
    name: str, clause: str, budget: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State],
    over: str = "lane", to: str = "worker {i}",
) -> EnvironmentAction:  # fmt: skip
    return Action(
        name, over, (_some(budget), _left(budget), *guard), does, Fair.NONE, Seen.HIDDEN, clause, "nature", to
    )


ACTIONS: tuple[EnvironmentAction, ...] = (
    _row("WorkerCrashes", "P-90", "crashes", is_alive, does=crashes),
    _row("WorkerIsTorn", "P-90", "tears", runs, does=is_torn),
    _row("WorkerLeavesAProcess", "P-94", "grandchildren", has_run_something, does=leaves_a_process),
    _row("StatusIsStolen", "P-95", "thefts", has_ended, is_not_stolen, does=steals),
    _row("StartHangs", "P-91", "hangs", start_is_asked_for, start_is_not_reported, does=hangs, to=""),
    _row("ParentDies", "P-96", "parents", parent_lives, does=parent_dies, over="", to="manager"),
    _row(
        "StartFails",
        "P-91",
        "start_failures",
        start_is_asked_for,
        start_is_not_reported,
        does=start_fails,
        to="manager",
    ),
    _row("BootFails", "P-91", "boot_failures", boots, does=boot_fails),
    _row("WorkerStalls", "P-92", "stalls", is_to_leave, does=stalls),
    _row(
        "ClientIsInterrupted",
        "P-93",
        "interrupts",
        is_within_a_call,
        does=leaves_the_call,
        over="client",
        to="client {i}",
    ),
)
