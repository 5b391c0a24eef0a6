"""How a history is judged on after a difference.

Decides: in which states the pool may be then.  They are more than those in which it can be, never fewer.  So what is
refused later is refused whatever made the first difference: it is another one.  Must not know: what a difference is.

An answer that changes nothing is left aside.  Where a future or a call has left the contract, nothing more is judged
of it.  Where a pool is broken without a cause, there was one.
"""

from checkedpool.testing.audit.judge import blame, calls
from checkedpool.testing.audit.judge.events import Call, Event, Kind
from checkedpool.testing.audit.judge.facts import Facts
from checkedpool.testing.audit.judge.possible_states import Moment, allows, applied
from checkedpool_spec.contract import Asked, Future, State

__all__ = ["after", "with_a_cause"]


def with_a_cause(moments: frozenset[Moment]) -> frozenset[Moment]:
    """Something has happened in the pool for which it may break."""
    return frozenset(
        moment._replace(contract=moment.contract._replace(defects=moment.contract.defects + 1)) for moment in moments
    )


def after(facts: Facts, before: frozenset[Moment], event: Event) -> frozenset[Moment]:
    """The states after an event that none of those before it allows."""
    match event.kind:
        case Kind.END:
            return _after_a_call(facts, before, facts.calls[event.call], event.said)
        case Kind.QUIET:
            return _without_what_is_missing(facts, before)
        case Kind.CALLED if any(_has_been_called(moment, event.task) for moment in before):
            return before
        case Kind.ENTERED | Kind.CALLED:
            return _given_up(facts, before, event.task)
        case _:
            return before


def _has_been_called(moment: Moment, task: int) -> bool:
    return moment.contract.futures[task].called > 0


def _after_a_call(facts: Facts, before: frozenset[Moment], begin: Event, said: str) -> frozenset[Moment]:
    left: frozenset[Moment] = frozenset()
    if begin.what is Call.SHUTDOWN:
        left = frozenset(_not_awaited(facts, moment, begin.call) for moment in before)
    elif begin.what in (Call.RUNNING, Call.DONE):
        left = frozenset(moment.without(begin.call) for moment in before)
    elif begin.what is Call.CANCEL:
        left = _after_cancel(before, begin.call, said)
    elif begin.what is Call.SUBMIT and said != calls.ACCEPTED:
        left = _refused(before, begin)
    return left or _given_up(facts, before, begin.task)


def _after_cancel(before: frozenset[Moment], call: int, said: str) -> frozenset[Moment]:
    """It has done nothing and says so; what it has done that says otherwise, nobody knows."""
    if said != str(False):
        return frozenset()
    return frozenset(moment.without(call) for moment in before if moment.place(call) == "")


def _refused(before: frozenset[Moment], begin: Event) -> frozenset[Moment]:
    """The task is not accepted, and nothing of it has happened."""
    pending = [moment for moment in before if moment.contract.futures[begin.task].state == State.PENDING]
    return frozenset(
        _with(moment, begin.task, moment.contract.futures[begin.task]._replace(asked=Asked.RAISED)).without(begin.call)
        for moment in pending
    )


def _without_what_is_missing(facts: Facts, before: frozenset[Moment]) -> frozenset[Moment]:
    """Nothing of what has not come is waited for any more."""
    moments = before
    for missing in blame.least(facts, before):
        if missing.is_run:
            moments = _given_up(facts, moments, missing.task)
        elif missing.call >= 0:
            facts.unawaited.add(missing.call)
            moments = frozenset(_not_awaited(facts, moment, missing.call) for moment in moments)
        else:
            facts.uncalled.add(missing.task)
            moments = frozenset(_as_if_called(moment, missing.task) for moment in moments)
    return moments


def _not_awaited(facts: Facts, moment: Moment, call: int) -> Moment:
    """The call is over, whatever it has done."""
    caller = facts.callers.get(call, -1)
    if caller >= 0 and allows(moment, "LeavesWait", caller):
        moment = applied(moment, "LeavesWait", caller)
    return moment.without(call)


def _as_if_called(moment: Moment, task: int) -> Moment:
    future = moment.contract.futures[task]
    due = frozenset(one for one in moment.due if one[0] != task)
    return _with(moment, task, future._replace(has_callback=False))._replace(due=due)


def _given_up(facts: Facts, before: frozenset[Moment], task: int) -> frozenset[Moment]:
    """Of the task nothing is known from now on: it is over, or it stays in a worker for as long as it likes."""
    facts.given_up.add(task)
    ends = [Future(Asked.LOST, state) for state in (State.RUNNING, State.BROKEN)]
    return frozenset(_without_calls(facts, _with(moment, task, end), task) for moment in before for end in ends)


def _without_calls(facts: Facts, moment: Moment, task: int) -> Moment:
    at = tuple((call, place) for call, place in moment.at if facts.calls[call].task != task)
    due = frozenset(one for one in moment.due if one[0] != task)
    return moment._replace(at=at, due=due)


def _with(moment: Moment, task: int, future: Future) -> Moment:
    contract = moment.contract
    futures = (*contract.futures[:task], future, *contract.futures[task + 1 :])
    return moment._replace(contract=contract._replace(futures=futures))
