"""What nobody decides: crashes, failures, processes that do not obey, signal handlers that throw.

Decides: at which moments the world can interfere, each thing as often as the run's budget says. Must not know: what the
pool makes of it. No claim may rest on any of this happening, so none of it is fair, with one exception: a process that
was sent a signal and does not ignore it dies.
"""
# ruff: noqa: ARG001, D103 - every conjunct and effect has one signature, and a name that is a sentence

from checkedpool_model.actions.client import returns
from checkedpool_model.actions.worker import boots, leaves, start_is_asked_for, start_is_not_reported
from checkedpool_model.bounds import Bounds, Submit
from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.state import (
    Handed,
    Mark,
    Note,
    Signal,
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


def may_crash(k: Bounds, s: State, i: int) -> bool:
    return s.budget.crashes > 0


def start_may_fail(k: Bounds, s: State, i: int) -> bool:
    return s.budget.start_failures > 0


def boot_may_fail(k: Bounds, s: State, i: int) -> bool:
    return s.budget.boot_failures > 0


def may_stall(k: Bounds, s: State, i: int) -> bool:
    return s.budget.stalls > 0


def may_be_deaf(k: Bounds, s: State, i: int) -> bool:
    return s.budget.deaf > 0


def may_be_interrupted(k: Bounds, s: State, c: int) -> bool:
    return s.budget.interrupts > 0


def is_alive(k: Bounds, s: State, i: int) -> bool:
    return alive(s.lanes[i])


def was_terminated(k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].signal == Signal.TERM


def was_signalled(k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].signal in (Signal.TERM, Signal.KILL)


INTERRUPTIBLE = (Step.GATED, Step.POSTED, Step.FOUND, Step.CLOSED, Step.RINGING, Step.WAITING)


def is_within_a_call(k: Bounds, s: State, c: int) -> bool:
    return s.clients[c].step in INTERRUPTIBLE


# --- effects ----------------------------------------------------------------------------------------------------------


def crashes(k: Bounds, s: State, i: int) -> State:
    s = s._replace(budget=s.budget._replace(crashes=s.budget.crashes - 1))
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.DIED))


def start_fails(k: Bounds, s: State, i: int) -> State:
    s = s._replace(budget=s.budget._replace(start_failures=s.budget.start_failures - 1))
    return rung(posted(s, Note.NOT_STARTED, i))


def boot_fails(k: Bounds, s: State, i: int) -> State:
    """The initializer raised: the worker says so and exits."""
    s = s._replace(budget=s.budget._replace(boot_failures=s.budget.boot_failures - 1))
    lane = s.lanes[i]
    return with_lane(s, i, lane._replace(worker=Worker.DIED, answers=(*lane.answers, Mark.NOT_READY)))


def stalls(k: Bounds, s: State, i: int) -> State:
    s = s._replace(budget=s.budget._replace(stalls=s.budget.stalls - 1))
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.STALLED))


def ignores_it(k: Bounds, s: State, i: int) -> State:
    s = s._replace(budget=s.budget._replace(deaf=s.budget.deaf - 1))
    return with_lane(s, i, s.lanes[i]._replace(signal=Signal.IGNORED))


def dies(k: Bounds, s: State, i: int) -> State:
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.DIED))


def leaves_the_call(k: Bounds, s: State, c: int) -> State:
    """An exception that a signal handler raised takes the thread out of its call; its program goes on."""
    s = s._replace(budget=s.budget._replace(interrupts=s.budget.interrupts - 1))
    call = k.script[c][s.clients[c].call]
    if isinstance(call, Submit):
        s = with_task(s, call.task, s.tasks[call.task]._replace(handed=Handed.LOST))
    return returns(k, s, c)


# --- the table --------------------------------------------------------------------------------------------------------


def _row(
    name: str, clause: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State], over: str = "lane",
    fair: Fair = Fair.NONE,
) -> NatureAction:  # fmt: skip
    return Action(name, over, guard, does, fair, Seen.HIDDEN, clause)


ACTIONS: tuple[NatureAction, ...] = (
    _row("WorkerCrashes", "P-90", may_crash, is_alive, does=crashes),
    _row("StartFails", "P-91", start_may_fail, start_is_asked_for, start_is_not_reported, does=start_fails),
    _row("BootFails", "P-91", boot_may_fail, boots, does=boot_fails),
    _row("WorkerStalls", "P-92", may_stall, leaves, does=stalls),
    _row("WorkerIgnoresTerm", "P-92", may_be_deaf, is_alive, was_terminated, does=ignores_it),
    _row("WorkerDiesOfSignal", "P-92", was_signalled, is_alive, does=dies, fair=Fair.WEAK),
    _row("ClientIsInterrupted", "P-93", may_be_interrupted, is_within_a_call, does=leaves_the_call, over="client"),
)
