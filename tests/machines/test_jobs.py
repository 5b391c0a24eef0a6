"""User-code threads as the machine sees them: which jobs there are, when threads are added, when all must be done.

No user code runs here; a job is done when a test says so.
"""

from __future__ import annotations

from checkedpool._core import messages
from checkedpool._core.manager import Settings
from checkedpool._core.messages import Verdict
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.stories import begin, everybody_works, of, ready, work_off
from tests.machines.world import World

PATIENCE = Settings(1).patience


def answered(verdict: Verdict, *, called_back: bool = False) -> World:
    world = ready(workers=1, patience=PATIENCE)
    world.submit(1, called_back=called_back)
    world.wake()
    begin(world)
    world.lanes[0].finish(verdict)
    world.wake()
    return world


def test_a_plain_value_needs_no_user_code_thread() -> None:
    world = answered(Verdict.PLAIN)
    assert not world.jobs
    assert world.tasks[0].end == "value"


def test_any_other_value_and_every_error_is_read_by_a_user_code_thread() -> None:
    for verdict, end in ((Verdict.VALUE, "value"), (Verdict.ERROR, "error")):
        world = answered(verdict)
        assert world.tasks[0].end is None
        world.do_job()
        assert world.tasks[0].end == end


def test_callbacks_are_called_by_a_user_code_thread() -> None:
    world = answered(Verdict.PLAIN, called_back=True)
    assert list(world.jobs) == [messages.Call(0)]


def test_plain_answers_that_came_together_are_told_together() -> None:
    world = ready(workers=1)
    world.submit(3)
    world.wake()
    commands = work_off(world, 3)
    (settle,) = of(commands, messages.Settle)
    assert [task for task, _ in settle.results] == [0, 1, 2]


def test_a_job_that_takes_long_while_another_waits_gets_a_thread_beside_it() -> None:
    world = ready(workers=2, patience=PATIENCE)
    world.submit(2, called_back=True)
    world.wake()
    work_off(world, 1, number=0)
    assert not of(world.pass_time(PATIENCE), messages.AddUserThread)  # it is alone
    assert of(work_off(world, 1, number=1), messages.AddUserThread)
    assert world.manager.user_threads == 2


def test_the_machine_wakes_up_to_add_a_thread() -> None:
    world = ready(workers=1, patience=PATIENCE)
    world.submit(2, called_back=True)
    world.wake()
    work_off(world, 2)
    assert world.manager.deadline() == world.now + PATIENCE
    assert of(world.pass_time(PATIENCE), messages.AddUserThread)


def test_no_thread_is_added_before_its_time() -> None:
    world = ready(workers=1, patience=PATIENCE)
    world.submit(2, called_back=True)
    world.wake()
    work_off(world, 2)
    assert not of(world.pass_time(PATIENCE / 2), messages.AddUserThread)


def test_no_thread_is_added_while_jobs_get_done() -> None:
    world = ready(workers=1, patience=PATIENCE)
    world.submit(10, called_back=True)
    world.wake()
    work_off(world, 10)
    for _ in range(9):
        world.do_job()
        assert not of(world.pass_time(PATIENCE * 0.9), messages.AddUserThread)


def test_patience_counts_from_the_first_job_of_a_row() -> None:
    """A pool that had nothing to do for long does not get a thread for its first two jobs."""
    world = ready(workers=1, patience=PATIENCE)
    world.pass_time(1_000.0)
    world.submit(2, called_back=True)
    world.wake()
    assert not of(work_off(world, 2), messages.AddUserThread)


def test_deferred_tasks_are_pickled_a_few_at_a_time_in_their_order() -> None:
    world = ready(workers=1)
    world.submit(20, deferred=True)
    commands = world.wake()
    pickles = [command.id for command in of(commands, messages.Pickle)]
    assert pickles == list(range(len(pickles)))
    assert 1 <= len(pickles) < 20
    everybody_works(world)
    assert world.lanes[0].begun == list(range(20))


def test_deferred_tasks_wait_while_enough_others_do() -> None:
    world = ready(workers=1, window=1)
    world.submit(3)  # one is dealt, and two for each worker are enough
    world.submit(5, deferred=True)
    assert not of(world.wake(), messages.Pickle)
    assert of(work_off(world, 1), messages.Pickle)
    everybody_works(world)
    assert all(task.end == "value" for task in world.tasks.values())


def test_a_task_that_cannot_be_pickled_late_costs_itself_alone() -> None:
    world = ready(workers=1)
    world.submit(3, deferred=True)
    world.wake()
    world.do_job(fails=True)
    everybody_works(world)
    assert [task.end for task in world.tasks.values()] == ["error", "value", "value"]


def test_a_task_cancelled_while_it_is_kept_is_not_pickled() -> None:
    world = ready(workers=1)
    world.submit(8, deferred=True)
    world.wake()
    assert 7 not in world.manager.pickling
    world.cancel(7)
    everybody_works(world)
    assert messages.Pickle(7) not in world.commands


def test_a_task_cancelled_while_it_is_pickled_is_not_run() -> None:
    world = ready(workers=1)
    world.submit(1, deferred=True)
    world.wake()
    world.cancel(0)
    everybody_works(world)
    assert not world.lanes[0].begun
    assert not world.manager.unfinished()


def test_what_is_pickled_after_the_pool_broke_is_forgotten() -> None:
    world = ready(workers=1)
    world.submit(1, deferred=True)
    world.wake()
    world.lanes[0].die(-9)
    world.wake()
    assert world.tasks[0].end == "broken"
    world.do_job()
    world.wake()
    assert world.manager.finished


def test_a_drain_pickles_what_was_kept_and_runs_it() -> None:
    world = ready(workers=1)
    world.submit(12, deferred=True)
    world.request(ShutdownLevel.DRAIN)
    everybody_works(world)
    assert all(task.end == "value" for task in world.tasks.values())
    assert world.manager.finished
