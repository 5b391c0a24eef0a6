"""The state of the protocol: every variable that an action reads or changes, and how it is changed.

Decides: what exists (clients, tasks, lanes, the inbox, the manager, budgets of the environment), in which domains.
Must not know: which action may happen when (``actions``), which bounds a run has (``scopes``), what must hold
(``properties``).

All records are tuples: equal states are one state, and a dictionary finds them. The words are IntEnums because those
hash as fast as the numbers that they are.
"""

from enum import Enum, IntEnum
from typing import NamedTuple

from checkedpool_spec.records import quickly_replaced
from checkedpool_spec.vocabulary import ShutdownLevel


class Mark(IntEnum):
    """What stands where otherwise a task's or a lane's number stands."""

    NOBODY = -1
    """No task, no lane: an index that points nowhere."""
    LEAVE = -2
    """In a ticket socket: not a task's ticket but the order to leave."""
    READY = -3
    """In an answer pipe: the worker has booted and takes tickets."""
    NOT_READY = -4
    """In an answer pipe: the worker's initializer failed."""
    TORN = -5
    """In an answer pipe: the beginning of an answer whose worker was killed while it wrote."""


class End(IntEnum):
    """How a future ended."""

    OPEN = 0
    SUCCEEDED = 1
    FAILED = 2
    CANCELLED = 3
    BROKEN = 4
    """The pool broke; it is not this task's doing (ran=False)."""
    BLAMED = 5
    """Its worker ended while running it: worker and task are named in the error (ran=True)."""
    TWICE = 6
    """Something ended it a second time. Must never happen."""
    STOPPED = 7
    """Its caller had it stopped while a worker ran it. For whoever waits it is cancelled."""


class Handed(IntEnum):
    """What became of the submit() that was to hand out the future."""

    NOT_YET = 0
    RETURNED = 1
    """The caller has the future: the task is accepted."""
    RAISED = 2
    """submit() refused: the task must never run."""
    LOST = 3
    """An exception from a signal handler interrupted the caller of submit()."""


class Job(IntEnum):
    """What a user-code thread is to do for a task, or is doing."""

    NOTHING = 0
    PICKLE = 1
    """Its arguments were kept: pickle them."""
    READ = 2
    """Its answer is there and has to be rebuilt by code of the user, then the future is completed."""
    CALL = 3
    """The future is done: run the callbacks."""


@quickly_replaced
class Task(NamedTuple):
    """One task, from its caller's hand to its future's end."""

    handed: Handed = Handed.NOT_YET
    end: End = End.OPEN
    notified: bool = False
    """Whoever waits for the future has been told of its end."""
    unclaimed: bool = False
    """It is in the shared table. Exactly one of manager and caller takes it out: that is the claim."""
    pending: bool = False
    """The manager has it on its list of tasks to deal."""
    begun: int = 0
    """How many workers have taken its ticket: for the properties only, no actor reads it."""
    answered: bool = False
    """Its worker has written a whole answer: for the properties only, no actor reads it."""
    job: Job = Job.NOTHING
    has_callback: bool = False
    """Its caller has added a callback. Never changes."""
    called: int = 0
    """How often the callback was called: for the properties only, no actor reads it."""


class Step(IntEnum):
    """Where a client is within its call. The first of a call's steps says which call it is."""

    SUBMITTING = 0
    GATED = 1
    """submit() saw the pool open."""
    POSTED = 2
    """submit() made the task claimable and put it in the inbox, and has not looked at the gate again."""
    CANCELLING = 3
    FOUND = 4
    """cancel() has read on which lane the task is, and has not locked that lane yet."""
    CLOSING = 5
    CLOSED = 6
    """The pool is closed for submissions; the manager has not been told."""
    WAKING = 7
    """All is in the inbox; whether the manager sleeps has not been looked at."""
    WAITING = 8
    """shutdown(wait=True), or the interpreter's exit, waits for the manager's end."""
    FINISHED = 9
    BEGUN = 10
    """A call that stops a task has found that a worker has begun it."""
    ASKED = 11
    """The manager has been asked to stop the task; its future has not been ended by this call."""
    RESIZING = 12


@quickly_replaced
class Client(NamedTuple):
    """One thread that calls the executor."""

    call: int
    """Which call of its script it is in."""
    step: Step
    lane: int = Mark.NOBODY
    """What cancel() has read: the lane of its task."""


class Slot(IntEnum):
    """A lane as the manager sees it."""

    EMPTY = 0
    STARTING = 1
    """The start thread is at it."""
    UP = 2
    """The process exists."""
    READY = 3
    """The manager has read that the worker takes tickets."""


class Worker(IntEnum):
    """The worker process as it is."""

    NONE = 0
    BOOTING = 1
    WAITING = 2
    """It waits for a ticket."""
    RUNNING = 3
    LEAVING = 4
    """It has taken the order to leave and runs its exit handlers."""
    STALLED = 5
    """Its exit handlers do not come to an end by themselves."""
    ENDED = 6
    """It has left or died: the operating system says so to whoever asks, and no difference is made."""
    STUCK = 7
    """There is no process: the start does not come to an end."""


class Signal(IntEnum):
    """What the manager has sent to the process."""

    NONE = 0
    IGNORED = 1
    """SIGTERM, and the process does not mind: the limit for obeying it passes."""
    OBEYED = 2
    """SIGTERM or SIGKILL, and the process has ended."""


class Full(IntEnum):
    """Why a worker is to begin no further task."""

    NO = 0
    """It may."""
    MEMORY = 1
    """Its last answer says that its memory is over the limit."""
    DISMISSED = 2
    """The manager has chosen it when the pool had one worker too many."""


@quickly_replaced
class Lane(NamedTuple):
    """All that belongs to one worker. A lane that was reaped becomes the empty one again."""

    slot: Slot = Slot.EMPTY
    worker: Worker = Worker.NONE
    running: int = Mark.NOBODY
    """The task that the worker has begun and not answered, or had when it died."""
    tickets: tuple[int, ...] = ()
    """The ticket socket: what the manager issued and nobody has received."""
    returned: tuple[int, ...] = ()
    """The return buffer: what a canceller revoked, out of the socket, and the manager has not seen yet."""
    answers: tuple[int, ...] = ()
    """The answer pipe."""
    book: tuple[int, ...] = ()
    """The manager's book: issued here, and neither answered nor returned as far as the manager knows."""
    leave: bool = False
    """The manager has issued the order to leave."""
    dealt: int = 0
    """Tickets that count towards the task limit. Not counted where there is no limit."""
    stop: int = Mark.NOBODY
    """The task in the book that the manager was asked to stop; of several the last."""
    signal: Signal = Signal.NONE
    held: bool = False
    """A process that a task left behind holds the worker's ends of the pipes open: no end of file tells of its end."""
    stolen: bool = False
    """Somebody else has taken the exit status."""
    full: Full = Full.NO
    """Whether it has had enough, beside the task limit."""


class Note(IntEnum):
    """What can stand in the inbox."""

    POSTED = 0
    """A task. The number is the task's."""
    REQUESTED = 1
    """The wish that the pool ends. The number is the ShutdownLevel."""
    LOOK = 2
    """A canceller is at the lane's tickets. The number is the lane's."""
    STARTED = 3
    """The start thread has a process. The number is the lane's."""
    NOT_STARTED = 4
    """The start failed. The number is the lane's."""
    DONE = 5
    """A user-code thread has done a job. The number is the task's."""
    STOP = 6
    """Somebody wants a begun task stopped. The number is the task's."""
    RESIZED = 7
    """Another number of workers is wanted. The number is that."""


class Message(NamedTuple):
    """One entry of the inbox."""

    note: Note
    number: int


class Manager(IntEnum):
    """The manager's phase."""

    AWAKE = 0
    ANNOUNCED = 1
    """It has put up the flag and has not looked at the inbox again."""
    ASLEEP = 2
    """It waits for the wake-up, an answer, a death or a limit."""
    ENDED = 3
    DEAD = 4
    """The whole parent process is gone, with its threads."""


@quickly_replaced
class Budget(NamedTuple):
    """How often the environment may still do it."""

    crashes: int = 0
    """Deaths of a worker, at any moment."""
    start_failures: int = 0
    """Processes that cannot be started."""
    boot_failures: int = 0
    """Initializers that raise."""
    stalls: int = 0
    """Exit handlers that do not come to an end."""
    deaf: int = 0
    """Processes that ignore SIGTERM."""
    interrupts: int = 0
    """Exceptions that a signal handler throws into a client's call."""
    tears: int = 0
    """Deaths of a worker in the middle of writing its answer."""
    grandchildren: int = 0
    """Processes that a task leaves behind."""
    thefts: int = 0
    """Exit statuses that somebody else takes."""
    hangs: int = 0
    """Starts that hang."""
    parents: int = 0
    """Deaths of the parent."""
    fills: int = 0
    """Answers of workers whose memory is over max_memory_per_child."""
    idles: int = 0
    """Times that a worker has been idle for longer than idle_timeout."""


@quickly_replaced
class State(NamedTuple):
    """Everything."""

    clients: tuple[Client, ...]
    tasks: tuple[Task, ...]
    lanes: tuple[Lane, ...]
    budget: Budget
    inbox: tuple[Message, ...] = ()
    """What others tell the manager, first in, first out."""
    manager: Manager = Manager.AWAKE
    asleep: bool = False
    """The flag that read those who would wake it. Only the manager changes it."""
    wakeup: bool = False
    """There is a byte in the wake-up pipe."""
    closed: bool = False
    """The gate, as clients read it. Only ever up."""
    broken: bool = False
    """Set by the manager, read by clients. Only ever up."""
    asked: ShutdownLevel = ShutdownLevel.OPEN
    """The strongest level that was put in the inbox so far: for the properties only, no actor reads it."""
    level: ShutdownLevel = ShutdownLevel.OPEN
    """The strongest level that the manager knows of."""
    failures: int = 0
    """Starts in a row that came to nothing."""
    deaths: int = 0
    """Deaths in a row without a task answered between them. Not counted where there is no limit."""
    jobs: tuple[int, ...] = ()
    """The tasks for which the user-code threads have something to do, in order."""
    threads: tuple[int, ...] = ()
    """For each user-code thread the task that it is at, or NOBODY."""
    owed: int = 0
    """Jobs that the manager has given and not heard to be done."""
    size: int = 1
    """max_workers, as far as the manager knows: a client may change it."""


# --- how a state is changed -------------------------------------------------------------------------------------------


def with_client(s: State, c: int, client: Client) -> State:
    """The state with another client c."""
    return s._replace(clients=(*s.clients[:c], client, *s.clients[c + 1 :]))


def with_task(s: State, t: int, task: Task) -> State:
    """The state with another task t."""
    return s._replace(tasks=(*s.tasks[:t], task, *s.tasks[t + 1 :]))


def with_lane(s: State, lane_no: int, lane: Lane) -> State:
    """The state with another lane."""
    return s._replace(lanes=(*s.lanes[:lane_no], lane, *s.lanes[lane_no + 1 :]))


def spent(s: State, field: str) -> State:
    """The state after the environment did something that it may do so often and no more."""
    return s._replace(budget=s.budget._replace(**{field: getattr(s.budget, field) - 1}))


def ended(task: Task, end: End) -> Task:
    """The task whose future was given this end and its waiters notified, in one step under the future's lock.

    Where its caller has had it stopped, whoever comes later changes nothing.
    """
    if task.end == End.STOPPED:
        return task
    return task._replace(end=end if task.end == End.OPEN else End.TWICE, notified=True)


def with_thread(s: State, number: int, t: int) -> State:
    """The state with user-code thread ``number`` at task t."""
    return s._replace(threads=(*s.threads[:number], t, *s.threads[number + 1 :]))


def given(s: State, t: int, job: Job) -> State:
    """The state after the manager gave the user-code threads a job."""
    s = with_task(s, t, s.tasks[t]._replace(job=job))
    return s._replace(jobs=(*s.jobs, t), owed=s.owed + 1)


def settled(s: State, t: int, end: End) -> State:
    """The state after the manager ended a future: it runs no callback itself."""
    was_open = s.tasks[t].end == End.OPEN
    s = with_task(s, t, ended(s.tasks[t], end))
    return given(s, t, Job.CALL) if was_open and s.tasks[t].has_callback else s


def called(s: State, t: int) -> State:
    """The state after somebody has run what callbacks there are.

    What is to be pickled is forgotten by the manager; what is to be rebuilt is found ended by who does it.
    """
    task = s.tasks[t]
    job = task.job if task.job in (Job.PICKLE, Job.READ) else Job.NOTHING
    return with_task(s, t, task._replace(called=task.called + task.has_callback, job=job))


def posted(s: State, note: Note, number: int) -> State:
    """The state with one more message in the inbox."""
    return s._replace(inbox=(*s.inbox, Message(note, number)))


def woken(s: State) -> State:
    """The state after somebody who has put something in the inbox looked whether the manager sleeps."""
    return s._replace(wakeup=True) if s.asleep and not s.wakeup else s


def pending_again(s: State, tickets: tuple[int, ...]) -> State:
    """The state after the manager took these tickets into its hands: what nobody cancelled meanwhile is dealt anew."""
    tasks = list(s.tasks)
    for t in tickets:
        if t >= 0 and tasks[t].end == End.OPEN:
            tasks[t] = tasks[t]._replace(pending=True, unclaimed=True)
    return s._replace(tasks=tuple(tasks))


# --- what can be read off a state -------------------------------------------------------------------------------------


def alive(lane: Lane) -> bool:
    """Whether there is a process that can still do something."""
    return Worker.BOOTING <= lane.worker <= Worker.STALLED


def is_full(lane: Lane) -> bool:
    """Whether its worker is to leave: it has said that it is full, or was dismissed, and all its answers were heard."""
    return bool(lane.full) and not lane.book


def gone(lane: Lane) -> bool:
    """Whether the process has ended and waits to be reaped."""
    return lane.worker == Worker.ENDED


def without(tickets: tuple[int, ...], taken: tuple[int, ...]) -> tuple[int, ...]:
    """The tickets that are not among the taken ones."""
    return tuple(t for t in tickets if t not in taken)


def pending_tasks(s: State) -> tuple[int, ...]:
    """What the manager has to deal, in the order in which it deals."""
    return tuple(t for t, task in enumerate(s.tasks) if task.pending)


def unfinished(s: State) -> int:
    """How many tasks the manager knows that have no end, as far as it knows."""
    return sum(task.pending or task.job == Job.PICKLE for task in s.tasks) + sum(len(lane.book) for lane in s.lanes)


def wanted(s: State) -> int:
    """How many of them a worker is to run: not what is to be stopped, and none in the book of a worker that it ends."""
    in_books = [len(lane.book) - (lane.stop != Mark.NOBODY) for lane in s.lanes if lane.signal == Signal.NONE]
    return sum(task.pending or task.job == Job.PICKLE for task in s.tasks) + sum(in_books)


def goes_on(lane: Lane) -> bool:
    """Whether its worker can still run a task, now or when it has started."""
    return lane.slot != Slot.EMPTY and not lane.leave and lane.signal == Signal.NONE and not gone(lane)


def stays(lane: Lane) -> bool:
    """Whether its worker is to stay, as far as the manager has decided: it is there or comes, and nobody lets it go."""
    there = lane.slot != Slot.EMPTY and not lane.leave and lane.signal == Signal.NONE
    return there and lane.full != Full.DISMISSED


def remains(lane: Lane) -> bool:
    """Whether its worker stays, and has not ended by itself."""
    return stays(lane) and not gone(lane)


def runs_what_is_to_stop(lane: Lane) -> bool:
    """Whether what its worker runs, or has just answered, is to be stopped: the last of its book, if no ticket is out.

    A worker takes its tickets in the order of the book, so what stands before the last one it has answered.
    """
    if not lane.book or lane.returned or any(t >= 0 for t in lane.tickets):
        return False
    return lane.book[-1] == lane.stop


def lane_of(s: State, t: int) -> int:
    """The lane to which the task is booked, or NOBODY."""
    return next((number for number, lane in enumerate(s.lanes) if t in lane.book), Mark.NOBODY)


class FutureState(Enum):
    """What a caller can see of one future. The last four are ends: a future reaches exactly one, once."""

    PENDING = "pending"
    """Accepted; no worker has begun it."""
    RUNNING = "running"
    """A worker has begun it."""
    SUCCEEDED = "succeeded"
    """It has the value that the task returned."""
    FAILED = "failed"
    """It has an exception: the task's own, or that of a value which could not be pickled or rebuilt."""
    CANCELLED = "cancelled"
    """It was cancelled before it began, or stopped, and whoever waits for it has been notified."""
    BROKEN = "broken"
    """It has a BrokenProcessPool: its worker died, or the pool broke."""


def seen(s: State, t: int) -> FutureState:
    """What a caller who holds the future sees of it: the words of the contract for this state."""
    match s.tasks[t].end:
        case End.SUCCEEDED:
            return FutureState.SUCCEEDED
        case End.FAILED:
            return FutureState.FAILED
        case End.CANCELLED | End.STOPPED:
            return FutureState.CANCELLED
        case End.BROKEN | End.BLAMED | End.TWICE:
            return FutureState.BROKEN
        case End.OPEN:
            return FutureState.RUNNING if s.tasks[t].begun else FutureState.PENDING
