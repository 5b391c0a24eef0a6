"""Who is past the limit of a task: the pool's own rule, with times as numbers.

Decides: what comes between a begin and its limit. Must not know: clocks, futures, workers.
"""

from checkedpool._core.limits_of_tasks import LimitsOfTasks


def nothing_has_ended(_: int) -> bool:
    return True


def test_a_task_is_due_at_its_limit_and_not_before() -> None:
    """C-132."""
    limits = LimitsOfTasks()
    limits.begins(0, 5.0, 7)
    assert limits.due(4.9, nothing_has_ended) == []
    assert limits.soonest() == 5.0
    assert limits.due(5.0, nothing_has_ended) == [(0, 7)]


def test_a_task_is_due_once() -> None:
    """C-132."""
    limits = LimitsOfTasks([(0, 5.0, 7)])
    assert limits.due(6.0, nothing_has_ended) == [(0, 7)]
    assert limits.due(7.0, nothing_has_ended) == []
    assert limits.soonest() is None


def test_a_task_that_has_ended_is_never_due() -> None:
    """C-132: it is as without a limit."""
    limits = LimitsOfTasks([(0, 5.0, 7), (1, 6.0, 8)])
    assert limits.due(9.0, {8}.__contains__) == [(1, 8)]
    assert limits.running == {}


def test_what_a_worker_begins_takes_the_place_of_what_it_ran_before() -> None:
    """C-132: its time counts from its own begin."""
    limits = LimitsOfTasks([(0, 5.0, 7), (1, 8.0, 6)])
    limits.begins(0, 9.0, 8)
    assert limits.due(5.0, nothing_has_ended) == []
    assert limits.soonest() == 8.0
    assert limits.due(9.0, nothing_has_ended) == [(0, 8), (1, 6)]
