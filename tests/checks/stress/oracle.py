"""The judge: which outcomes each future may have under this plan, and which promises the record shows broken.

Pure: a plan and a record in, violations out. It knows the contract and nothing of how a pool keeps it. `strict` off
leaves out what the standard library's executor does not promise.
"""

from collections.abc import Iterator

from tests.checks.stress.catalogue import FUNCTIONS, Kind, expected
from tests.checks.stress.facts import REFUSALS, Facts
from tests.checks.stress.oracle_calls import judge_calls
from tests.checks.stress.oracle_runs import judge_runs
from tests.checks.stress.plan import Plan, Policy, Work
from tests.checks.stress.record import OBSERVER, Death, Record, Slot, Violation

SIGKILLED = -9
MANAGER_BUG = "manager failed"  # in the error of a future, or in its cause, once the pool's own thread has died


def judge(plan: Plan, record: Record, *, strict: bool = True) -> list[Violation]:
    """All violations; none means that the round kept the contract."""
    facts = Facts(plan, record)
    found = [Violation("hang", f"{thread} has not returned") for thread in record.stuck]
    for slot, seen in record.slots.items():
        found += [
            Violation(rule, f"slot {slot} ({_task(facts, slot)}): {why}") for rule, why in _slot(facts, slot, seen)
        ]
    if strict:
        found += _charges(facts)
    found += judge_calls(facts)
    found += judge_runs(facts, strict=strict)
    found += [Violation("left behind", f"{leak.what}: {leak.detail}") for leak in record.leaks]
    found += [Violation("call raised", error) for error in record.errors]
    return found


Finding = tuple[str, str]


def _task(facts: Facts, slot: int) -> str:
    task = facts.tasks[slot]
    return f"{task.work} {task.number}"


def _slot(facts: Facts, slot: int, seen: Slot) -> Iterator[Finding]:
    yield from _outcome(facts, slot, seen) if seen.accepted else _refusal(facts, seen)
    if seen.accepted:
        yield from _admission(facts, seen)
        yield from _notified(seen)


# --- outcomes ---------------------------------------------------------------------------------------------------------


def _outcome(facts: Facts, slot: int, seen: Slot) -> Iterator[Finding]:
    match seen.outcome.kind:
        case Kind.VALUE | Kind.ERROR:
            yield from _own_outcome(facts, slot, seen)
        case Kind.CANCELLED:
            if slot not in facts.said_cancelled and not facts.cancelling:
                yield "cancelled for nothing", "nobody cancelled it"
            if slot in facts.said_not_cancelled:
                yield "cancel lied", "cancel() said False, and then it was cancelled"
        case Kind.BROKEN:
            if MANAGER_BUG in seen.outcome.detail:
                yield "manager bug", str(seen.outcome)
            if not facts.may_break(slot):
                yield "broken for nothing", str(seen.outcome)
        case _:
            yield "lost", "the future is not done"


def _own_outcome(facts: Facts, slot: int, seen: Slot) -> Iterator[Finding]:
    """A value or an error must be the task's own."""
    task = facts.tasks[slot]
    wanted = expected(task, facts.plan.initializer)
    if seen.outcome.kind is Kind.ERROR and facts.was_interrupted(seen.outcome.detail):
        return
    if wanted is None:
        yield "wrong outcome", f"a deadly task gave {seen.outcome}{_from(seen)}"
    elif seen.outcome.kind is not wanted.kind or not seen.outcome.detail.startswith(wanted.detail):
        yield f"wrong {wanted.kind}", f"{seen.outcome} instead of {wanted}{_from(seen)}"
    elif wanted.kind is Kind.VALUE and seen.outcome.detail != wanted.detail:
        yield "wrong value", f"{seen.outcome} instead of {wanted}"
    elif facts.initializer_fails and task.work is not Work.ARGUMENT_UNPICKLABLE:
        yield "ran uninitialised", f"{seen.outcome} although no initializer succeeded"


def _from(seen: Slot) -> str:
    """The remote traceback of an error that nobody expected."""
    return f"\n{seen.trace}" if seen.outcome.kind is Kind.ERROR and seen.trace else ""


def _refusal(facts: Facts, seen: Slot) -> Iterator[Finding]:
    match seen.outcome.kind:
        case Kind.BROKEN:
            if MANAGER_BUG in seen.outcome.detail:
                yield "manager bug", str(seen.outcome)
            if not facts.pool_may_break and not facts.forced:
                yield "refused for nothing", str(seen.outcome)
        case Kind.REFUSED:
            if not seen.outcome.detail.startswith(REFUSALS):
                yield "refused strangely", str(seen.outcome)
            elif not facts.may_refuse(seen.end):
                yield "refused for nothing", str(seen.outcome)
        case _:
            if not facts.dropped:
                yield "lost", "the executor vanished"


def _admission(facts: Facts, seen: Slot) -> Iterator[Finding]:
    if facts.must_refuse(seen.begin):
        yield "accepted after shutdown", "submit() began after a shutdown had returned"


# --- notification -----------------------------------------------------------------------------------------------------


def _notified(seen: Slot) -> Iterator[Finding]:
    if not seen.told and seen.outcome.kind is not Kind.UNDONE:
        yield "unnotified", "wait() does not see it done"
    for index in (OBSERVER, *(i for i in (*seen.early, *seen.late) if i != OBSERVER)):
        times = seen.ran.count(index)
        if times == 0 and seen.outcome.kind is not Kind.UNDONE:
            yield "unnotified", f"{seen.outcome}, but callback {index} never ran"
        if times > 1:
            yield "called twice", f"callback {index} ran {times} times"
    order = [index for index in seen.ran if index in seen.early]
    if order != sorted(order):
        yield "callbacks out of order", f"added {seen.early}, ran {order}"


# --- charges ----------------------------------------------------------------------------------------------------------


def _charges(facts: Facts) -> Iterator[Violation]:
    """Deaths cost what the policy says, and the error names the worker, where nothing else meddles."""
    if facts.forced or facts.initializer_fails:
        return
    broken = {s: seen for s, seen in facts.record.slots.items() if seen.outcome.kind is Kind.BROKEN and seen.accepted}
    if facts.plan.policy is Policy.REPLACE and not facts.pool_may_break:
        innocent = [slot for slot in broken if slot not in facts.deadly]
        if len(innocent) > facts.record.strikes:
            yield Violation("overcharged", f"{facts.record.strikes} kills broke {len(innocent)} futures: {innocent}")
        for slot, seen in broken.items():
            if seen.death is None or not seen.death.ran:
                yield Violation("charge", f"slot {slot} is broken, but its task did not run: {seen.death}")
    if facts.record.strikes == 0:
        yield from _deadly_charges(facts, broken)


def _deadly_charges(facts: Facts, broken: dict[int, Slot]) -> Iterator[Violation]:
    """No kill from outside: the deadly tasks alone are to blame."""
    alone = len(facts.deadly) == 1 or facts.plan.policy is Policy.REPLACE
    for slot in facts.deadly:
        seen = broken.get(slot)
        if alone and seen is not None and not _names(facts, slot, seen.death):
            yield Violation("charge", f"slot {slot} ({_task(facts, slot)}): {seen.death}, began in {facts.begun[slot]}")


def _names(facts: Facts, slot: int, death: Death | None) -> bool:
    """Whether the error names the worker, its end and the task."""
    task = facts.tasks[slot]
    code = task.number if task.work is Work.EXITS_HARD else SIGKILLED
    return (
        death is not None
        and death.ran
        and death.pid in facts.begun[slot]
        and (death.exitcode == code or (death.exitcode is None and facts.plan.loses_statuses))
        and (death.task or "").endswith(FUNCTIONS[task.work].__name__)
    )
