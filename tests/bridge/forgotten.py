"""What no actor of the protocol reads, or the code does not say, is made alike on both sides before they are compared.

Decides: what that is. Must not know: worlds, actions.
"""

from __future__ import annotations

from checkedpool_model.bounds import Bounds
from checkedpool_model.state import Job, Lane, Mark, Message, Note, State, Worker

__all__ = ["forgotten"]


def forgotten(k: Bounds, s: State) -> State:
    """The state without what no actor reads: that a task was answered, what a dead worker ran, how often nature may."""
    if s.budget != k.budget or any(task.answered or task.called for task in s.tasks):
        tasks = tuple(task._replace(answered=False, called=0) for task in s.tasks)
        s = s._replace(budget=k.budget, tasks=tasks)
    if any(lane.worker == Worker.ENDED and lane.running != Mark.NOBODY for lane in s.lanes):
        s = s._replace(lanes=tuple(map(_dead_runs_nothing, s.lanes)))
    return _without_letters(s) if k.has_user_code else s


def _dead_runs_nothing(lane: Lane) -> Lane:
    return lane._replace(running=Mark.NOBODY) if lane.worker == Worker.ENDED else lane


def _without_letters(s: State) -> State:
    """Jobs in no order, and heard of when they are done."""
    busy = sum(t != Mark.NOBODY for t in s.threads)
    inbox = tuple(message for message in s.inbox if not _is_of_nobody(s, message))
    return s._replace(jobs=tuple(sorted(s.jobs)), owed=len(s.jobs) + busy, inbox=inbox)


def _is_of_nobody(s: State, message: Message) -> bool:
    """Whether it says that a job is done for which no task waits: whose it was the code does not say."""
    return message.note == Note.DONE and s.tasks[message.number].job != Job.PICKLE
