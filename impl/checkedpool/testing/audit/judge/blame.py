"""Which clauses a history breaks where it leaves the contract, and what the contract says there instead.

Decides: that, for each kind of event, and what is owed at a moment.  Must not know: whether a history leaves the
contract (``check``).
"""

from collections.abc import Iterator
from typing import NamedTuple

from checkedpool.testing.audit.judge import calls, internal_steps
from checkedpool.testing.audit.judge.calls import ENDS
from checkedpool.testing.audit.judge.events import FROM_CALLBACK, Call, Event, Kind, Work
from checkedpool.testing.audit.judge.facts import Facts
from checkedpool.testing.audit.judge.possible_states import FINAL, Moment, allows
from checkedpool_spec.contract import Asked, State
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["BROKEN", "OWN", "Owed", "beside", "described", "least", "of", "owed"]


class Owed(NamedTuple):
    """Something that has to be seen yet."""

    what: str
    clauses: tuple[str, ...]
    task: int = -1
    call: int = -1
    """Who owes it: a call that has to come back; otherwise the task has to be run, or its callback to be called."""
    is_run: bool = False


LATE: dict[Call, tuple[str, ...]] = {
    Call.SUBMIT: ("C-16",),
    Call.ADD: ("C-08",),
    Call.CANCEL: ("C-21",),
    Call.RUNNING: ("C-04",),
    Call.DONE: ("C-01",),
    Call.TOLD: ("C-07",),
    Call.SHUTDOWN: ("C-47",),
}
"""What is broken by a call that could come back and does not."""

WRONG: dict[Call, tuple[str, ...]] = {**LATE, Call.CANCEL: ("C-05",), Call.DONE: ("C-01",), Call.SHUTDOWN: ("C-48",)}
"""What is broken by a call that comes back with the wrong answer, or too early."""

DEATHS = (ENDS[State.BROKEN], ENDS[State.BLAMED])
BROKEN = (calls.BROKEN, *DEATHS)
OWN = {Work.UNPICKLABLE: "C-20", Work.UNREADABLE: "C-37", Work.UNLOADABLE: "C-39"}
"""What must cost its own future only, and by which clause."""
FOREIGN = "C-87"
"""What is broken by an end that only a death can have made, and that is no BrokenExecutor."""
VALUES = {Work.RAISES, Work.FALSY, *OWN}


def owed(facts: Facts, moment: Moment) -> bool:
    """Whether anything has to happen yet."""
    return _has_steps_to_take(facts, moment) or bool(_to_be_seen(facts, moment))


def _has_steps_to_take(facts: Facts, moment: Moment) -> bool:
    """Whether the pool, or a call under way, owes a step that nobody sees."""
    moving = any(next(calls.forward(facts, moment, call), None) for call, _ in moment.at)
    return moving or any(internal_steps.owed(facts, moment))


def _to_be_seen(facts: Facts, moment: Moment) -> list[Owed]:
    """The events that have to come: each with the clauses that say so."""
    found: list[Owed] = []
    contract = moment.contract
    disturbed = contract.broken or contract.level >= ShutdownLevel.TERMINATE
    for task, future in enumerate(contract.futures):
        if task in facts.given_up:
            continue
        inside = future.state == State.RUNNING and task not in facts.entered
        if inside and facts.works[task] is not Work.UNREADABLE and task not in facts.struck and not disturbed:
            found.append(Owed(f"task {task} is run", ("C-01", "C-23"), task, is_run=True))
        if future.asked == Asked.RETURNED and allows(moment, "CallsBack", task):
            what = f"the callback of task {task} is called"
            found.append(_untold(facts, moment, Owed(what, ("C-08",), task)))
    for call, place in moment.at:
        if place.startswith(FINAL):
            found.append(_late(facts, facts.calls[call], moment))
    return found


def _untold(facts: Facts, moment: Moment, owed: Owed) -> Owed:
    """A future has ended by the contract, and nobody is told; or it has not ended, and is lost."""
    if moment.contract.futures[owed.task].state == State.CANCELLED:
        return owed._replace(clauses=("C-06",) if owed.task in facts.cancelled else ("C-46",))
    if owed.task in facts.undone:
        lost = f"the future of task {owed.task} ends; it is lost: it is not done, and never will be"
        return owed._replace(what=lost, clauses=("C-01",))
    return owed


def _late(facts: Facts, begin: Event, moment: Moment) -> Owed:
    late = Owed(f"{described(begin)} comes back", LATE[begin.what or Call.SUBMIT], begin.task, begin.call)
    if begin.what is Call.TOLD:
        return _untold(facts, moment, late)
    if begin.what is Call.SHUTDOWN and begin.note == FROM_CALLBACK:
        return late._replace(clauses=("C-49",))
    return late._replace(clauses=("C-48",)) if begin.wait else late


def beside(facts: Facts, event: Event) -> Iterator[tuple[tuple[str, ...], str]]:
    """What an answer lacks that the contract allows otherwise: the clauses, and what would have been right."""
    if event.note and event.said == calls.BROKEN and _task(facts, event) >= 0:
        yield ("C-80",), "the error has pid, exitcode, task and ran"
    if event.shared >= 0:
        yield ("C-81",), f"each future has an error of its own, and not that of task {event.shared}"


def _task(facts: Facts, event: Event) -> int:
    """The task whose end the event tells; -1 if it tells none."""
    if event.kind is Kind.END:
        begin = facts.calls[event.call]
        return begin.task if begin.what is Call.TOLD else -1
    return event.task


def of(facts: Facts, before: frozenset[Moment], event: Event) -> tuple[tuple[str, ...], str]:
    """The clauses that the event breaks, and what would have been right."""
    match event.kind:
        case Kind.END:
            begin = facts.calls[event.call]
            allowed = calls.answers(before, event.call)
            instead = " or ".join(allowed) if allowed else "not to come back yet"
            clauses = _wrong(facts, before, begin, event)
            return clauses, f"{described(begin)}: {instead}{_foreign(clauses, event)}"
        case Kind.ENTERED if event.task in facts.entered:
            return ("C-03",), f"task {event.task} is begun once"
        case Kind.ENTERED:
            return _entered(before, event.task)
        case Kind.CALLED:
            ends = sorted({ENDS[state] for state in _states(before, event.task) if state in ENDS})
            says = f"the callback of task {event.task} is called once, after its end: {' or '.join(ends) or 'not yet'}"
            wrong = not any(calls.fits(f"{FINAL}{end}", event.said) for end in ends)
            clauses = _end(facts, before, event.task, event) if wrong else ("C-08",)
            return clauses, says + _foreign(clauses, event)
        case Kind.ALIVE:
            return ("C-48", "C-96"), "no worker is left when shutdown(wait=True) has returned"
        case _:
            return _nearest(facts, before)


def _wrong(facts: Facts, before: frozenset[Moment], begin: Event, end: Event) -> tuple[str, ...]:
    """A call has come back with an answer that it cannot have."""
    match begin.what:
        case Call.TOLD:
            return _end(facts, before, begin.task, end)
        case Call.SUBMIT:
            return _submit(facts, before, end.said)
        case Call.SHUTDOWN if begin.note == FROM_CALLBACK:
            return "C-49", "C-42"
        case Call.SHUTDOWN if end.said != calls.RETURNED:
            return ("C-42",)
        case Call.CANCEL if end.said == str(True):
            return "C-05", "C-08"
        case _:
            return WRONG[begin.what or Call.ADD]


def _submit(facts: Facts, before: frozenset[Moment], said: str) -> tuple[str, ...]:
    """A submit has come back with an answer that it cannot have."""
    if said == calls.ACCEPTED:
        return ("C-83",) if all(moment.contract.broken for moment in before) else ("C-44",)
    if said == calls.BROKEN:
        return _never_broken(facts, before)
    if all(moment.contract.broken for moment in before):
        return "C-83", "C-17"
    return ("C-18",) if said == calls.CLOSED else ("C-17",)


def _end(facts: Facts, before: frozenset[Moment], task: int, end: Event) -> tuple[str, ...]:
    """A future has an end that it cannot have."""
    states, said, work = _states(before, task), end.said, facts.works[task]
    if said in BROKEN and work in OWN:
        return OWN[work], "C-41"
    if said in BROKEN:
        return ("C-80", "C-79") if facts.struck else _never_broken(facts, before)
    if said in ("value", "error") and states == {State.CANCELLED}:
        return ("C-01", "C-05")
    if said == "cancelled":
        return _cancelled(facts, before, task)
    if said == "error":
        return (FOREIGN, "C-80") if states & {State.BROKEN, State.BLAMED} else ("C-33", "C-38")
    return ("C-33",) if work is Work.FALSY else ("C-02",)


def _cancelled(facts: Facts, before: frozenset[Moment], task: int) -> tuple[str, ...]:
    """A future is cancelled whose task has begun, or that nobody has cancelled."""
    calling = (begin.task for begin in facts.calls.values() if begin.what is Call.CANCEL)
    if task in facts.cancelled | facts.interrupted or task in calling:
        return "C-05", "C-01"
    if any(moment.contract.level == ShutdownLevel.CANCEL for moment in before):
        return "C-46", "C-01"
    return "C-01", "C-45"


def _foreign(clauses: tuple[str, ...], event: Event) -> str:
    """Which exception it is, where that should have been a BrokenExecutor."""
    name, _, _ = event.note.partition(":")
    return f"; {name} is no BrokenExecutor" if name and clauses[0] == FOREIGN else ""


def _never_broken(facts: Facts, before: frozenset[Moment]) -> tuple[str, ...]:
    """A pool says that it is broken, and no worker was killed."""
    if any(moment.contract.level >= ShutdownLevel.TERMINATE for moment in before):
        return ("C-58",)
    if facts.signalled and not facts.struck:
        return ("C-36",)
    if facts.struck:
        return ("C-84",)
    return ("C-41",) if VALUES & set(facts.works.values()) else ("C-01", "C-82")


def _entered(before: frozenset[Moment], task: int) -> tuple[tuple[str, ...], str]:
    """A worker is in a task that it cannot have begun."""
    if _states(before, task) == {State.CANCELLED}:
        level = max(moment.contract.level for moment in before)
        return (("C-46",) if level >= ShutdownLevel.CANCEL else ("C-05",)), f"task {task} is cancelled and never runs"
    return ("C-18", "C-66"), f"task {task} cannot have been begun"


def _states(moments: frozenset[Moment], task: int) -> set[State]:
    """What the future may be."""
    return {moment.contract.futures[task].state for moment in moments}


def least(facts: Facts, before: frozenset[Moment]) -> list[Owed]:
    """What is missing in the state that misses least, of those in which nothing is left but what would be seen."""
    arrived = [moment for moment in before if not _has_steps_to_take(facts, moment)] or list(before)
    return min((_to_be_seen(facts, moment) for moment in arrived), key=lambda missing: (len(missing), missing))


def _nearest(facts: Facts, before: frozenset[Moment]) -> tuple[tuple[str, ...], str]:
    """The clauses of what is missing, and its words; of a death that nobody notices first that of deaths."""
    missing = least(facts, before)
    unnoticed = ["C-77"] if any(facts.works[task] is Work.LEAVES for task in facts.struck) else []
    clauses = dict.fromkeys([*unnoticed, *(clause for one in missing for clause in one.clauses)])
    return tuple(clauses), "; ".join(dict.fromkeys(one.what for one in missing))


REQUESTS = {
    (ShutdownLevel.DRAIN, False): "shutdown(wait=False)",
    (ShutdownLevel.DRAIN, True): "shutdown(wait=True)",
    (ShutdownLevel.CANCEL, False): "shutdown(wait=False, cancel_futures=True)",
    (ShutdownLevel.CANCEL, True): "shutdown(wait=True, cancel_futures=True)",
    (ShutdownLevel.TERMINATE, False): "terminate_workers()",
    (ShutdownLevel.KILL, False): "kill_workers()",
}


def described(begin: Event) -> str:
    """A call, in words."""
    if begin.what is Call.SHUTDOWN and begin.note == FROM_CALLBACK:
        return f"{REQUESTS[ShutdownLevel(begin.level), True]} {FROM_CALLBACK}"
    if begin.what is Call.SHUTDOWN:
        return REQUESTS[ShutdownLevel(begin.level), begin.wait]
    work = f" ({begin.work})" if begin.what is Call.SUBMIT else ""
    return f"{begin.what}() of task {begin.task}{work}"
