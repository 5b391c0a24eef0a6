"""Lanes are interchangeable, and so are tasks that are over: of the states that differ only in numbers, one stands.

Decides: which one, and what else must be renumbered with it. Lanes stand in ascending order; of two equal ones the one
that is pointed at comes last. A task is over when its future has ended and nothing in the state names it any more: it
comes behind those that are not, which keep their order since they are dealt in it. Must not know: what the actions do;
a test checks that renumbering before an action or after it comes to the same.

Tasks are interchangeable only if all are of one kind and one priority, none was told apart by its callback or by who
submits it, and no call that is still to be made names one.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

from checkedpool_model.protocol.bounds import Bounds, Cancel, Stop, Submit
from checkedpool_model.protocol.state import Client, Lane, Mark, Message, Note, State, Task

__all__ = [
    "canonical",
    "is_over",
    "renumbered",
    "standing_for",
    "tasks_renumbered",
    "with_what_is_over_behind",
]

ABOUT_A_LANE = (Note.LOOK, Note.STARTED, Note.NOT_STARTED)
ABOUT_A_TASK = (Note.POSTED, Note.DONE, Note.STOP)


def standing_for(k: Bounds) -> Callable[[State], State]:
    """The function from each state of a run with these bounds to the one that stands for it."""
    if not _alike(k):
        return canonical
    naming = [(c, until) for c, until in enumerate(map(_named_until, k.script)) if until]

    def stands(s: State) -> State:
        for c, until in naming:
            if s.clients[c].call < until:
                return canonical(s)
        return canonical(with_what_is_over_behind(s))

    return stands


def _alike(k: Bounds) -> bool:
    """Whether no task is told apart by its kind, its priority, its callback or its submitter."""
    return (
        k.given == k.tasks and not k.has_user_code and not k.priorities and len(set(map(k.kind, range(k.tasks)))) == 1
    )


def _named_until(calls: Iterable[object]) -> int:
    """The number of the first call from which on none names a task."""
    return max((number for number, call in enumerate(calls, 1) if isinstance(call, Submit | Cancel | Stop)), default=0)


# --- lanes ------------------------------------------------------------------------------------------------------------


def canonical(s: State) -> State:
    """The state that stands for all that differ from this one in the numbers of lanes."""
    lanes = s.lanes
    if len(s.threads) > 1:  # they are interchangeable, and nothing points at one
        s = s._replace(threads=tuple(sorted(s.threads)))
    for left, right in pairwise(lanes):
        if left >= right:
            break
    else:
        return s
    pointers = (
        *(client.lane for client in s.clients),
        *(message.number if message.note in ABOUT_A_LANE else Mark.NOBODY for message in s.inbox),
    )
    keys = [(lane, *(pointer == number for pointer in pointers)) for number, lane in enumerate(lanes)]
    order = tuple(sorted(range(len(lanes)), key=keys.__getitem__))
    return s if order == tuple(range(len(lanes))) else renumbered(s, order)


def renumbered(s: State, order: tuple[int, ...]) -> State:
    """The state with its lanes in this order: lane ``order[i]`` is now lane i."""
    now = {was: number for number, was in enumerate(order)}
    now.update({mark: mark for mark in Mark})
    return s._replace(
        lanes=tuple(s.lanes[was] for was in order),
        clients=tuple(Client(client.call, client.step, now[client.lane]) for client in s.clients),
        inbox=tuple(
            Message(message.note, now[message.number]) if message.note in ABOUT_A_LANE else message
            for message in s.inbox
        ),
    )


# --- tasks ------------------------------------------------------------------------------------------------------------


def with_what_is_over_behind(s: State) -> State:
    """The state with the tasks that are over behind the others, in ascending order."""
    tasks = s.tasks
    ended = _ended(tasks)
    if not ended or ended[0] == len(tasks) - 1:  # none, or only the last one
        return s
    over = is_over(s)
    order = (*(t for t in range(len(tasks)) if t not in over), *sorted(over, key=tasks.__getitem__))
    return s if order == tuple(range(len(tasks))) else tasks_renumbered(s, order)


def is_over(s: State) -> list[int]:
    """The tasks whose futures have ended and that nothing in the state names."""
    ended = _ended(s.tasks)
    if not ended:
        return ended
    named = _named(s)
    return [t for t in ended if t not in named]


def _ended(tasks: tuple[Task, ...]) -> list[int]:
    """The tasks whose futures have ended, and with which nothing is left to be done."""
    return [
        t for t, task in enumerate(tasks)
        if task.end and task.notified and not task.unclaimed and not task.pending and not task.job
    ]  # fmt: skip


def _named(s: State) -> set[int]:
    """Whatever is a task's number in lanes, inbox and what the user-code threads do."""
    named = {message.number for message in s.inbox if message.note in ABOUT_A_TASK}
    named.update(s.jobs, s.threads)
    for lane in s.lanes:
        named.update((lane.running, lane.stop))
        named.update(lane.book, lane.tickets, lane.returned, lane.answers)
    return named


def tasks_renumbered(s: State, order: tuple[int, ...]) -> State:
    """The state with its tasks in this order: task ``order[i]`` is now task i."""
    now = {was: number for number, was in enumerate(order)}
    now.update({mark: mark for mark in Mark})
    return s._replace(
        tasks=tuple(s.tasks[was] for was in order),
        lanes=tuple(_with_numbers(lane, now) for lane in s.lanes),
        inbox=tuple(
            Message(message.note, now[message.number]) if message.note in ABOUT_A_TASK else message
            for message in s.inbox
        ),
        jobs=tuple(now[t] for t in s.jobs),
        threads=tuple(now[t] for t in s.threads),
    )


def _with_numbers(lane: Lane, now: dict[int, int]) -> Lane:
    return lane._replace(
        running=now[lane.running],
        stop=now[lane.stop],
        tickets=tuple([now[t] for t in lane.tickets]),
        returned=tuple([now[t] for t in lane.returned]),
        answers=tuple([now[t] for t in lane.answers]),
        book=tuple([now[t] for t in lane.book]),
    )
