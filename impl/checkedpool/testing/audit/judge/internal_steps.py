"""The internal steps: what happens inside a pool without anybody being told.

Decides: which they are, when a history leaves room for each (`may`), and when the pool owes it (`must`): then nobody
can wait for long without seeing what comes of it.  Whether the contract allows it at all, its machine decides.
Must not know: how histories are read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from checkedpool.testing.audit.judge.events import Work
from checkedpool.testing.audit.judge.facts import Facts
from checkedpool.testing.audit.judge.possible_states import RULE, Moment, allows, stepped
from checkedpool_spec.contract import Asked, Contract, Outcome, State, all_settled
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = ["HIDDEN", "Hidden", "after", "owed"]

KEPT = 100_000
"""States of the contract machine of which it is remembered what may come of them."""
OUTCOMES = {
    **dict.fromkeys((Work.RAISES, Work.FALSY, Work.STARVES, Work.UNLOADABLE, Work.UNREADABLE), Outcome.ERROR),
    Work.UNPICKLABLE: Outcome.UNPICKLABLE,
}


def outcome_of(work: Work | None) -> Outcome:
    """What a task comes to that does this, if its worker lives."""
    return OUTCOMES.get(work or Work.QUICK, Outcome.VALUE)


Condition = Callable[[Facts, Moment, int], bool]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A rule of the contract machine that nobody sees being followed."""

    rule: str
    reads: str
    may: Condition
    must: Condition


def always(_facts: Facts, _moment: Moment, _index: int) -> bool:
    """There is nothing against it."""
    return True


def never(_facts: Facts, _moment: Moment, _index: int) -> bool:
    """There is nothing that asks for it."""
    return False


def inside(facts: Facts, moment: Moment) -> int:
    """How many workers are certain to be inside a task: who is, cannot have begun another one."""
    futures = moment.contract.futures
    begun = moment.begun - facts.given_up if facts.given_up else moment.begun
    return sum(futures[task].state == State.RUNNING and not facts.may_have_left(task) for task in begun)


def has_room(facts: Facts, moment: Moment, _task: int) -> bool:
    """Some worker is not certain to be inside another task, nor may it be in one of which nothing is judged."""
    futures = moment.contract.futures
    unknown = sum(futures[task].state == State.RUNNING for task in facts.given_up)
    return inside(facts, moment) + unknown < facts.workers


def can_begin(facts: Facts, moment: Moment, task: int) -> bool:
    """It can come to a worker, and one may have room: a killed one makes room before anybody hears of it."""
    return facts.works[task] is not Work.UNPICKLABLE and inside(facts, moment) < facts.workers + facts.planned


def returns(facts: Facts, _moment: Moment, task: int) -> bool:
    """A worker was inside it, and may be out of it with a value."""
    held = facts.works[task] is Work.HELD and task in facts.opened
    return task in facts.entered and (held or facts.works[task] is Work.QUICK)


def fails(facts: Facts, _moment: Moment, task: int) -> bool:
    """A worker was inside it, or could not read it, and what comes of it is an exception."""
    seen = task in facts.entered or facts.works[task] is Work.UNREADABLE
    return seen and outcome_of(facts.works[task]) is Outcome.ERROR


def cannot_be_pickled(facts: Facts, _moment: Moment, task: int) -> bool:
    """It never comes to a worker."""
    return facts.works[task] is Work.UNPICKLABLE


def cannot_be_pickled_now(facts: Facts, moment: Moment, task: int) -> bool:
    """It never comes to a worker, and it is its turn."""
    return cannot_be_pickled(facts, moment, task) and has_room(facts, moment, task)


def cancel_was_interrupted(facts: Facts, _moment: Moment, task: int) -> bool:
    """A cancel() was interrupted that may have taken the task."""
    return task in facts.interrupted


def is_struck(facts: Facts, moment: Moment, task: int) -> bool:
    """Its worker was killed, or may have been, or all were ordered to end."""
    return task in facts.struck or facts.planned > 0 or moment.contract.level >= ShutdownLevel.TERMINATE


def is_not_the_one_to_charge(facts: Facts, _moment: Moment, task: int) -> bool:
    """If one worker only was killed, its task is blamed and not merely broken off."""
    return facts.struck != {task} or facts.idle + facts.planned + facts.bad_initializers > 0


def was_struck(facts: Facts, moment: Moment, _index: int) -> bool:
    """More workers were killed, or may have been, than have been found dead."""
    return len(facts.struck) + facts.idle + facts.planned > moment.contract.deaths


def must_be_found_dead(facts: Facts, moment: Moment, _index: int) -> bool:
    """Who was inside a task; an idle worker of a closed executor may have been told to leave: then it is no death."""
    idle = 0 if moment.contract.closed else facts.idle
    return len(facts.struck) + idle > moment.contract.deaths


def has_troubles(facts: Facts, moment: Moment, _index: int) -> bool:
    """More has gone wrong with starts than the pool has noticed."""
    return facts.bad_starts > moment.contract.troubles


def has_defects(facts: Facts, moment: Moment, _index: int) -> bool:
    """More initializers have raised than the pool has noticed."""
    return facts.bad_initializers > moment.contract.defects


def breaks_by_a_death(facts: Facts, moment: Moment) -> bool:
    """Under this policy one is enough, or where none of a row is survived."""
    one_is_enough = facts.policy is DeathPolicy.BREAK or moment.contract.restarts == 0
    return one_is_enough and moment.contract.deaths > 0


def must_break(facts: Facts, moment: Moment, _index: int) -> bool:
    """Nothing has been said that would make it an ordered end, or one that nobody needs to notice.

    A worker that was killed may have been the one whose initializer raised, before it could say so.
    """
    contract = moment.contract
    if contract.level >= ShutdownLevel.TERMINATE or (contract.closed and all_settled(contract, 0)):
        return False
    return breaks_by_a_death(facts, moment) or facts.bad_initializers > facts.idle + facts.planned


HIDDEN = (
    Hidden("Begins", "a worker begins the task", can_begin, has_room),
    Hidden("BeginsUnpromised", "a worker begins the task of a submit() under way", can_begin, never),
    Hidden("Succeeds", "its value arrives", returns, returns),
    Hidden("Fails", "its exception arrives", fails, fails),
    Hidden("FailsUnbegun", "it cannot be pickled", cannot_be_pickled, cannot_be_pickled_now),
    Hidden("Cancels", "a cancel() that was interrupted has cancelled it", cancel_was_interrupted, never),
    Hidden("CancelsOnRequest", "the request cancels it", always, always),
    Hidden("Dies", "a worker is found dead", was_struck, must_be_found_dead),
    Hidden("Troubles", "a start comes to nothing", has_troubles, has_troubles),
    Hidden("Defects", "an initializer has raised", has_defects, has_defects),
    Hidden("Breaks", "the pool breaks", always, must_break),
    Hidden("Charges", "the death is charged to it", is_struck, always),
    Hidden("BreaksOff", "it is broken off", is_not_the_one_to_charge, always),
    Hidden("Ends", "nothing of the executor is left", always, always),
)  # fmt: skip


STEPS = tuple((step, RULE[step.rule].over == "future") for step in HIDDEN)


Step = tuple[Hidden, int, Contract]
"""The rule, its index, and the contract machine's state after it."""


@lru_cache(KEPT)
def _allowed(contract: Contract) -> tuple[Step, ...]:
    """What the contract machine allows: it is in the same few states again and again.

    To a future that has ended nothing hidden happens any more, nor to one that nobody has asked for.
    """
    moment, futures = Moment(contract), enumerate(contract.futures)
    going_on = [task for task, one in futures if one.state <= State.RUNNING and one.asked != Asked.NOT_YET]
    return tuple(
        (step, index, RULE[step.rule].effect(contract, index))
        for step, of_a_future in STEPS
        for index in (going_on if of_a_future else (0,))
        if allows(moment, step.rule, index)
    )


def _possible(facts: Facts, moment: Moment) -> Iterator[Step]:
    """What the history leaves room for; of tasks that are given up nothing is judged."""
    given_up = facts.given_up
    for one in _allowed(moment.contract):
        step, index, _ = one
        if given_up and index in given_up and RULE[step.rule].over == "future":
            continue
        if step.may(facts, moment, index):
            yield one


def after(facts: Facts, moment: Moment) -> Iterator[Moment]:
    """What may have come of the moment by one internal step."""
    for step, index, contract in _possible(facts, moment):
        yield stepped(moment, step.rule, index, contract)


def owed(facts: Facts, moment: Moment) -> Iterator[Hidden]:
    """The internal steps that have to come."""
    return (step for step, index, _ in _possible(facts, moment) if step.must(facts, moment, index))
