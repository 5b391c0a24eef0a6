"""The oracle lets a faithful record pass, and finds each way in which one can be wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.checks.stress.catalogue import Kind, Outcome, expected
from tests.checks.stress.oracle import judge
from tests.checks.stress.plan import Close, Closing, Initializer, Map, Method, Plan, Policy, Sibling, Submit, Task, Work
from tests.checks.stress.record import Begun, CancelCall, CloseCall, Death, LookCall, MapCall, Record, Slot

TASKS = (Task(Work.QUICK, 2), Task(Work.RAISES, 3), Task(Work.BIG_RESULT, 4), Task(Work.EXITS_HARD, 5))
DEADLY = 3
KILLED = 4242


def plan(policy: Policy = Policy.REPLACE, initializer: Initializer = Initializer.SETS) -> Plan:
    submits = tuple(Submit(slot, task) for slot, task in enumerate(TASKS))
    return Plan(
        seed=1,
        method=Method.SPAWN,
        number=1,
        workers=2,
        max_tasks=2,
        policy=policy,
        initializer=initializer,
        terminate_limit=1.0,
        switch_interval=0.005,
        deaf=False,
        scripts=((*submits, Map(9, Work.QUICK, 3, 2, 3), Close(Closing.DRAIN_WAIT)),),
    )


def own(slot: int) -> Outcome:
    outcome = expected(TASKS[slot], Initializer.SETS)
    assert outcome is not None
    return outcome


def broken(*, pid: int | None = KILLED, exitcode: int | None = 5, ran: bool = True) -> Slot:
    death = Death(pid, exitcode, "tests.checks.stress.tasks.exits_hard", ran)
    return Slot(Outcome(Kind.BROKEN), 6, 7, death=death, early=(0,), ran=(0,))


def faithful() -> Record:
    slots = {slot: Slot(own(slot), 2 * slot, 2 * slot + 1, early=(0, 1), ran=(0, 1)) for slot in range(DEADLY)}
    begun = (Begun("0", 1), Begun("1", 1), Begun("2", 2), Begun("3", KILLED))
    items = (Begun("9.0", 2), Begun("9.1", 2), Begun("9.2", 3))
    return Record(
        slots=slots | {DEADLY: broken()},
        closes=(CloseCall(Closing.DRAIN_WAIT, 20, 21),),
        maps=(MapCall(9, 10, 11, ("int 1001", "int 1002", "int 1005")),),
        begun=(*begun, *items),
        most_workers=2,
    )


def test_a_faithful_record_passes() -> None:
    assert judge(plan(), faithful()) == []


def slot(number: int, seen: Slot) -> Callable[[Record], Record]:
    return lambda record: replace(record, slots=record.slots | {number: seen})


def first(**changes: object) -> Callable[[Record], Record]:
    return lambda record: slot(0, replace(record.slots[0], **changes))(record)  # type: ignore[arg-type]


def more(**changes: object) -> Callable[[Record], Record]:
    return lambda record: replace(record, **changes)  # type: ignore[arg-type]


def journal(*extra: Begun) -> Callable[[Record], Record]:
    return lambda record: replace(record, begun=(*record.begun, *extra))


def unrun(mark: str) -> Callable[[Record], Record]:
    return lambda record: replace(record, begun=tuple(line for line in record.begun if line.mark != mark))


def closed(**changes: object) -> Callable[[Record], Record]:
    return lambda record: replace(record, closes=(replace(record.closes[0], **changes),))  # type: ignore[arg-type]


def mapped(**changes: object) -> Callable[[Record], Record]:
    return lambda record: replace(record, maps=(replace(record.maps[0], **changes),))  # type: ignore[arg-type]


CANCELLED = Outcome(Kind.CANCELLED)
FAULTS: dict[str, tuple[str, Callable[[Record], Record]]] = {
    "not done": ("lost", first(outcome=Outcome(Kind.UNDONE))),
    "another value": ("wrong value", first(outcome=Outcome(Kind.VALUE, "int 6"))),
    "a longer value": ("wrong value", first(outcome=Outcome(Kind.VALUE, own(0).detail + "0"))),
    "an error instead": ("wrong value", first(outcome=Outcome(Kind.ERROR, "ValueError: no"))),
    "another error": ("wrong error", slot(1, Slot(Outcome(Kind.ERROR, "ValueError: no"), 2, 3, early=(0,), ran=(0,)))),
    "a deadly task lives": ("wrong outcome", slot(3, Slot(Outcome(Kind.VALUE, "int 5"), 6, 7, early=(0,), ran=(0,)))),
    "cancelled by nobody": ("cancelled for nothing", first(outcome=CANCELLED)),
    "an innocent is broken": ("broken for nothing", first(outcome=Outcome(Kind.BROKEN))),
    "the manager fails": ("manager bug", first(outcome=Outcome(Kind.BROKEN, "the pool's manager failed: x"))),
    "cancel True, then a value": ("cancel lied", more(cancels=(CancelCall(0, answer=True),))),
    "cancel raises": ("call raised", more(cancels=(CancelCall(0, answer=False, error="OSError: no"),))),
    "running, then cancelled": (
        "running lied",
        more(looks=(LookCall(0, running=True, done_before=False, cancelled_after=True),)),
    ),
    "done, then running": (
        "running lied",
        more(looks=(LookCall(0, running=True, done_before=True, cancelled_after=False),)),
    ),
    "waiters see nothing": ("unnotified", first(told=False)),
    "a callback is forgotten": ("unnotified", first(ran=(0,))),
    "a callback runs twice": ("called twice", first(ran=(0, 1, 1))),
    "callbacks change places": ("callbacks out of order", first(ran=(1, 0))),
    "a thread is stuck": ("hang", more(stuck=("script 1 in Await",))),
    "a step raises": ("call raised", more(errors=("OSError: no",))),
    "refused although open": (
        "refused for nothing",
        first(outcome=Outcome(Kind.REFUSED, "RuntimeError: closed"), accepted=False, ran=(), early=()),
    ),
    "refused although open, by its name": (
        "refused for nothing",
        first(outcome=Outcome(Kind.REFUSED, "ExecutorShutdownError: closed"), accepted=False, ran=(), early=()),
    ),
    "refused in another way": (
        "refused strangely",
        first(outcome=Outcome(Kind.REFUSED, "OSError: no"), accepted=False, ran=(), early=()),
    ),
    "accepted although closed": ("accepted after shutdown", first(begin=30, end=31)),
    "shutdown raises": ("call raised", closed(error="OSError: no")),
    "shutdown leaves futures": ("returned early", closed(undone=(1,))),
    "shutdown leaves callbacks": ("returned early", closed(unheard=(1,))),
    "shutdown leaves workers": ("returned early", closed(workers=1)),
    "a task runs twice": ("ran twice", journal(Begun("0", 9))),
    "a map's item runs twice": ("ran twice", journal(Begun("9.0", 9))),
    "a value out of nothing": ("never ran", unrun("0")),
    "a refused task runs": (
        "ran after all",
        first(outcome=Outcome(Kind.REFUSED, "RuntimeError: closed"), accepted=False, ran=(), early=()),
    ),
    "a worker over its limit": ("task limit", journal(Begun("9.3", 1))),
    "a worker too many": ("too many workers", more(most_workers=3)),
    "a wrong item": ("map", mapped(results=("int 1001", "int 1005", "int 1002"))),
    "a missing item": ("map", mapped(results=("int 1001",))),
    "a map that breaks": ("map", mapped(results=(), stopped=Outcome(Kind.CANCELLED))),
    "another exit code": ("charge", slot(3, broken(exitcode=-9))),
    "another worker": ("charge", slot(3, broken(pid=1))),
    "charged, but not running": ("charge", slot(3, broken(ran=False))),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault: str) -> None:
    rule, change = FAULTS[fault]
    assert rule in {violation.rule for violation in judge(plan(), change(faithful()))}


def test_a_death_excuses_everybody_only_where_the_pool_breaks() -> None:
    record = first(outcome=Outcome(Kind.BROKEN))(faithful())
    assert "broken for nothing" not in {violation.rule for violation in judge(plan(Policy.BREAK), record)}


def test_one_kill_from_outside_excuses_one_future_of_a_replacing_pool() -> None:
    blamed = replace(broken(), death=Death(1, -9, "tests.checks.stress.tasks.quick", ran=True))
    record = replace(slot(0, blamed)(faithful()), strikes=1)
    assert judge(plan(), record) == []
    two = slot(1, replace(blamed, begin=2, end=3))(record)
    assert "overcharged" in {violation.rule for violation in judge(plan(), two)}


@pytest.mark.parametrize("how", [Closing.CANCEL_WAIT, Closing.TERMINATE, Closing.KILL])
def test_a_request_excuses_cancelled_futures_that_did_not_run(how: Closing) -> None:
    record = unrun("0")(first(outcome=CANCELLED)(closed(how=how)(faithful())))
    assert judge(plan(), record) == []
    assert "ran after all" in {violation.rule for violation in judge(plan(), journal(Begun("0", 1))(record))}


def test_a_cancel_that_said_no_is_remembered() -> None:
    record = unrun("0")(first(outcome=CANCELLED)(closed(how=Closing.CANCEL)(faithful())))
    assert judge(plan(), replace(record, cancels=(CancelCall(0, answer=True),))) == []
    assert judge(plan(), replace(record, cancels=(CancelCall(0, answer=False),)))[0].rule == "cancel lied"


def test_one_worker_keeps_the_order_of_submission() -> None:
    one = replace(plan(), workers=1, max_tasks=None)
    record = replace(faithful(), most_workers=1)
    assert judge(one, record) == []
    first_last = replace(record, begun=(*record.begun[1:], record.begun[0]))
    assert {violation.rule for violation in judge(one, first_last)} == {"out of order"}
    assert judge(replace(one, workers=2), first_last) == []


def test_nothing_runs_where_no_initializer_succeeds() -> None:
    found = judge(plan(initializer=Initializer.FAILS), faithful())
    assert "ran uninitialised" in {violation.rule for violation in found}


def test_an_interrupt_from_outside_excuses_the_error_of_the_task_it_hit() -> None:
    hit = unrun("0")(first(outcome=Outcome(Kind.ERROR, "KeyboardInterrupt: "))(faithful()))
    assert "wrong value" in {violation.rule for violation in judge(plan(), hit)}
    assert judge(plan(), replace(hit, strikes=1, interrupts=1)) == []


def test_a_stolen_status_excuses_the_exit_code_only() -> None:
    unknown = slot(DEADLY, broken(exitcode=None))(faithful())
    assert {violation.rule for violation in judge(plan(), unknown)} == {"charge"}
    assert judge(replace(plan(), deaf=True), unknown) == []
    assert judge(replace(plan(), deaf=True), slot(DEADLY, broken(pid=1, exitcode=None))(faithful())) != []


def test_another_pool_is_not_broken_by_a_death_in_the_first() -> None:
    the_plan = replace(plan(Policy.BREAK), scripts=(*plan().scripts, (Sibling(20, 2),)))
    calls = MapCall(20, 1, 2, ("int 1001", "int 1002")), MapCall(20, 1, 2, (), Outcome(Kind.BROKEN))
    fine, bad = (replace(faithful(), maps=(*faithful().maps, call)) for call in calls)
    assert judge(the_plan, fine) == []
    assert {violation.rule for violation in judge(the_plan, bad)} == {"map"}
