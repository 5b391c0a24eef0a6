"""What a record says happened to the pool as a whole: the reasons that excuse a future from its own outcome.

Pure. The rules are the contract's: only a death may break, only a request may cancel, only a shutdown may refuse.
"""

from dataclasses import dataclass
from functools import cached_property

from tests.checks.stress.plan import CANCELLING, DEADLY, FORCED, Closing, Initializer, Plan, Policy, Task, Work
from tests.checks.stress.record import CloseCall, Record

GIVES_UP = 3  # so many deaths in a row before a worker is ready break a replacing pool

REFUSALS = ("ExecutorShutdownError: ", "RuntimeError: ")
"""How a refusal begins: ours, and that of an executor that has no class of its own for it."""


@dataclass(frozen=True)
class Facts:
    """Plan and record, and what follows from both."""

    plan: Plan
    record: Record

    @cached_property
    def tasks(self) -> dict[int, Task]:
        """The task of each slot."""
        return self.plan.tasks()

    @cached_property
    def begun(self) -> dict[int, list[int]]:
        """For each slot the workers in which its task began."""
        begun: dict[int, list[int]] = {}
        for line in self.record.begun:
            if "." not in line.mark:
                begun.setdefault(int(line.mark), []).append(line.pid)
        return begun

    @cached_property
    def deadly(self) -> dict[int, Work]:
        """The deadly tasks that began."""
        return {slot: self.tasks[slot].work for slot in self.begun if self.tasks[slot].work in DEADLY}

    @cached_property
    def shutdowns(self) -> tuple[CloseCall, ...]:
        """Calls that end the pool; dropping it is none."""
        return tuple(call for call in self.record.closes if call.how is not Closing.DROP)

    @cached_property
    def forced(self) -> bool:
        """Whether the user had workers terminated or killed."""
        return any(call.how in FORCED for call in self.shutdowns)

    @cached_property
    def cancelling(self) -> bool:
        """Whether the user had everything cancelled that had not begun."""
        return any(call.how in CANCELLING for call in self.shutdowns)

    @cached_property
    def dropped(self) -> bool:
        """Whether the user let go of the executor during the round."""
        return any(call.how is Closing.DROP for call in self.record.closes)

    @cached_property
    def said_cancelled(self) -> frozenset[int]:
        """Futures whose cancel() answered True."""
        return frozenset(call.slot for call in self.record.cancels if call.answer)

    @cached_property
    def said_not_cancelled(self) -> frozenset[int]:
        """Futures whose cancel() answered False."""
        return frozenset(call.slot for call in self.record.cancels if not call.answer and not call.error)

    @property
    def initializer_fails(self) -> bool:
        """Whether no worker can ever become ready."""
        return self.plan.initializer is Initializer.FAILS

    @cached_property
    def pool_may_break(self) -> bool:
        """Whether something could end the pool without the user asking for it."""
        if self.initializer_fails or self.record.interrupts:  # an interrupted initializer has failed
            return True
        if self.plan.policy is Policy.REPLACE:
            return self.record.strikes >= GIVES_UP
        return self.record.strikes > 0 or bool(self.deadly)

    def may_break(self, slot: int) -> bool:
        """Whether this future may end as broken."""
        struck = self.plan.policy is Policy.REPLACE and self.record.strikes > 0
        return self.pool_may_break or self.forced or struck or slot in self.deadly

    def was_interrupted(self, detail: str) -> bool:
        """Whether an error is that of a SIGINT that reached a worker."""
        return self.record.interrupts > 0 and "KeyboardInterrupt" in detail

    def may_refuse(self, end: int) -> bool:
        """Whether a submit that was over at this moment may have met a closed pool."""
        return any(call.begin < end for call in self.shutdowns)

    def must_refuse(self, begin: int) -> bool:
        """Whether a submit that began at this moment must have met a closed pool."""
        return any(call.end is not None and not call.error and call.end < begin for call in self.shutdowns)
