"""What no actor of the protocol reads, or the code does not say, is made alike on both sides before they are compared.

Decides: what that is. Must not know: worlds, actions.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import Full, Job, Lane, Mark, Message, Note, Signal, State, Worker, with_lane

__all__ = ["forgotten"]


def forgotten(k: Bounds, s: State) -> State:
    """The state without what no actor reads: that a task was answered, what the dead ran, the environment's budgets."""
    for task in s.tasks:
        if task.answered or task.called:
            s = s._replace(tasks=tuple([task._replace(answered=False, called=0) for task in s.tasks]))
            break
    if s.budget != k.budget:
        s = s._replace(budget=k.budget)
    for number, lane in enumerate(s.lanes):
        if lane.worker == Worker.ENDED:
            made = _of_the_dead(k, lane)
            if made is not lane:
                s = with_lane(s, number, made)
    if s.broken and k.sizes:
        s = _without_sizes(k, s)
    for message in s.inbox[:-1]:
        if message.note == Note.LOOK:
            s = s._replace(inbox=tuple(_each_look_once(s.inbox)))
            break
    return _without_letters(s) if s.threads else s


def _each_look_once(inbox: tuple[Message, ...]) -> Iterator[Message]:
    """Of several notes about one lane the last stands: the manager looks there once."""
    for number, message in enumerate(inbox, 1):
        if message.note != Note.LOOK or message not in inbox[number:]:
            yield message


def _without_sizes(k: Bounds, s: State) -> State:
    """In a broken pool nobody asks how many workers there may be, nor who is to leave."""
    lanes = tuple([lane._replace(full=Full.NO) for lane in s.lanes])
    inbox = tuple([message for message in s.inbox if message.note != Note.RESIZED])
    return s._replace(lanes=lanes, inbox=inbox, size=k.allowed)


def _of_the_dead(k: Bounds, lane: Lane) -> Lane:
    """Nobody asks what it ran, nor, where it was to leave and owes nothing, whether a signal has hastened its end."""
    signal = Signal.OBEYED if k.budget.stalls and lane.leave and not lane.book else lane.signal
    if signal == lane.signal and lane.running == Mark.NOBODY:
        return lane
    return lane._replace(running=Mark.NOBODY, signal=signal)


def _without_letters(s: State) -> State:
    """Jobs in no order, and heard of when they are done; one for a task, and none for which nothing is to be done."""
    busy = sum([t != Mark.NOBODY for t in s.threads])
    inbox = tuple([message for message in s.inbox if not _is_of_nobody(s, message)])
    jobs = tuple(sorted({t for t in s.jobs if s.tasks[t].job != Job.NOTHING})) if s.jobs else ()
    if (jobs, len(jobs) + busy, len(inbox)) == (s.jobs, s.owed, len(s.inbox)):
        return s
    return s._replace(jobs=jobs, owed=len(jobs) + busy, inbox=inbox)


def _is_of_nobody(s: State, message: Message) -> bool:
    """Whether it says that a job is done for which no task waits: whose it was the code does not say."""
    return message.note == Note.DONE and s.tasks[message.number].job != Job.PICKLE
