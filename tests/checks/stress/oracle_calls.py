"""The judge of calls: cancel(), shutdown in all its forms, map().

Pure, like the rest of the oracle. A call that waits has a promise at its return; one that answers must not lie.
"""

from collections.abc import Callable, Iterator

from tests.checks.stress.catalogue import Kind, Outcome, expected
from tests.checks.stress.facts import REFUSALS, Facts
from tests.checks.stress.plan import Map, Task, Work
from tests.checks.stress.record import CancelCall, CloseCall, LookCall, MapCall, Violation

MayStop = Callable[[Facts, Map, MapCall, Outcome], bool]


def judge_calls(facts: Facts) -> Iterator[Violation]:
    """All calls but submit()."""
    for cancel in facts.record.cancels:
        yield from _cancel(facts, cancel)
    for look in facts.record.looks:
        yield from _look(facts, look)
    for close in facts.record.closes:
        yield from _close(facts, close)
    maps = {step.slot: step for step in facts.plan.maps()}
    siblings = {s.slot: Map(s.slot, Work.QUICK, s.items, 1, s.items) for s in facts.plan.siblings()}
    for call in facts.record.maps:
        step = maps.get(call.slot) or siblings[call.slot]
        may_stop = _sibling_may_stop if call.slot in siblings else _may_stop
        yield from (Violation("map", f"slot {call.slot}: {why}") for why in _map(facts, step, call, may_stop))


def _look(facts: Facts, look: LookCall) -> Iterator[Violation]:
    """RUNNING means that a worker has begun it."""
    outcome = facts.record.slots[look.slot].outcome
    if look.running and look.done_before:
        yield Violation("running lied", f"slot {look.slot} was done, then running")
    if look.running and (outcome.kind is Kind.CANCELLED or look.cancelled_after):
        yield Violation("running lied", f"slot {look.slot} was running, then cancelled")


def _cancel(facts: Facts, call: CancelCall) -> Iterator[Violation]:
    if call.error:
        yield Violation("call raised", f"cancel() of slot {call.slot}: {call.error}")
    outcome = facts.record.slots[call.slot].outcome
    if call.answer and outcome.kind is not Kind.CANCELLED:
        yield Violation("cancel lied", f"cancel() of slot {call.slot} said True, and it ended as {outcome}")


def _close(facts: Facts, call: CloseCall) -> Iterator[Violation]:
    if call.error:
        yield Violation("call raised", f"{call.how}: {call.error}")
    if call.undone:
        yield Violation("returned early", f"{call.how}: slots {call.undone} were not done")
    unheard = set(call.unheard) - facts.said_cancelled  # those callbacks run in the canceller's thread
    if unheard:
        yield Violation("returned early", f"{call.how}: callbacks of slots {sorted(unheard)} had not run")
    if call.workers and facts.plan.has_one_pool:
        yield Violation("returned early", f"{call.how}: {call.workers} workers were alive")


def _map(facts: Facts, step: Map, call: MapCall, may_stop: MayStop) -> Iterator[str]:
    wanted = [expected(Task(step.work, item), facts.plan.initializer) for item in range(step.items)]
    for index, (result, right) in enumerate(zip(call.results, wanted, strict=False)):
        if right is None or right.kind is not Kind.VALUE or result != right.detail:
            yield f"result {index} is {result} instead of {right}"
    if call.stopped is None:
        if len(call.results) != step.take:
            yield f"{len(call.results)} results instead of {step.take}"
    elif not may_stop(facts, step, call, call.stopped):
        yield f"stopped by {call.stopped}"


def _may_stop(facts: Facts, step: Map, call: MapCall, stopped: Outcome) -> bool:
    match stopped.kind:
        case Kind.BROKEN:
            return facts.pool_may_break or facts.forced or facts.record.strikes > 0
        case Kind.CANCELLED:
            return facts.cancelling
        case Kind.SKIPPED:
            return facts.dropped
        case _:
            return _may_raise(facts, step, call, stopped.detail)


def _may_raise(facts: Facts, step: Map, call: MapCall, detail: str) -> bool:
    if facts.was_interrupted(detail):
        return True
    if detail.startswith(REFUSALS):
        return facts.may_refuse(call.end)
    return step.work is Work.RAISES and detail == "StressError: task 0"


def _sibling_may_stop(facts: Facts, step: Map, call: MapCall, stopped: Outcome) -> bool:
    """Another pool is none of the first one's business: only what is done to all workers may break it."""
    del step, call
    if stopped.kind is Kind.BROKEN:
        return facts.initializer_fails or facts.record.strikes > 0
    return facts.was_interrupted(stopped.detail)
