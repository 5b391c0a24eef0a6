"""What a world of the simulated system is to a caller, and which rules of the contract each step may be.

Decides: the mapping from worlds to contract states. Must not know: why the code does what it does; the protocol.

A step may be several rules at once: a command of the manager ends several futures, accesses that nobody can tell
apart are one step. They are tried in one order each; what the contract forbids is then no sequence of its rules.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import cache
from itertools import product

from checkedpool._core import messages
from checkedpool._core.tables import Step
from checkedpool.testing import Client, End, Handed, Scope, World
from checkedpool_model.checker.refinement import Steps
from checkedpool_model.checker.system import Action, Conjunct, Fair, Seen, System
from checkedpool_spec import contract
from checkedpool_spec.contract import Asked, Contract, Future, Outcome, Rule, State
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.checks.conformance.system import JOBS, NAMES, OPS, Code

__all__ = ["as_contract", "asked", "contract_of", "is_past_the_gate", "read", "steps"]

ASKED = {
    Handed.NOT_YET: Asked.NOT_YET, Handed.RETURNED: Asked.RETURNED, Handed.RAISED: Asked.RAISED,
    Handed.LOST: Asked.LOST,
}  # fmt: skip
ENDS = {
    End.SUCCEEDED: State.SUCCEEDED, End.FAILED: State.FAILED, End.CANCELLED: State.CANCELLED, End.BROKEN: State.BROKEN,
    End.BLAMED: State.BLAMED, End.STOPPED: State.STOPPED,
}  # fmt: skip
PAST_THE_GATE = frozenset({
    Step.PICKLE, Step.PUBLISH, Step.START_ONCE, Step.REREAD_BROKEN, Step.REREAD_CLOSED, Step.WITHDRAW_BROKEN,
    Step.WITHDRAW_CLOSED, Step.ISSUE_ALONE, Step.WAKE_FOR_TASK, Step.PUBLISH_AGAIN, Step.LOOK_AGAIN,
    Step.WITHDRAW_AGAIN,
})  # fmt: skip
CALLS_BACK = frozenset({Step.POST_WITHDRAWN, Step.POST_REVOKED, Step.WAKE_DONE})
"""Where a canceller has told the future and is about to run its callbacks: they are his, and hold up nobody else."""


# --- what a world is --------------------------------------------------------------------------------------------------


def as_contract(code: Code, w: World) -> Contract:
    """What a caller could know of this world."""
    had, has = code.scope.budget, w.left
    being_asked = {_submitted_by(client) for client in w.clients if is_past_the_gate(client)}
    closed = w.closed and not _is_put_off(code, w)
    called = {client.todo[0].task for client in w.clients if client.step in CALLS_BACK}
    return Contract(
        futures=tuple([_future(code, w, t, t in being_asked, t in called) for t in range(len(w.tasks))]),
        waiting=tuple([client.step is Step.WAIT and closed for client in w.clients]),
        closed=closed,
        level=asked(w),
        broken=w.broken,
        over=w.ended,
        deaths=had.kills - has.kills,
        troubles=sum(getattr(had, field) - getattr(has, field) for field in ("hangs", "haste", "stubborn", "servers")),
        # A world does not say whether it was a start that failed or an initializer; the protocol does (``follow``).
        defects=had.bad_starts - has.bad_starts + had.bugs - has.bugs,
        policy=code.scope.policy,
        restarts=code.scope.restarts,
    )


def read(w: World) -> Hashable:
    """What ``as_contract`` reads of the worlds of one graph."""
    return w.clients, w.tasks, w.left, w.closed, asked(w), w.broken, w.ended


def _submitted_by(client: Client) -> int:
    """Which task its call submits; who tries again submits the next attempt."""
    return client.todo[0].task + (client.todo[0].what == "again")


def _is_put_off(code: Code, w: World) -> bool:
    """Whether a request to drain waits for a call that may be tried again: it counts as made when it is posted."""
    shared = w.retried
    if shared is None or not shared.open or shared.over or asked(w):
        return False
    return w.tasks[code.scope.attempts[0]].handed is Handed.RETURNED or any(map(is_past_the_gate, w.clients))


def is_past_the_gate(client: Client) -> bool:
    """Whether submit() has seen the pool open: the gate is passed where the first of its two flags is read."""
    return client.step in PAST_THE_GATE or (client.step is Step.READ_CLOSED and not client.sub)


def _future(code: Code, w: World, t: int, is_asked: bool, is_called: bool) -> Future:
    """A future whose submit raised is in nobody's hands: how the pool ends it, if it does, is no end of anything."""
    task = w.tasks[t]
    submitted = Asked.UNDER_WAY if is_asked else ASKED[task.handed]
    unfinished = State.RUNNING if task.begun else State.PENDING
    outcome = _outcome(code.scope, t)
    if submitted is Asked.RAISED:
        return Future(submitted, unfinished, code.scope.callbacks, outcome=outcome)
    called = max(task.called, int(code.scope.callbacks and is_called and task.end is End.CANCELLED))
    return Future(submitted, ENDS.get(task.end, unfinished), code.scope.callbacks, called, outcome)


@cache
def _outcome(scope: Scope, t: int) -> Outcome:
    """What the task comes to if a worker runs it to its end."""
    if any((call.what, call.task, call.body) == ("submit", t, b"") for call in scope.calls):
        return Outcome.UNPICKLABLE
    return Outcome.ERROR if scope.verdict is messages.Verdict.ERROR else Outcome.VALUE


def asked(w: World) -> ShutdownLevel:
    """The strongest level that was put into the inbox so far; a pool that was never started needs no request."""
    level = ShutdownLevel(w.ended) if w.mind is None else w.mind.machine.level
    for post in w.inbox if w.mind is None else (*w.inbox, *w.heard, *w.mind.outs):
        if isinstance(post, messages.Requested) and post.level > level:
            level = post.level
    return level


# --- the contract as a system -----------------------------------------------------------------------------------------


def contract_of(system: System[Code, World]) -> System[None, Contract]:
    """The contract for the tasks and callers of this scope."""
    scope = system.constants.scope
    return System(
        f"the contract of {system.name}",
        None,
        as_contract(system.constants, system.initial),
        tuple(_action(rule) for rule in contract.RULES),
        {"future": scope.tasks, "caller": len(scope.scripts), "level": len(ShutdownLevel)},
        lambda _k, c: contract.is_over(c),
    )


def _action(rule: Rule) -> Action[None, Contract]:
    return Action(
        rule.name, rule.over, tuple(_conjunct(guard) for guard in rule.guard),
        lambda _k, c, index: rule.effect(c, index), Fair.WEAK if rule.owed else Fair.NONE, Seen.OBSERVABLE,
        rule.clauses[0],
    )  # fmt: skip


def _conjunct(guard: contract.Guard) -> Conjunct[None, Contract]:
    def holds(_k: None, c: Contract, index: int) -> bool:
        return guard(c, index)

    holds.__name__ = guard.__name__
    return holds


# --- which rules a step may be ----------------------------------------------------------------------------------------

SUBMITS = (Step.READ_BROKEN, Step.READ_CLOSED, Step.PICKLE, Step.PUBLISH, Step.START_ONCE, Step.REREAD_BROKEN,
           Step.REREAD_CLOSED, Step.WITHDRAW_BROKEN, Step.WITHDRAW_CLOSED, Step.ISSUE_ALONE,
           Step.WAKE_FOR_TASK, Step.PUBLISH_AGAIN, Step.LOOK_AGAIN, Step.WITHDRAW_AGAIN)  # fmt: skip
CANCELS = (Step.READ_STATE, Step.CLAIM, Step.FIND_LANE, Step.REVOKE, Step.NOTIFY_CLAIMED, Step.NOTIFY_REVOKED,
           Step.POST_WITHDRAWN, Step.POST_REVOKED, Step.POST_UNCHANGED, Step.POST_MOVED, Step.WAKE_DONE,
           Step.WAKE_BEGUN)  # fmt: skip


OR_CALLED_BACK = ((), ("CallsBack",))
STOPS = (Step.POST_STOP, Step.WAKE_FOR_STOP, Step.NOTIFY_STOPPED)


def _any_of(*parts: tuple[str, int]) -> tuple[tuple[str, ...], ...]:
    """All sequences with these rules in this order, each up to so many times; the shortest first."""
    choices = [[(name,) * count for count in range(most + 1)] for name, most in parts]
    sequences = {tuple(name for part in chosen for name in part) for chosen in product(*choices)}
    return tuple(sorted(sequences, key=lambda names: (len(names), names)))


def steps(scope: Scope) -> Steps:
    """Of each step: what it may be."""
    allowed = dict(_allowed(scope))
    return {name: allowed.get(name, ((),)) for name in NAMES}


def _allowed(scope: Scope) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    tasks = scope.tasks
    submit = (
        *_any_of(("Asks", 1), ("FailsUnbegun", 1), ("CallsBack", 1), ("Accepts", 1)), ("Refuses",), ("Withdraws",),
    )  # fmt: skip
    if scope.attempts:  # what is closed counts as closed when such a call is not under way any more
        submit += _any_of(("Closes", 1), ("Withdraws", 1), ("Requests", 1), ("Waits", 1))
    cancel = _any_of(("Cancels", 1), ("CallsBack", 1))
    # Who stops a task gives its future the end that the manager has left there, if there is one.
    stops = ((), *((end,) for end in ("Stops", *ENDS_OF_JOBS)))
    stop = tuple((*end, *then) for end, then in product(stops, OR_CALLED_BACK))
    shutdown = (*_any_of(("Closes", 1), ("Requests", 1), ("Ends", 1), ("Waits", 1)), ("WaitReturns",))
    # Whom a cancel() has claimed, the manager or a thread may tell so instead; ``ends`` asks of which tasks.
    called = {call.what for call in scope.calls} | ({"stop"} if scope.limited and scope.attempts else set())
    cancels = ("CancelsOnRequest", *(("Cancels",) if called & {"cancel", "stop"} else ()))
    cancels += ("Stops",) if "stop" in called else ()
    breaks = _any_of(("Charges", tasks), ("Breaks", 1), ("BreaksOff", tasks))
    manager = tuple(dict.fromkeys((
        *_any_of(("Succeeds", tasks), ("Fails", tasks), *((how, tasks) for how in cancels)), *breaks,
        *((*names, "Ends") for names in breaks),
        *((*(how,) * count, *names) for how in cancels for count in range(1, tasks + 1) for names in breaks),
    )))  # fmt: skip
    ends = (*ENDS_OF_JOBS, *cancels)
    job = tuple((*end, *then) for end, then in product(((), *((end,) for end in ends)), OR_CALLED_BACK))
    for step in Step:  # names that no step has are not asked for
        calls = {submit: SUBMITS, cancel: CANCELS, stop: STOPS}
        yield f"client {step.name}", next((rules for rules, steps in calls.items() if step in steps), shutdown)
    first = {
        "client submit": submit,
        "client looks whether to try again": submit,
        "client cancel": cancel,
        "client stop": cancel,
        "client shutdown": shutdown,
    }
    yield from first.items()
    yield from ((f"manager {op.__name__}", manager) for op in OPS)
    yield from {"manager REFUSE": _any_of(("Breaks", 1)), "manager CLOSE": _any_of(("Ends", 1))}.items()
    yield "manager TELL", ((), *((end,) for end in ends))
    yield from ((f"user code {name.__name__}", job) for name in JOBS)
    yield "worker TAKE_TICKET", _any_of(("Begins", 1), ("BeginsUnpromised", 1))
    yield from ((f"nature {how}", (("Dies",),)) for how in ("kills it", "kills it within a write"))
    yield from ((name, (("Troubles",),)) for name in TROUBLES)
    yield from ((name, (("Defects",),)) for name in DEFECTS)
    yield "nature throws client out", (*_any_of(("CallsBack", 1)), ("Loses",), ("LeavesWait",))


ENDS_OF_JOBS = ("Succeeds", "Fails", "FailsUnbegun", "Charges", "BreaksOff")
TROUBLES = ("start thread hangs", "manager oversleeps", "nature the forkserver dies")
DEFECTS = ("nature its initializer raises", "start thread fails", "nature the manager's step raises")
