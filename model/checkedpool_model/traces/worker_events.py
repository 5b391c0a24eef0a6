"""What workers have written down, as steps of the model; and of the dead ones, what they may have done last.

Decides: that the step in which a worker died may have come to pass or not. Must not know: what the manager did.
"""

from checkedpool_model.protocol.state import State, Worker
from checkedpool_model.traces.reading import WorkerFacts
from checkedpool_model.traces.record import FOR_EVER, Record, Steps, always
from checkedpool_spec.trace import MARKED
from checkedpool_spec.trace_files import Line

__all__ = ["Told", "add_worker"]


class Told:
    """What the manager's lines say of one lane."""

    def __init__(self) -> None:
        self.known: int | None = None
        """When the process was reported to the manager: before that it may have spoken already."""
        self.signal: int | None = None
        """The occurrence of a signal."""
        self.signal_at: int | None = None
        self.dead: Line | None = None
        """The line in which the manager heard of its end."""
        self.known_dead: int | None = None
        self.exitcode: int | None = None
        self.full = False
        """It has said that its memory is over the limit."""
        self.given_up = False
        """Nothing of its start was heard before the lane was closed."""


def add_worker(record: Record, lane: int, facts: WorkerFacts | None, told: Told, ends: int) -> int | None:
    """The occurrences of one worker, in their order; the last of them. ``ends``: when the manager knew of its death."""
    slot = record.numbers.slots[lane]
    last: int | None = None
    counts: dict[int, int] = {}
    full = _last_answer(facts) if told.full else None
    for step in () if facts is None else facts.steps:
        number = _step(record, lane, slot, step, counts, last, told, says="AndIsFull" * (step is full))
        last = last if number is None else number
    if facts is not None and facts.took_leave and told.signal_at is None and record.stalls:
        leave = facts.steps[-1]
        last = record.add(leave, f"worker {lane} exits", always(("WorkerExits", slot)), ends=ends, after=[last])
    if told.dead is None:
        return last
    if facts is not None and not facts.took_leave and facts.left is None:
        last = _pending(record, lane, slot, facts, told.dead, ends, last, told)
    return _death(record, lane, slot, facts, told, ends, last)


def _step(  # noqa: PLR0911, PLR0913, PLR0917 - one table: a case a step
    record: Record, lane: int, slot: int, step: Line, counts: dict[int, int], last: int | None, told: Told, *, says: str
) -> int | None:
    """One line of its file; None: it is no step of the model."""
    op, came, ticket = step.text("op"), step.text("came"), step.number("ticket")
    text = f"worker {lane}: {op}, {came}"
    late = step.after > record.horizon
    ends = FOR_EVER if late else step.after if told.known is None else max(step.after, told.known)
    if (op, came) == ("SAY_READY", "DONE"):
        return record.add(step, text, always(("WorkerBoots", slot)), ends=ends, after=[last], optional=late)
    if op == "SAY_FAILED":
        return record.add(step, text, always(("BootFails", slot)), ends=ends, after=[last], optional=late)
    if (op, came) == ("TAKE_TICKET", "LEAVE"):
        return record.add(step, text, always(("WorkerTakesTheOrder", slot)), ends=ends, after=[last], optional=late)
    if ticket == MARKED:
        return None
    if (op, came) == ("ANSWER", "DONE"):
        return record.add(step, text, always((f"WorkerAnswers{says}", slot)), ends=ends, after=[last], optional=late)
    if op != "TAKE_TICKET":
        return None
    nth = counts[ticket] = counts.get(ticket, -1) + 1
    real = record.tickets.taken(lane, ticket, nth)
    if real is None and late:
        return None  # what the manager had done to it is not written any more
    if real is None:
        return record.refuse(step, text, f"ticket {ticket} of lane {lane} was never issued, or was taken back")
    task = record.numbers.task_of(step, real)

    def agrees(_before: State, after: State) -> str:
        running = after.lanes[slot].running
        return "" if running == task else f"ticket {ticket} is task {task}'s; the next in the socket is {running}'s"

    return record.add(
        step, f"{text} {ticket}", always(("WorkerBegins", slot)), ends=ends, after=[last], agrees=agrees, optional=late
    )


def _last_answer(facts: WorkerFacts | None) -> Line | None:
    """The answer to the last task that it has begun, if that is there."""
    last: Line | None = None
    for step in () if facts is None else facts.steps:
        if step.number("ticket") == MARKED:
            continue
        if (step.text("op"), step.text("came")) == ("ANSWER", "DONE"):
            last = step
        elif step.text("op") == "RUN":
            last = None
    return last


PENDING: dict[str, tuple[str, ...]] = {
    "SAY_READY": ("WorkerBoots",),
    "SAY_FAILED": ("BootFails",),
    "TAKE_TICKET": ("WorkerBegins", "WorkerTakesTheOrder"),
    "ANSWER": ("WorkerAnswers",),
}
"""What may have come to pass though its line was not written: declared internal steps."""


def _pending(  # noqa: PLR0913, PLR0917 - one place
    record: Record, lane: int, slot: int, facts: WorkerFacts, dead: Line, ends: int, last: int | None, told: Told
) -> int | None:
    names = PENDING.get(facts.pending, ())
    if told.full and facts.pending == "ANSWER":
        names = ("WorkerAnswersAndIsFull",)
    marked = bool(facts.steps) and facts.steps[-1].number("ticket") == MARKED and facts.pending == "ANSWER"
    if not names or marked:
        return last
    return record.add(
        dead, f"worker {lane} dies in {facts.pending}, which may have come to pass",
        lambda _: [[(name, slot)] for name in names], begins=facts.last, ends=ends, after=[last], optional=True,
    )  # fmt: skip


def _death(  # noqa: PLR0913, PLR0917 - one place
    record: Record, lane: int, slot: int, facts: WorkerFacts | None, told: Told, ends: int, last: int | None
) -> int | None:
    """Its end: by itself, by a signal of the manager, or as it was told."""
    if told.dead is None:
        return last
    begins = told.dead.before if facts is None else facts.last
    if facts is None and told.known is not None:
        begins = min(begins, told.known)
    if facts is not None and facts.took_leave and facts.left is None and told.exitcode == 0:
        return record.refuse(
            told.dead, f"worker {lane} ends", "it left with status 0, and its last exit handler did not run"
        )

    def ways(s: State) -> list[Steps]:
        return [[]] if s.lanes[slot].worker == Worker.ENDED else [[("WorkerCrashes", slot)]]

    def agrees(before: State, _after: State) -> str:
        return "" if before.lanes[slot].worker == Worker.ENDED else "it was sent a signal and is alive"

    if told.signal is not None:
        after = [last, told.signal]
        text = f"worker {lane} ends"
        return record.add(told.dead, text, lambda _: [[]], begins=begins, ends=ends, after=after, agrees=agrees)
    return record.add(told.dead, f"worker {lane} dies", ways, begins=begins, ends=ends, after=[last])
