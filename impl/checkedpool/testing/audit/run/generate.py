"""Which scenarios are run: small ones first, so that what is found first is already short.

Decides: the scenarios and their order, from a seed.  Must not know: how they are run.
"""

import random
from collections.abc import Iterator

from checkedpool.testing.audit.judge.events import Work
from checkedpool.testing.audit.run.scenario import Do, Scenario, Step

__all__ = ["scenarios"]

SETTLE = Step(Do.SETTLE)
WAITING = 2
"""Tasks that are submitted behind the held ones; the standard executor sends some of them ahead."""

MOST = 5
"""Tasks of one scenario: with each more, several times as many states have to be carried along."""


def _setting(held: int, waiting: int) -> list[Step]:
    """So many workers are busy, and so many tasks wait behind them."""
    first = [Step(Do.SUBMIT, work=Work.HELD)] * held
    return [*first, SETTLE, *[Step(Do.SUBMIT, work=Work.QUICK)] * waiting] if held else first


def _actions(held: int, tasks: int) -> list[Step]:
    """Everything that can be done next."""
    on_tasks = [Step(do, task=task) for task in range(tasks) for do in (Do.CANCEL, Do.LOOK)]
    on_held = [Step(do, task=task) for task in range(held) for do in (Do.OPEN, Do.STRIKE)]
    submits = [Step(Do.SUBMIT, work=work) for work in Work if work is not Work.HELD]
    requests = [
        *(Step(do) for do in (Do.DRAIN, Do.CANCEL_ALL, Do.TERMINATE, Do.KILL)),
        *(Step(do, wait=True, beside=True) for do in (Do.DRAIN, Do.CANCEL_ALL)),
    ]
    return [*on_tasks, *on_held, *submits, *requests]


def _whole(workers: int, held: int, steps: list[Step]) -> Scenario:
    """With the end that every scenario has: all are let go, the executor is drained."""
    ending = [SETTLE, *(Step(Do.OPEN, task=task) for task in range(held)), SETTLE]
    return Scenario(workers, (*steps, *ending, Step(Do.DRAIN, wait=True, beside=True), SETTLE))


def _single() -> Iterator[Scenario]:
    """Every action alone: on a busy worker with tasks behind it, and on an executor that has done nothing yet.

    And SIGINT between two tasks, and a request in a callback.
    """
    for action in _actions(1, 1 + WAITING):
        yield _whole(1, 1, [*_setting(1, WAITING), action])
    for action in _actions(0, 0):
        yield _whole(1, 0, [action])
    yield _whole(1, 0, [Step(Do.SUBMIT, work=Work.QUICK), SETTLE, Step(Do.SIGNAL, task=0), Step(Do.SUBMIT, Work.QUICK)])
    yield _whole(1, 1, [*_setting(1, WAITING), Step(Do.DRAIN, task=0, wait=True)])


def _drawn(chance: random.Random) -> Scenario:
    """Two to four actions, some beside each other."""
    workers = chance.choice((1, 2))
    held = chance.randint(0, workers)
    waiting = chance.randint(0, 2) if held else 0
    steps = _setting(held, waiting)
    tasks = held + waiting
    for _ in range(chance.randint(2, 4)):
        action = chance.choice([one for one in _actions(held, tasks) if one.do is not Do.SUBMIT or tasks < MOST])
        tasks += action.do is Do.SUBMIT
        beside = action.beside or (action.do is not Do.STRIKE and chance.random() < 1 / 3)
        steps.append(Step(action.do, action.work, action.task, action.wait, beside))
        if chance.random() < 1 / 2:
            steps.append(SETTLE)
    return _whole(workers, held, steps)


def scenarios(seed: int, rounds: int) -> list[Scenario]:
    """So many scenarios: every single action, then pairs and more by chance."""
    chance = random.Random(seed)  # noqa: S311 - chance here chooses test cases
    first = list(_single())[:rounds]
    return [*first, *(_drawn(chance) for _ in range(rounds - len(first)))]
