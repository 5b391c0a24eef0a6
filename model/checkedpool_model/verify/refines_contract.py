"""The protocol does what the contract says: what each of its states is to a caller, and what each step may be.

Decides: the mapping from protocol states to contract states, and which rules of the contract each action may stand for.
Must not know: why the protocol does it; how a refinement is checked (``checker.refinement``).

Left out: runs in which the parent dies (the contract owes nothing to a dead caller) and tasks that never end by
themselves (the contract says of a begun task only that it ends if its call does).
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.checker.refinement import Steps, asked_once, check_refinement, story
from checkedpool_model.checker.system import Action, Conjunct, Fair, Seen, System
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds, Kind, Submit
from checkedpool_model.protocol.state import Budget, End, Handed, Manager, Mark, State, Step
from checkedpool_model.scopes.all import Scope, systems
from checkedpool_spec import contract
from checkedpool_spec.contract import Asked, Contract, Future, Outcome, Rule
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = [
    "LATER",
    "NOT_MATCHED",
    "STEPS",
    "Refined",
    "as_contract",
    "contract_of",
    "gaps_of",
    "is_asked",
    "run_refinement",
]


# --- which scopes, and what came of them ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refined:
    """What asking all graphs of a scope came to."""

    name: str
    verdict: Verdict
    graphs: int
    states: int
    transitions: int
    seconds: float
    matched: frozenset[str]
    """The rules of the contract that some step was."""
    story: tuple[str, ...]


def is_asked(scope: Scope) -> bool:
    """Whether the contract speaks of what this scope looks at.

    It does not of a parent that dies, of a call that never ends, of a callback that waits for what a client may never
    do, or that may never make its calls; nor does it say when a request is carried out whose caller was interrupted.
    """
    k = scope.bounds
    return not (k.budget.parents or k.budget.interrupts or Kind.ENDLESS in k.kinds or k.blocking or k.inside)


def run_refinement(scope: Scope, actions: tuple[Action[Bounds, State], ...] = ACTIONS) -> Refined:
    """Whether what happens in this scope is what the contract allows and owes; ends with the first graph where not."""
    states = transitions = 0
    seconds = 0.0
    verdict = Verdict.HOLDS
    matched: set[str] = set()
    told: tuple[str, ...] = ()
    for system in systems(scope, actions):
        every = replace(system, canonical=None, leads_to=())
        found = check_refinement(every, contract_of(every), asked_once(as_contract, _read), STEPS)
        states, transitions = states + found.states, transitions + found.transitions
        seconds, verdict = seconds + found.seconds, found.verdict
        matched |= {rule.name for rule in contract.RULES} - set(found.unmatched)
        if verdict is not Verdict.HOLDS:
            told = (system.name, *story(found))
            break
    return Refined(scope.name, verdict, len(scope.scripts), states, transitions, seconds, frozenset(matched), told)


def gaps_of(results: Iterable[Refined]) -> Iterator[str]:
    """One sentence for each rule of the contract that no step in any scope was."""
    matched = {name for result in results for name in result.matched}
    for rule in contract.RULES:
        if rule.name not in matched and rule.name not in NOT_MATCHED:
            yield f"no step of the protocol was the contract's {rule.name} in any scope that was asked"
        elif rule.name in matched and rule.name in NOT_MATCHED:
            yield f"the contract's {rule.name} is listed as matched by no step, but it was"


NOT_MATCHED = {
    "Loses": "only a caller who is thrown out loses a future; scopes with interruptions are not asked",
    "LeavesWait": "only a caller who is thrown out leaves a wait; scopes with interruptions are not asked",
}
"""Rules that no step is, each with the reason."""

LATER = frozenset({
    "replace", "2x2", "2x3", "what-the-dead-leave", "live-replace", "asleep", "user-code", "stop-beside", "stop-of-two",
    "two-cancel", "resize-busy", "priority-of-two", "live-calls", "patience", "idle-timeout", "resize", "priority",
})  # fmt: skip
"""Scopes that are asked in the long verification only: they are large, and of each kind a smaller one is left."""


# --- the contract as a system -----------------------------------------------------------------------------------------


def contract_of(system: System[Bounds, State]) -> System[None, Contract]:
    """The contract for the tasks and callers of this system of the protocol."""
    k = system.constants
    return System(
        f"the contract of {system.name}",
        None,
        as_contract(k, system.initial),
        tuple(_action(rule) for rule in contract.RULES),
        {"future": k.tasks, "caller": len(k.script), "level": len(ShutdownLevel)},
        lambda _k, c: contract.is_over(c),
    )


def _action(rule: Rule) -> Action[None, Contract]:
    return Action(
        rule.name,
        rule.over,
        tuple(_conjunct(guard) for guard in rule.guard),
        lambda _k, c, index: rule.effect(c, index),
        Fair.WEAK if rule.owed else Fair.NONE,
        Seen.OBSERVABLE,
        rule.clauses[0],
    )


def _conjunct(guard: contract.Guard) -> Conjunct[None, Contract]:
    def holds(_k: None, c: Contract, index: int) -> bool:
        return guard(c, index)

    holds.__name__ = guard.__name__
    return holds


# --- what a protocol state is -----------------------------------------------------------------------------------------

ASKED = {
    Handed.NOT_YET: Asked.NOT_YET,
    Handed.RETURNED: Asked.RETURNED,
    Handed.RAISED: Asked.RAISED,
    Handed.LOST: Asked.LOST,
}
ENDS = {
    End.SUCCEEDED: contract.State.SUCCEEDED,
    End.FAILED: contract.State.FAILED,
    End.CANCELLED: contract.State.CANCELLED,
    End.BROKEN: contract.State.BROKEN,
    End.BLAMED: contract.State.BLAMED,
    End.STOPPED: contract.State.STOPPED,
}
OUTCOMES = {
    **dict.fromkeys((Kind.BAD_RESULT, Kind.NOT_REBUILT, Kind.LATE_NOT_REBUILT), Outcome.ERROR),
    **dict.fromkeys((Kind.BAD_ARGUMENT, Kind.LATE_BAD), Outcome.UNPICKLABLE),
}
WITHIN_SUBMIT = (Step.GATED, Step.POSTED, Step.WAKING)


def as_contract(k: Bounds, s: State) -> Contract:
    """What a caller could know of this state."""
    asking = set(_being_asked(k, s))
    return Contract(
        futures=tuple(_future(k, s, t, is_asked=t in asking) for t in range(len(s.tasks))),
        waiting=tuple(
            client.step == Step.WAITING and k.callback_of(c) == Mark.NOBODY for c, client in enumerate(s.clients)
        ),
        closed=s.closed,
        level=s.asked,
        broken=s.broken,
        over=s.manager == Manager.ENDED,
        deaths=_spent(k.budget, s.budget, "crashes", "tears"),
        troubles=_spent(k.budget, s.budget, "start_failures", "hangs"),
        defects=_spent(k.budget, s.budget, "boot_failures"),
        policy=k.policy,
        patience=k.patience,
        restarts=k.restarts,
    )


def _read(s: State) -> Hashable:
    """What the mapping reads of a state."""
    return s.clients, s.tasks, s.closed, s.asked, s.broken, s.manager == Manager.ENDED, s.budget


def _being_asked(k: Bounds, s: State) -> Iterator[int]:
    """The tasks whose submit() is under way."""
    for c, client in enumerate(s.clients):
        call = k.script[c][client.call] if client.call < len(k.script[c]) else None
        if isinstance(call, Submit) and client.step in WITHIN_SUBMIT:
            yield call.task


def _future(k: Bounds, s: State, t: int, *, is_asked: bool) -> Future:
    task = s.tasks[t]
    state = ENDS.get(task.end, contract.State.RUNNING if task.begun else contract.State.PENDING)
    asked = Asked.UNDER_WAY if is_asked else ASKED[task.handed]
    return Future(asked, state, task.has_callback, task.called, OUTCOMES.get(k.kind(t), Outcome.VALUE))


def _spent(had: Budget, has: Budget, *fields: str) -> int:
    return sum(getattr(had, field) - getattr(has, field) for field in fields)


# --- what each action may be ------------------------------------------------------------------------------------------

NOTHING: tuple[tuple[str, ...], ...] = ((),)


def _or_nothing(*sequences: str) -> tuple[tuple[str, ...], ...]:
    """Each a sequence of rules, divided by spaces; or no step at all."""
    return ((), *(tuple(sequence.split()) for sequence in sequences))


def _one_of(*sequences: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sequence.split()) for sequence in sequences)


SEEN: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ClientPassesGate": _one_of("Asks"),
    "ClientIsRefused": _one_of("Refuses"),
    "ClientCannotPickle": _one_of("Asks FailsUnbegun Accepts", "Asks FailsUnbegun Accepts CallsBack"),
    "ClientSeesItStillOpen": _or_nothing("Accepts"),
    "ClientIsOutrun": _or_nothing("Accepts"),
    "ClientWithdraws": _one_of("Withdraws"),
    "ClientWakesManager": _or_nothing("Accepts", "Waits"),
    "ClientIssuesAlone": _one_of("Accepts"),
    "ClientCancels": _one_of("Cancels", "Cancels CallsBack"),
    "ClientRevokesItsTicket": _one_of("Cancels", "Cancels CallsBack"),
    "ClientStops": _one_of("Stops", "Stops CallsBack"),
    "ClientCloses": _or_nothing("Closes"),
    "ClientRequests": _or_nothing("Requests", "Requests Waits", "Waits"),
    "ClientReturns": _one_of("WaitReturns"),
    "ClientIsInterrupted": _or_nothing("Loses", "LeavesWait"),
    "ManagerTakesAnswer": _or_nothing("Succeeds", "Fails", "Breaks"),
    "ManagerCancels": _one_of("CancelsOnRequest"),
    "ManagerCancelsWhatIsDeferred": _one_of("CancelsOnRequest"),
    "ManagerBreaks": _one_of("BreaksOff"),
    "ManagerBreaksWhatIsDeferred": _one_of("BreaksOff"),
    "ManagerBreaksWhatIsBegun": _one_of("BreaksOff", "BreaksOff BreaksOff"),
    "ManagerReaps": _or_nothing("Charges", "BreaksOff", "Stops"),
    "ManagerBlamesTask": _or_nothing("Charges", "Breaks", "Charges Breaks"),
    "ManagerTakesFailedStart": _or_nothing("Breaks"),
    "ManagerGivesUpStart": _or_nothing("Breaks"),
    "ManagerEnds": _one_of("Ends"),
    "ThreadCannotPickle": _or_nothing("FailsUnbegun"),
    "ThreadReads": _or_nothing("Succeeds", "Fails"),
    "ThreadHasCalled": _one_of("CallsBack"),
    "WorkerBegins": _one_of("Begins", "BeginsUnpromised"),
    "WorkerCrashes": _one_of("Dies"),
    "WorkerIsTorn": _one_of("Dies"),
    "StartFails": _one_of("Troubles"),
    "BootFails": _one_of("Defects"),
    "StartHangs": _one_of("Troubles"),
}
"""What a caller could notice. Of an action that is not here he notices nothing."""

STEPS: Steps = {action.name: SEEN.get(action.name, NOTHING) for action in ACTIONS}
