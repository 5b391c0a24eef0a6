"""Which clauses a history breaks where it leaves the contract, and what the contract says there instead.

Decides: that, for each kind of event, and what is owed at a moment.  Must not know: whether a history leaves the
contract (``check``).
"""

from checkedpool.testing.audit.judge import calls, internal_steps
from checkedpool.testing.audit.judge.calls import ENDS
from checkedpool.testing.audit.judge.events import Call, Event, Kind, Work
from checkedpool.testing.audit.judge.facts import Facts
from checkedpool.testing.audit.judge.possible_states import FINAL, Moment, allows
from checkedpool_spec.contract import Asked, State
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["described", "of", "owed"]

Owed = list[tuple[str, tuple[str, ...]]]

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
VALUES = {Work.RAISES, Work.UNPICKLABLE, Work.UNLOADABLE}


def owed(facts: Facts, moment: Moment) -> bool:
    """Whether anything has to happen yet."""
    return _has_steps_to_take(facts, moment) or bool(_to_be_seen(facts, moment))


def _has_steps_to_take(facts: Facts, moment: Moment) -> bool:
    """Whether the pool, or a call under way, owes a step that nobody sees."""
    moving = any(next(calls.forward(facts, moment, call), None) for call, _ in moment.at)
    return moving or any(internal_steps.owed(facts, moment))


def _to_be_seen(facts: Facts, moment: Moment) -> Owed:
    """The events that have to come: each with the clauses that say so."""
    found: Owed = []
    contract = moment.contract
    disturbed = contract.broken or contract.level >= ShutdownLevel.TERMINATE
    for task, future in enumerate(contract.futures):
        inside = future.state == State.RUNNING and task not in facts.entered
        if inside and task not in facts.struck and not disturbed:
            found.append((f"task {task} is run", ("C-01", "C-23")))
        if future.asked == Asked.RETURNED and allows(moment, "CallsBack", task):
            found.append((f"the callback of task {task} is called", _untold(facts, moment, task, "C-08")))
    for call, place in moment.at:
        if place.startswith(FINAL):
            found.append((f"{described(facts.calls[call])} comes back", _late(facts, facts.calls[call], moment)))
    return found


def _untold(facts: Facts, moment: Moment, task: int, otherwise: str) -> tuple[str, ...]:
    """A future is done, and nobody is told."""
    if moment.contract.futures[task].state == State.CANCELLED:
        return ("C-06",) if task in facts.cancelled else ("C-46",)
    return (otherwise,)


def _late(facts: Facts, begin: Event, moment: Moment) -> tuple[str, ...]:
    if begin.what is Call.TOLD:
        return _untold(facts, moment, begin.task, "C-07")
    return ("C-48",) if begin.wait else LATE[begin.what or Call.SUBMIT]


def of(facts: Facts, before: frozenset[Moment], event: Event) -> tuple[tuple[str, ...], str]:
    """The clauses that the event breaks, and what would have been right."""
    match event.kind:
        case Kind.END:
            begin = facts.calls[event.call]
            allowed = calls.answers(before, event.call)
            instead = " or ".join(allowed) if allowed else "not to come back yet"
            return _wrong(facts, before, begin, event.said), f"{described(begin)}: {instead}"
        case Kind.ENTERED if event.task in facts.entered:
            return ("C-03",), f"task {event.task} is begun once"
        case Kind.ENTERED:
            return _entered(before, event.task)
        case Kind.CALLED:
            ends = sorted({ENDS[state] for state in _states(before, event.task) if state in ENDS})
            says = f"the callback of task {event.task} is called once, after its end: {' or '.join(ends) or 'not yet'}"
            wrong = not any(calls.fits(f"{FINAL}{end}", event.said) for end in ends)
            return _end(facts, before, event.task, event.said) if wrong else ("C-08",), says
        case Kind.ALIVE:
            return ("C-48", "C-96"), "no worker is left when shutdown(wait=True) has returned"
        case _:
            return _nearest(facts, before)


def _wrong(facts: Facts, before: frozenset[Moment], begin: Event, said: str) -> tuple[str, ...]:
    """A call has come back with an answer that it cannot have."""
    match begin.what:
        case Call.TOLD:
            return _end(facts, before, begin.task, said)
        case Call.SUBMIT:
            return _submit(facts, before, said)
        case Call.SHUTDOWN if said != calls.RETURNED:
            return ("C-42",)
        case Call.CANCEL if said == str(True):
            return "C-05", "C-08"
        case _:
            return WRONG[begin.what or Call.ADD]


def _submit(facts: Facts, before: frozenset[Moment], said: str) -> tuple[str, ...]:
    """A submit has come back with an answer that it cannot have."""
    if said == calls.ACCEPTED:
        return ("C-83",) if all(moment.contract.broken for moment in before) else ("C-44",)
    if said == calls.BROKEN:
        return _never_broken(facts, before)
    return ("C-18",) if said == calls.CLOSED else ("C-17",)


def _end(facts: Facts, before: frozenset[Moment], task: int, said: str) -> tuple[str, ...]:
    """A future has an end that it cannot have."""
    states = _states(before, task)
    if said in (calls.BROKEN, *DEATHS):
        return ("C-80", "C-79") if facts.struck else _never_broken(facts, before)
    if said in ("value", "error") and states == {State.CANCELLED}:
        return ("C-01", "C-05")
    if said == "cancelled":
        return "C-01", "C-45"
    return ("C-33", "C-38") if said == "error" else ("C-02",)


def _never_broken(facts: Facts, before: frozenset[Moment]) -> tuple[str, ...]:
    """A pool says that it is broken, and no worker was killed."""
    if any(moment.contract.level >= ShutdownLevel.TERMINATE for moment in before):
        return ("C-58",)
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


def _nearest(facts: Facts, before: frozenset[Moment]) -> tuple[tuple[str, ...], str]:
    """What is missing in the state that misses least, of those in which nothing is left but what would be seen."""
    arrived = [moment for moment in before if not _has_steps_to_take(facts, moment)] or list(before)
    least = min((_to_be_seen(facts, moment) for moment in arrived), key=lambda missing: (len(missing), missing))
    clauses = dict.fromkeys(clause for _, broken in least for clause in broken)
    return tuple(clauses), "; ".join(what for what, _ in least)


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
    if begin.what is Call.SHUTDOWN:
        return REQUESTS[ShutdownLevel(begin.level), begin.wait]
    work = f" ({begin.work})" if begin.what is Call.SUBMIT else ""
    return f"{begin.what}() of task {begin.task}{work}"
