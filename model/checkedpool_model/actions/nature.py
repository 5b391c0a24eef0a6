"""What nobody decides: crashes, failures, processes that do not obey, signal handlers that throw.

Decides: at which moments the world can interfere, each thing as often as the run's budget says. Must not know: what the
pool makes of it. No claim may rest on any of this happening, so none of it is fair.
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from checkedpool_model.actions.client import returns
from checkedpool_model.actions.worker import boots, leaves, start_is_asked_for, start_is_not_reported
from checkedpool_model.bounds import Bounds, Submit
from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.state import (
    Budget,
    Handed,
    Mark,
    Note,
    State,
    Step,
    Worker,
    alive,
    posted,
    rung,
    with_lane,
    with_task,
)

NatureAction = Action[Bounds, State]


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


def is_alive(_k: Bounds, s: State, i: int) -> bool:
    return alive(s.lanes[i])


INTERRUPTIBLE = (Step.GATED, Step.POSTED, Step.FOUND, Step.CLOSED, Step.RINGING, Step.WAITING)


def is_within_a_call(k: Bounds, s: State, c: int) -> bool:
    """Whether the client is between two steps of a call, other than its last: what exits is let exit."""
    return s.clients[c].step in INTERRUPTIBLE and s.clients[c].call + 1 < len(k.script[c])


# --- effects ----------------------------------------------------------------------------------------------------------


def crashes(_k: Bounds, s: State, i: int) -> State:
    s = s._replace(budget=s.budget._replace(crashes=s.budget.crashes - 1))
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.ENDED))


def start_fails(_k: Bounds, s: State, i: int) -> State:
    s = s._replace(budget=s.budget._replace(start_failures=s.budget.start_failures - 1))
    return rung(posted(s, Note.NOT_STARTED, i))


def boot_fails(_k: Bounds, s: State, i: int) -> State:
    """The initializer raised: the worker says so and exits."""
    s = s._replace(budget=s.budget._replace(boot_failures=s.budget.boot_failures - 1))
    lane = s.lanes[i]
    return with_lane(s, i, lane._replace(worker=Worker.ENDED, answers=(*lane.answers, Mark.NOT_READY)))


def stalls(_k: Bounds, s: State, i: int) -> State:
    s = s._replace(budget=s.budget._replace(stalls=s.budget.stalls - 1))
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.STALLED))


def leaves_the_call(k: Bounds, s: State, c: int) -> State:
    """An exception that a signal handler raised takes the thread out of its call; its program goes on."""
    s = s._replace(budget=s.budget._replace(interrupts=s.budget.interrupts - 1))
    call = k.script[c][s.clients[c].call]
    if isinstance(call, Submit):
        s = with_task(s, call.task, s.tasks[call.task]._replace(handed=Handed.LOST))
    return returns(k, s, c)


# --- the table --------------------------------------------------------------------------------------------------------


def _row(
    name: str, clause: str, budget: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State],
    over: str = "lane",
) -> NatureAction:  # fmt: skip
    return Action(name, over, (_some(budget), _left(budget), *guard), does, Fair.NONE, Seen.HIDDEN, clause)


ACTIONS: tuple[NatureAction, ...] = (
    _row("WorkerCrashes", "P-90", "crashes", is_alive, does=crashes),
    _row("StartFails", "P-91", "start_failures", start_is_asked_for, start_is_not_reported, does=start_fails),
    _row("BootFails", "P-91", "boot_failures", boots, does=boot_fails),
    _row("WorkerStalls", "P-92", "stalls", leaves, does=stalls),
    _row("ClientIsInterrupted", "P-93", "interrupts", is_within_a_call, does=leaves_the_call, over="client"),
)
