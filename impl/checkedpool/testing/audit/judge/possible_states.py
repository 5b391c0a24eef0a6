"""What the pool may be like at a moment of a history: one of several values, since most of it is not seen.

Decides: what belongs to such a value, and how a rule of the contract machine is applied to it.  Must not know: when a
rule may be applied (``internal_steps`` for what nobody calls, ``calls`` for what a client calls).
"""

from typing import NamedTuple

from checkedpool_spec.contract import RULES, Contract, Future, Outcome
from checkedpool_spec.records import quickly_replaced

__all__ = ["FINAL", "Moment", "allows", "applied", "new_call", "new_future", "new_waiter", "stepped"]

RULE = {rule.name: rule for rule in RULES}

FINAL = "= "
"""A call that has nothing left to do but to come back is at a place that begins like this; the answer follows."""


@quickly_replaced
class Moment(NamedTuple):
    """The contract machine's state, and beside it what ties it to a history."""

    contract: Contract = Contract(futures=(), waiting=())
    at: tuple[tuple[int, str], ...] = ()
    """Each call that is under way, and how far it has come."""
    begun: frozenset[int] = frozenset()
    """The tasks that a worker has begun, whatever became of them."""
    due: frozenset[tuple[int, int]] = frozenset()
    """(task, call): the callback that this call has to make before it comes back."""

    def place(self, call: int) -> str:
        """How far the call has come."""
        return dict(self.at)[call]

    def moved(self, call: int, place: str) -> "Moment":
        """The same, with the call at another place."""
        return self._replace(at=tuple([(c, place if c == call else p) for c, p in self.at]))

    def without(self, call: int) -> "Moment":
        """The same, with the call come back."""
        return self._replace(at=tuple([one for one in self.at if one[0] != call]))


def allows(moment: Moment, rule: str, index: int = 0) -> bool:
    """Whether the contract machine allows it."""
    contract = moment.contract
    for guard in RULE[rule].guard:  # noqa: SIM110 - asked millions of times: a generator would be half of the work
        if not guard(contract, index):
            return False
    return True


def applied(moment: Moment, rule: str, index: int = 0) -> Moment:
    """What the contract machine says comes of it."""
    return stepped(moment, rule, index, RULE[rule].effect(moment.contract, index))


def stepped(moment: Moment, rule: str, index: int, contract: Contract) -> Moment:
    """The moment after a step that leaves the contract machine in this state."""
    begun = moment.begun | {index} if rule in ("Begins", "BeginsUnpromised") else moment.begun
    return moment._replace(contract=contract, begun=begun)


def new_call(moment: Moment, call: int) -> Moment:
    """A client has begun a call."""
    return moment._replace(at=(*moment.at, (call, "")))


def new_future(moment: Moment, task: int, outcome: Outcome) -> Moment:
    """This task may be asked for; what comes of it if a worker runs it to its end."""
    contract = moment.contract
    missing = task + 1 - len(contract.futures)
    futures = list(contract.futures + (Future(),) * missing)
    futures[task] = futures[task]._replace(outcome=outcome)
    return moment._replace(contract=contract._replace(futures=tuple(futures)))


def new_waiter(moment: Moment) -> Moment:
    """There is one caller more who may wait for the end."""
    contract = moment.contract
    return moment._replace(contract=contract._replace(waiting=(*contract.waiting, False)))
