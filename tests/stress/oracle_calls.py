"""The judge of calls: cancel(), shutdown in all its forms, map().

Pure, like the rest of the oracle. A call that waits has a promise at its return; one that answers must not lie.
"""

from collections.abc import Iterator

from tests.stress.catalogue import Kind, Outcome, expected
from tests.stress.facts import Facts
from tests.stress.plan import Map, Task, Work
from tests.stress.record import CancelCall, CloseCall, MapCall, Violation


def judge_calls(facts: Facts) -> Iterator[Violation]:
    """All calls but submit()."""
    for cancel in facts.record.cancels:
        yield from _cancel(facts, cancel)
    for close in facts.record.closes:
        yield from _close(facts, close)
    maps = {step.slot: step for step in facts.plan.maps()}
    for call in facts.record.maps:
        yield from (Violation("map", f"slot {call.slot}: {why}") for why in _map(facts, maps[call.slot], call))


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
    if call.workers:
        yield Violation("returned early", f"{call.how}: {call.workers} workers were alive")


def _map(facts: Facts, step: Map, call: MapCall) -> Iterator[str]:
    wanted = [expected(Task(step.work, item), facts.plan.initializer) for item in range(step.items)]
    for index, (result, right) in enumerate(zip(call.results, wanted, strict=False)):
        if right is None or right.kind is not Kind.VALUE or result != right.detail:
            yield f"result {index} is {result} instead of {right}"
    if call.stopped is None:
        if len(call.results) != step.take:
            yield f"{len(call.results)} results instead of {step.take}"
    elif not _may_stop(facts, step, call, call.stopped):
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
    if detail.startswith("RuntimeError: "):
        return facts.may_refuse(call.end)
    if detail.startswith("StopIteration"):
        return step.buffer is not None and facts.dropped  # nobody is left to submit the rest
    return step.work is Work.RAISES and detail == "StressError: task 0"
