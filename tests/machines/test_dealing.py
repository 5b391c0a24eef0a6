"""How tasks get to workers: in even shares, a window ahead, in their order, and away again when a worker idles.

The machine runs on fake lanes; what is looked at is which commands it asks for, and what the workers begin.
"""

from __future__ import annotations

import pytest

from checkedpool._core import messages, worker_record
from tests.machines.stories import begin, everybody_works, lane, of, ready, with_an_answer_that_is_late, work_off


def test_tasks_are_dealt_in_even_shares() -> None:
    world = ready(workers=2)
    world.submit(10)
    sent = of(world.wake(), messages.Send)
    assert [(command.lane, len(command.items)) for command in sent] == [(0, 5), (1, 5)]


@pytest.mark.parametrize(("workers", "tasks"), [(2, 1), (3, 2), (4, 4), (3, 7), (5, 64)])
def test_no_worker_gets_more_than_its_share(workers: int, tasks: int) -> None:
    world = ready(workers=workers)
    world.submit(tasks)
    counts = [len(command.items) for command in of(world.wake(), messages.Send)]
    assert sum(counts) == tasks
    assert max(counts) <= -(-tasks // workers)


@pytest.mark.parametrize(("workers", "tasks"), [(2, 2), (4, 6), (3, 4), (5, 11)])
def test_no_worker_is_left_without_a_task_while_others_have_two(workers: int, tasks: int) -> None:
    world = ready(workers=workers)
    world.submit(tasks)
    world.wake()
    assert all(lane(world, number).outstanding for number in range(workers))


def test_tasks_are_dealt_like_cards() -> None:
    world = ready(workers=2)
    world.submit(6)
    sent = of(world.wake(), messages.Send)
    assert [[task for _, task in command.items] for command in sent] == [[0, 2, 4], [1, 3, 5]]


def test_a_worker_gets_a_window_ahead_and_the_rest_stays() -> None:
    world = ready(workers=1, window=8)
    world.submit(100)
    world.wake()
    assert lane(world).outstanding == 8
    assert len(world.manager.pending) == 92


def test_a_window_of_one_sends_nothing_ahead() -> None:
    world = ready(workers=1, window=1)
    world.submit(3)
    world.wake()
    for done in range(3):
        assert lane(world).outstanding == 1
        assert begin(world) == done
        work_off(world, 1)


def test_a_worker_that_has_plenty_is_sent_more_only_when_half_is_done() -> None:
    world = ready(workers=1, window=8)
    world.submit(100)
    world.wake()
    assert not of(work_off(world, 3), messages.Send)
    (refill,) = of(work_off(world, 1), messages.Send)
    assert len(refill.items) == 4
    assert lane(world).outstanding == 8


def test_a_task_that_comes_later_goes_to_the_worker_that_has_least() -> None:
    world = ready(workers=2)
    world.submit(5)
    world.wake()
    world.submit(1)
    (sent,) = of(world.wake(), messages.Send)
    assert sent.lane == 1


def test_tickets_follow_when_the_frames_are_in_the_pipe() -> None:
    world = ready(workers=1)
    world.submit(3)
    kinds = [type(command) for command in world.wake()]
    assert kinds == [messages.Send, messages.Issue]
    assert lane(world).issued == {1: 0, 2: 1, 3: 2}


@pytest.mark.parametrize("capacity", [0, 1_000])
def test_a_frame_alone_goes_to_a_worker_that_has_nothing_together_with_its_ticket(capacity: int) -> None:
    world = ready(workers=1, capacity=capacity)
    steps: list[tuple[type, ...]] = []
    world.after_step = lambda commands: steps.append(tuple(map(type, commands)))
    world.submit(1)
    world.wake()
    assert steps == [(messages.Send, messages.Issue), ()]
    assert lane(world).issued == {1: 0}


def test_behind_other_tasks_a_ticket_waits_until_the_frame_is_known_to_be_whole() -> None:
    world = ready(workers=1, capacity=1)
    world.submit(1)
    world.wake()
    world.submit(1)
    assert not of(world.wake(), messages.Issue)
    assert [task for _, task in lane(world).queued] == [1]


@pytest.mark.parametrize("held", [False, True])
def test_a_task_cancelled_before_frame_and_ticket_that_go_together_has_neither(held: bool) -> None:
    world = ready(workers=1)
    (cancelled,) = world.submit(1)
    world.unclaimed.discard(cancelled)  # the canceller's post has not come yet
    world.lanes[0].held = held
    commands = world.wake()
    assert [command.ids for command in of(commands, messages.Cancel)] == [(cancelled,)]
    assert not world.lanes[0].tickets
    assert not world.lanes[0].frames
    assert not lane(world).outstanding


def test_only_whole_frames_are_issued() -> None:
    world = ready(workers=1, capacity=2)
    world.submit(5)
    (issue,) = of(world.wake(), messages.Issue)
    assert issue.items == ((1, 0), (2, 1))
    assert lane(world).behind == 3


def test_half_a_frame_is_issued_to_a_worker_that_has_nothing_else() -> None:
    """It will read, and so make room: else both would wait for ever."""
    world = ready(workers=1, capacity=0)
    world.submit(2)
    (issue,) = of(world.wake(), messages.Issue)
    assert issue.items == ((1, 0),)
    everybody_works(world)
    assert world.lanes[0].begun == [0, 1]


def test_nothing_is_sent_while_frames_wait_for_room() -> None:
    world = ready(workers=1, capacity=2)
    world.submit(4)
    world.wake()
    world.submit(4)
    assert not of(world.wake(), messages.Send)
    commands = work_off(world, 2)  # the pipe has room, and what was behind goes in
    assert [[task for _, task in command.items] for command in of(commands, messages.Send)] == [[4, 5, 6, 7]]


def test_a_task_cancelled_before_its_frame_is_sent_is_not_sent() -> None:
    world = ready(workers=1)
    first, second = world.submit(2)
    world.unclaimed.discard(first)  # the canceller's post has not come yet
    world.wake()
    assert lane(world).issued == {2: second}


def test_a_task_cancelled_between_its_frame_and_its_ticket_gets_no_ticket() -> None:
    world = ready(workers=1)
    first, second = world.submit(2)
    world.between = lambda: (
        world.unclaimed.discard(first) if world.commands and isinstance(world.commands[-1], messages.Send) else None
    )
    world.wake()
    assert lane(world).issued == {2: second}
    assert not lane(world).queued


def test_a_worker_skips_the_frame_of_a_task_that_was_taken_back() -> None:
    world = ready(workers=1)
    begun, cancelled, last = world.submit(3)
    world.wake()
    assert begin(world) == begun
    assert world.cancel(cancelled)
    work_off(world, 1)
    assert begin(world) == last


def test_nothing_waits_behind_a_long_task_while_another_worker_is_idle() -> None:
    world = ready(workers=2)
    world.submit(4)
    world.wake()
    begin(world, 0)  # long
    commands = work_off(world, 2, number=1)
    assert of(commands, messages.Revoke) == [messages.Revoke(0)]
    assert begin(world, 1) == 2
    assert lane(world, 0).outstanding == 1


def test_frames_without_tickets_move_without_being_asked_back() -> None:
    world = ready(workers=2, capacity=1)
    world.submit(4)
    world.wake()
    begin(world, 0)
    world.lanes[0].capacity = 0
    assert lane(world, 0).queued
    begin(world, 1)
    world.lanes[1].finish()
    world.wake()
    work_off(world, 1, number=1)
    assert lane(world, 1).outstanding == 1
    assert lane(world, 0).outstanding == 1


def test_a_worker_with_nothing_to_give_is_not_asked_again() -> None:
    world, fake = with_an_answer_that_is_late()
    assert of(work_off(world, 1, number=1), messages.Revoke) == [messages.Revoke(0)]
    assert lane(world, 0).outstanding == 2
    assert not of(world.pass_time(1.0), messages.Revoke)
    fake.late = False
    world.wake()
    assert lane(world, 0).outstanding == 1


def test_only_frames_are_taken_from_a_worker_that_has_no_tickets_to_give() -> None:
    world, fake = with_an_answer_that_is_late()
    work_off(world, 1, number=1)
    assert lane(world, 0).empty
    world.submit(6)
    fake.capacity = 0
    world.wake()
    assert lane(world, 0).empty
    assert lane(world, 0).queued
    commands = work_off(world, len(world.lanes[1].tickets), number=1)
    assert not of(commands, messages.Revoke)
    assert not lane(world, 0).queued


def test_one_worker_begins_tasks_in_the_order_of_their_submission() -> None:
    world = ready(workers=1, window=4, capacity=3)
    world.submit(30)
    everybody_works(world)
    assert world.lanes[0].begun == list(range(30))


def test_the_order_of_one_worker_survives_a_cancellation_in_the_middle() -> None:
    """What was revoked with the cancelled one was dealt before what had no ticket yet."""
    world = ready(workers=1, capacity=5)
    world.submit(8)
    world.wake()
    begin(world)
    assert lane(world).queued
    assert world.cancel(3)
    everybody_works(world)
    assert world.lanes[0].begun == [0, 1, 2, 4, 5, 6, 7]


def test_frames_that_nobody_reads_never_share_a_number() -> None:
    """The worker is stopped; tasks are sent, and cancelled, more often than there are numbers."""
    world = ready(workers=1)
    for _ in range(300):
        (task,) = world.submit()
        world.wake()
        assert world.cancel(task)
        world.wake()
    left = world.submit(4)
    world.wake()
    everybody_works(world)
    assert world.lanes[0].begun == left
    assert [world.tasks[task].end for task in left] == ["value"] * 4


def test_a_marked_frame_makes_a_waiting_worker_read_what_was_taken_back() -> None:
    world = ready(workers=1)
    while not of(world.commands, messages.Mark):
        (task,) = world.submit()
        world.wake()
        world.cancel(task)
        world.wake()
    assert lane(world).unread >= 200
    world.lanes[0].take()
    assert not world.lanes[0].frames
    world.wake()
    assert lane(world).unread == 0
    assert not lane(world).marking


def test_a_marked_frame_whose_ticket_a_canceller_read_back_is_asked_for_again() -> None:
    world = ready(workers=1)
    while not of(world.commands, messages.Mark):
        (task,) = world.submit()
        world.wake()
        world.cancel(task)
        world.wake()
    world.lanes[0].sort_back(world.unclaimed)
    world.inbox.append(messages.RevokedByCanceller(0))
    assert of(world.wake(), messages.Mark) == [messages.Mark(0)]
    world.lanes[0].take()
    world.wake()
    (task,) = world.submit()
    everybody_works(world)
    assert world.lanes[0].begun == [task]


def test_the_numbers_of_frames_that_clients_send_by_themselves_come_round_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_record, "LAST_SEQ", 3)
    monkeypatch.setattr(worker_record, "UNREAD", 2)
    world = ready(workers=1)
    for _ in range(5):
        task = world.publish()
        world.look_again(task)
        assert world.issue_alone(task)
        work_off(world, 1)
    assert world.lanes[0].begun == list(range(5))
    assert lane(world).last == 2
