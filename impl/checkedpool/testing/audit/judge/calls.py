"""What a client's call may do, step by step, as the contract machine sees it.

Decides: for each call the places it comes to between its begin and its end, which rule takes it from one to the next,
and what it says at the end.  Must not know: histories; what happens by itself (``internal_steps``).
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from checkedpool.testing.audit.judge.events import Call, Event
from checkedpool.testing.audit.judge.facts import Facts
from checkedpool.testing.audit.judge.possible_states import FINAL, Moment, allows, applied
from checkedpool_spec.contract import State
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["ACCEPTED", "BROKEN", "CLOSED", "ENDS", "REFUSED", "RETURNED", "answers", "fits", "forward", "interrupted"]

ACCEPTED, CLOSED, BROKEN, RETURNED, REFUSED = "accepted", "closed", "broken", "returned", "refused"

ENDS = {
    State.SUCCEEDED: "value",
    State.FAILED: "error",
    State.CANCELLED: "cancelled",
    State.BROKEN: "broken off",
    State.BLAMED: "blamed",
}
"""How a future that is told of an end reports it."""

DEATHS = {f"{FINAL}{ENDS[State.BROKEN]}", f"{FINAL}{ENDS[State.BLAMED]}"}

Program: TypeAlias = Callable[[Facts, Moment, Event, str], Iterator[Moment]]


def _final(moment: Moment, begin: Event, answer: object) -> Moment:
    return moment.moved(begin.call, f"{FINAL}{answer}")


def _submit(_facts: Facts, moment: Moment, begin: Event, place: str) -> Iterator[Moment]:
    task, refusal = begin.task, BROKEN if moment.contract.broken else CLOSED
    if place == "":
        if allows(moment, "Asks", task):
            yield applied(moment, "Asks", task).moved(begin.call, "asked")
        if allows(moment, "Refuses", task):
            yield _final(applied(moment, "Refuses", task), begin, refusal)
    else:
        if allows(moment, "Accepts", task):
            yield _final(applied(moment, "Accepts", task), begin, ACCEPTED)
        if allows(moment, "Withdraws", task):
            yield _final(applied(moment, "Withdraws", task), begin, refusal)


def _calls_back_here(moment: Moment, task: int, call: int) -> Moment:
    """The callback is this call's business: for the rest of the pool it is as good as called."""
    contract = moment.contract
    future = contract.futures[task]
    if not future.has_callback or future.called:
        return moment
    futures = (*contract.futures[:task], future._replace(called=1), *contract.futures[task + 1 :])
    return moment._replace(contract=contract._replace(futures=futures), due=moment.due | {(task, call)})


def _add(_facts: Facts, moment: Moment, begin: Event, _place: str) -> Iterator[Moment]:
    contract, task = moment.contract, begin.task
    future = contract.futures[task]
    futures = (*contract.futures[:task], future._replace(has_callback=True), *contract.futures[task + 1 :])
    added = moment._replace(contract=contract._replace(futures=futures))
    if future.state > State.RUNNING:
        added = _calls_back_here(added, task, begin.call)
    yield _final(added, begin, RETURNED)


def _cancel(_facts: Facts, moment: Moment, begin: Event, _place: str) -> Iterator[Moment]:
    task = begin.task
    state = moment.contract.futures[task].state
    if allows(moment, "Cancels", task):
        yield _final(_calls_back_here(applied(moment, "Cancels", task), task, begin.call), begin, answer=True)
    else:
        yield _final(moment, begin, state == State.CANCELLED)


def _running(_facts: Facts, moment: Moment, begin: Event, _place: str) -> Iterator[Moment]:
    yield _final(moment, begin, moment.contract.futures[begin.task].state == State.RUNNING)


def _done(_facts: Facts, moment: Moment, begin: Event, _place: str) -> Iterator[Moment]:
    yield _final(moment, begin, moment.contract.futures[begin.task].state > State.RUNNING)


def _told(_facts: Facts, moment: Moment, begin: Event, _place: str) -> Iterator[Moment]:
    state = moment.contract.futures[begin.task].state
    if state > State.RUNNING:
        yield _final(moment, begin, ENDS[state])


def _shutdown(facts: Facts, moment: Moment, begin: Event, place: str) -> Iterator[Moment]:
    level = ShutdownLevel(begin.level)
    if place == "":
        closed = applied(moment, "Closes") if allows(moment, "Closes") else moment
        yield closed.moved(begin.call, "closed")
    elif place == "closed":
        asked = applied(moment, "Requests", level) if allows(moment, "Requests", level) else moment
        yield asked.moved(begin.call, "asked") if begin.wait else _final(asked, begin, RETURNED)
    elif place == "asked":
        yield applied(moment, "Waits", facts.callers[begin.call]).moved(begin.call, "waiting")
    elif allows(moment, "WaitReturns", facts.callers[begin.call]):
        yield _final(applied(moment, "WaitReturns", facts.callers[begin.call]), begin, RETURNED)


PROGRAMS: dict[Call, Program] = {
    Call.SUBMIT: _submit,
    Call.ADD: _add,
    Call.CANCEL: _cancel,
    Call.RUNNING: _running,
    Call.DONE: _done,
    Call.TOLD: _told,
    Call.SHUTDOWN: _shutdown,
}


def forward(facts: Facts, moment: Moment, call: int) -> Iterator[Moment]:
    """What may have come of the moment by one step of the call."""
    place, begin = moment.place(call), facts.calls[call]
    if not place.startswith(FINAL) and begin.what is not None:
        yield from PROGRAMS[begin.what](facts, moment, begin, place)


def fits(place: str, said: str) -> bool:
    """Whether a call at this place may come back with this.

    "broken" leaves open on whom the death was blamed, "refused" why it was refused.
    """
    if said == REFUSED:
        return place in {f"{FINAL}{BROKEN}", f"{FINAL}{CLOSED}"}
    return place == f"{FINAL}{said}" or (said == BROKEN and place in DEATHS)


def interrupted(moment: Moment, facts: Facts, begin: Event) -> Moment | None:
    """What may be so when a signal handler has interrupted the call; None: not at this place.

    What it has done by then is done, a callback that it owed has been called, and a task may be run all the same.
    """
    place = moment.place(begin.call)
    if place == f"{FINAL}{ACCEPTED}":  # he has no future; that he was interrupted before is another moment
        return None
    if begin.what is Call.SUBMIT and place == "asked":
        return applied(moment, "Loses", begin.task)
    if place == "waiting":
        return applied(moment, "LeavesWait", facts.callers[begin.call])
    return moment


def answers(moments: frozenset[Moment], call: int) -> tuple[str, ...]:
    """With what the call may come back."""
    places = {moment.place(call) for moment in moments}
    return tuple(sorted(place.removeprefix(FINAL) for place in places if place.startswith(FINAL)))
