"""The judge of what really ran, by the journal that the tasks themselves write.

Pure. A task begins at most once, and never if its future says that it did not; no worker does more than its limit; one
worker keeps the order.
"""

from collections.abc import Iterator

from tests.checks.stress.catalogue import Kind, never_begins
from tests.checks.stress.facts import Facts
from tests.checks.stress.plan import Map, Submit, Work
from tests.checks.stress.record import Slot, Violation

NOT_RUN = frozenset({Kind.CANCELLED, Kind.REFUSED, Kind.SKIPPED})


def judge_runs(facts: Facts, *, strict: bool) -> Iterator[Violation]:
    """The journal against the futures."""
    yield from _more_than_once(facts)
    if strict:
        yield from _order(facts)
    for slot, seen in facts.record.slots.items():
        yield from _run(facts, slot, seen)
    yield from _limits(facts)


def _more_than_once(facts: Facts) -> Iterator[Violation]:
    times: dict[str, int] = {}
    for line in facts.record.begun:
        times[line.mark] = times.get(line.mark, 0) + 1
    for mark, count in times.items():
        if count > 1:
            yield Violation("ran twice", f"task {mark} began {count} times")


def _order(facts: Facts) -> Iterator[Violation]:
    """One worker begins the tasks of one thread in the order of their submission; deferred pickling may change it."""
    if facts.plan.workers > 1 or any(task.work is Work.HUGE_ARGUMENT for task in facts.tasks.values()):
        return
    places = {_mark(step): place for place, step in enumerate(facts.plan.scripts[0]) if isinstance(step, Submit | Map)}
    begun = [line.mark.partition(".")[0] for line in facts.record.begun]
    order = [places[mark] for mark in begun if mark in places]
    if order != sorted(order):
        yield Violation("out of order", f"one worker began the main script's tasks in the order {begun}")


def _mark(step: Submit | Map) -> str:
    return str(step.slot)


def _run(facts: Facts, slot: int, seen: Slot) -> Iterator[Violation]:
    began = slot in facts.begun
    if began and (seen.outcome.kind in NOT_RUN or not seen.accepted):
        yield Violation("ran after all", f"slot {slot} is {seen.outcome}, but its task began")
    if began and never_begins(facts.tasks[slot].work):
        yield Violation("ran after all", f"slot {slot}: its argument cannot arrive, but its task began")
    answered = seen.accepted and seen.outcome.kind in {Kind.VALUE, Kind.ERROR}
    if facts.was_interrupted(seen.outcome.detail):
        return  # it may have come before the journal
    if answered and not began and not never_begins(facts.tasks[slot].work):
        yield Violation("never ran", f"slot {slot} is {seen.outcome}, but its task never began")


def _limits(facts: Facts) -> Iterator[Violation]:
    plan = facts.plan
    if facts.record.most_workers > plan.workers and plan.has_one_pool:
        yield Violation("too many workers", f"{facts.record.most_workers} at once instead of {plan.workers}")
    if plan.max_tasks is None:
        return
    chunks = {step.slot: step.chunk for step in plan.maps()}
    done: dict[int, set[str]] = {}
    for line in facts.record.begun:
        done.setdefault(line.pid, set()).add(_unit(line.mark, chunks))
    for pid, units in done.items():
        if len(units) > plan.max_tasks:
            yield Violation("task limit", f"worker {pid} took {len(units)} tasks instead of {plan.max_tasks}")


def _unit(mark: str, chunks: dict[int, int]) -> str:
    """What counts as one task: a chunk of a map does."""
    slot, dot, item = mark.partition(".")
    return f"{slot}.{int(item) // chunks.get(int(slot), 1)}" if dot else mark
