"""What must hold of the manager's machine at every moment, whatever happens in the world around it.

Decides: the invariants. `watch` puts them between the machine and a `World`; a violation is an AssertionError where it
arises. Must not know: which story is being told.
"""

from __future__ import annotations

from collections import Counter

from checkedpool._core import messages
from checkedpool._core.by_priority import priority_of
from checkedpool._core.manager import Manager
from checkedpool._core.messages import Command, TaskId, WorkerNo
from checkedpool._core.tables import LEAVE, MARK
from checkedpool._core.worker_record import Phase, Tickets
from checkedpool.testing.simulated.record_invariants import violated
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.fake_worker import GONE, WAITING, FakeLane
from tests.machines.world import World

ON_A_LANE = (
    messages.Send, messages.Issue, messages.Revoke, messages.Mark, messages.Leave, messages.Signal, messages.Drain,
    messages.Reap,
)  # fmt: skip


def watch(world: World) -> World:
    """Have every step of the machine checked, and let it be copied before each."""
    told: set[TaskId] = set()

    def after_step(commands: tuple[Command, ...]) -> None:
        each_field_is_as_it_must_be(world.manager)
        each_task_is_in_one_place(world.manager)
        nothing_lower_goes_first(world.manager)
        operations_are_legal(world, commands, told)

    world.after_step = after_step
    return world


def each_field_is_as_it_must_be(manager: Manager) -> None:
    """The invariants of the machine's record of a worker hold."""
    for number, lane in manager.lanes.items():
        wrong = violated(lane, manager.settings)
        assert not wrong, f"lane {number}: {wrong}"


def nothing_lower_goes_first(manager: Manager) -> None:
    """What was sent ahead of a worker, and may be taken back, is not lower than what is pending."""
    waits = manager.by_priority
    for lane in manager.lanes.values() if waits else ():
        ahead = [task for _, task in lane.queued] or ([] if lane.empty else [*lane.issued.values()][1:])
        if waits and ahead and lane.tickets is Tickets.QUIET and lane.phase is Phase.READY and lane.outstanding > 1:
            assert priority_of(ahead[-1]) >= priority_of(waits.first()), f"{ahead[-1]} goes before {waits.first()}"


def places(manager: Manager) -> list[TaskId]:
    """Every task that the machine holds, once for each place in which it holds it."""
    held = [*manager.pending, *manager.deferred, *manager.pickling]
    for lane in manager.lanes.values():
        held += [task for _, task in lane.queued]
        held += lane.issued.values()
    return held


def each_task_is_in_one_place(manager: Manager) -> None:
    """Pending, deferred, being pickled, queued or issued: exactly one of them."""
    twice = [task for task, count in Counter(places(manager)).items() if count > 1]
    assert not twice, f"tasks {twice} are in two places"


def operations_are_legal(world: World, commands: tuple[Command, ...], told: set[TaskId]) -> None:
    """Each command can be performed in the order in which they stand."""
    lanes, manager = set(world.lanes), world.manager
    for command in commands:
        if isinstance(command, ON_A_LANE):
            assert command.lane in lanes, f"{command} on a lane that is not there"
        if isinstance(command, messages.Send):
            fake = world.lanes[command.lane]
            assert not fake.unwritten or fake.state is WAITING, "sent to a worker that is behind"
        if isinstance(command, messages.Close):
            lanes.discard(command.lane)
        ends = whom_it_tells(command)
        assert not told.intersection(ends), f"{command} tells a task its end for the second time"
        assert len(set(ends)) == len(ends), f"{command} tells a task its end twice"
        told.update(ends)
        if isinstance(command, messages.Start):
            assert manager.level < ShutdownLevel.TERMINATE
            assert manager.death is None
        if isinstance(command, messages.Finish):
            assert command is commands[-1], "something after the end"
            assert not any(isinstance(other, messages.Settle | messages.Cancel | messages.Fail) for other in commands)
    asked = [
        (type(command), command.lane) for command in commands if isinstance(command, messages.Revoke | messages.Issue)
    ]
    by_lane = Counter(lane for _, lane in asked)
    assert all(count == 1 for count in by_lane.values()), f"two askings for one lane's tickets in one step: {commands}"
    if manager.settings is world.settings or any(isinstance(command, messages.Start) for command in commands):
        assert len(manager.lanes) <= manager.settings.max_workers, "too many, and not since the pool has shrunk"
    assert manager.level == world.strongest, "a request is forgotten"
    starting = [lane for lane in manager.lanes.values() if lane.phase is Phase.STARTING]
    assert len(starting) <= 1, "two starts at once"


def whom_it_tells(command: Command) -> tuple[TaskId, ...]:
    """The tasks whose futures this command ends."""
    match command:
        case messages.Settle(results):
            return tuple(task for task, _ in results)
        case messages.Cancel(ids) | messages.Fail(ids):
            return ids
        case messages.Deliver(task):
            return (task,)
        case _:
            return ()


def when_nothing_is_left_to_tell(world: World) -> None:
    """After the manager has taken in everything, what it believes is what is."""
    manager = world.manager
    held = set(places(manager))
    for task in world.tasks.values():
        if task.known and task.accepted and task.end is None and not manager.finished:
            assert task.id in held or task.id in pending_ends(world), f"task {task.id} is in no place"
    for number in manager.lanes:
        fake = world.lanes.get(number)
        if fake is not None:
            what_is_issued_is_out(manager, fake)
            a_frame_waits_in_the_order_of_the_pipe(manager, fake)
    nothing_waits_while_a_worker_is_idle(world)


def pending_ends(world: World) -> set[TaskId]:
    """Tasks whose end is on its way to a user-code thread."""
    return {job.id for job in world.jobs}


def what_is_issued_is_out(manager: Manager, fake: FakeLane) -> None:
    """The tickets that the machine counts as issued are in the socket, with the worker, or with a canceller."""
    lane, limit = manager.lanes[fake.number], manager.settings.task_limit
    assert limit is None or len(fake.begun) <= limit, "a worker has begun more tasks than it may"
    unread = {m.seq for m in fake.messages if isinstance(m, messages.Answer)}
    out = {*fake.tickets, *fake.returned, *unread} - {LEAVE, MARK}
    if fake.state is not WAITING and fake.wanted in fake.ticketed:
        out.add(fake.wanted)
    if manager.death is None:
        half_begun = fake.ticketed.get(fake.wanted) not in (None, *fake.begun)
        begun_or_out = len(fake.begun) + len({*fake.tickets, *fake.returned} - {LEAVE, MARK}) + half_begun
        assert lane.given == begun_or_out, f"lane {fake.number}: {lane.given} given, {begun_or_out} begun or out"
        assert set(lane.issued) == out, f"lane {fake.number}: {set(lane.issued)} issued, but {out} are out"
        if lane.empty and lane.tickets is not Tickets.LENT:
            assert not set(fake.tickets) - {LEAVE, MARK}, f"lane {fake.number} has tickets and counts as empty"
    elif not fake.held and lane.retry_at is None:
        assert not set(fake.tickets) - {LEAVE, MARK}, "a worker can begin what is broken"


def a_frame_waits_in_the_order_of_the_pipe(manager: Manager, fake: FakeLane) -> None:
    """Queued frames are the last ones in the pipe."""
    queued, frames = manager.lanes[fake.number].queued, [item for item in fake.frames if item[0] != MARK]
    if queued and fake.state is not GONE:
        assert list(queued) == frames[-len(queued) :]


def nothing_waits_while_a_worker_is_idle(world: World) -> None:
    """No ticket lies behind a task that runs while another worker has nothing."""
    manager = world.manager
    idle = [
        lane for lane in manager.lanes.values()
        if lane.idle and lane.room(manager.settings) and world.lanes[lane.number].state is WAITING
    ]  # fmt: skip
    if not idle or manager.death is not None:
        return
    for number, lane in manager.lanes.items():
        fake = world.lanes.get(number)
        runs = fake is not None and fake.running is not None and not fake.held
        if fake is not None and runs and lane.retry_at is None and lane.outstanding > 1:
            assert not fake.tickets, (
                f"lane {idle[0].number} is idle, {list(fake.tickets)} wait behind a task in {number}"
            )


def the_order_is_kept(lane: FakeLane) -> None:
    """One worker begins tasks in the order of their submission."""
    assert lane.begun == sorted(lane.begun)


def all_is_over(world: World) -> None:
    """After the end: every future is done, its callbacks have run, no worker is left."""
    assert world.manager.finished
    assert not world.manager.lanes
    for task in world.tasks.values():
        assert task.end is not None, f"task {task.id} has no end"
        if task.called_back and task.end in ("value", "error", "broken"):
            assert task.callbacks_ran, f"the callback of task {task.id} never ran"


def lane_numbers(world: World, phase: Phase) -> list[WorkerNo]:
    """The machine's lanes in that phase."""
    return [number for number, lane in world.manager.lanes.items() if lane.phase is phase]
