"""The worker's written-out rounds make the accesses of its table, in the table's order, whatever comes of them.

Both kinds of worker run on the same script of tickets, frames and failures; every access to a channel, every call and
the exit code are compared, and at each of them the state: where the machine is, its ticket, the frames that wait.  The
numbers of frames come round, as in a pool.  An answer leaves whole before the call's objects are destroyed, and these
are before the next ticket is received.

Traced, both have the same points at the same places between these accesses; and the trace changes none of them.  What
is inside a call, and inside the letting go of its objects, is compared by itself: what a SIGINT reaches, what is held.
"""

from __future__ import annotations

import inspect
import itertools
import pickle
import signal
import textwrap
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, ClassVar, NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._core.tables import LEAVE, MARK, Came, Do, IllegalStep, WorkerMachine
from checkedpool._core.worker_record import LAST_SEQ
from checkedpool._fast import worker_rounds
from checkedpool._fast.payload import SMALL
from checkedpool._fast.worker_rounds import QuickWorker
from checkedpool._payload import pickling
from checkedpool._payload.pickling import HEADER, Kind
from checkedpool._trace.traced_worker import TracedMachine
from checkedpool._worker.worker import Worker
from tests.shell.lanes import LaneAndWorker


class Script(NamedTuple):
    """What the worker meets."""

    tickets: tuple[int, ...]
    """In their order; then the end of file."""
    reads: tuple[tuple[int, ...], ...]
    """The numbers of the frames that each read of the call pipe gives; then the end of file."""
    writes: int
    """Answers that can be written; the next one finds the pipe closed."""
    halves: bool
    """Each write takes half of what it is given, and at least one byte."""
    forks: int = -1
    """In this call, counted from 0, a child is forked and comes back from it: there the worker is another process's."""
    forks_late: int = -1
    """The same when an object of this call is destroyed."""


class Held:
    """An object of a call."""

    def __init__(self, recorder: Recorder, body: bytes) -> None:
        self.recorder, self.body, self.call = recorder, body, recorder.calls

    def __del__(self) -> None:
        self.recorder.note("destroyed", self.body)
        if self.call == self.recorder.forks_late:
            self.recorder.worker.does.clear()


class Recorder:
    """The worker's channels and its calls, as a script has them; the accesses in their order."""

    def __init__(self, script: Script) -> None:
        self.log: list[object] = []
        self.tickets, self.reads = deque(script.tickets), deque(script.reads)
        self.writes, self.halves = script.writes, script.halves
        self.held: list[object] = []
        self.calls, self.forks, self.forks_late = 0, script.forks, script.forks_late
        self.worker: Worker

    def note(self, *access: object) -> None:
        """An access, and the worker's state at that moment."""
        self.log.append((*access, self.worker.machine.key(), [frame[0] for frame in self.worker.frames]))

    def point(self, over: Do, came: Came, begins: Do) -> None:
        """A step of a traced machine."""
        self.note("point", over, came, begins)

    def recv(self, count: int) -> bytes:
        taken = bytes((self.tickets.popleft(),)) if self.tickets else b""
        self.note("ticket", count, taken)
        return taken

    def get(self, _: int) -> bytes:
        seqs = self.reads.popleft() if self.reads else ()
        self.note("read", seqs)
        return b"".join(HEADER.pack(seq, Kind.CALL, 1) + bytes((seq,)) for seq in seqs)

    def put(self, parts: Any) -> int:
        data = b"".join(parts)
        self.note("write", data)
        if not self.writes:
            raise BrokenPipeError
        if self.halves and len(data) > 1:
            return len(data) // 2
        self.writes -= 1
        return len(data)

    def call(self, body: bytes) -> tuple[Kind, bytes]:
        self.note("call", body)
        self.held.append(Held(self, body))
        if self.calls == self.forks:
            self.worker.does.clear()
        self.calls += 1
        return Kind.PLAIN, body * (3 if self.calls % 2 else SMALL)


@contextmanager
def sigint_as_before() -> Iterator[None]:
    """A worker takes the handler of its process; this process is no worker's."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def run(kind: type[Worker], script: Script, *, traced: bool = False) -> tuple[list[object], int]:
    """The accesses, what is left, and the exit code; ``traced``: the points, too."""
    with closing(LaneAndWorker()) as both, sigint_as_before():
        worker, recorder = kind(both.lane.worker_ends, (None, ())), Recorder(script)
        stand_in: Any = recorder
        worker.tickets, worker.get, worker.put = stand_in, recorder.get, recorder.put
        worker.held = recorder.held
        worker._do_call = recorder.call  # type: ignore[method-assign]
        recorder.worker = worker
        if traced:
            worker.machine = TracedMachine(recorder.point)
        code = worker.work()
        recorder.note("end")
        return recorder.log.copy(), code


def frames(seqs: list[int], cuts: list[int]) -> tuple[tuple[int, ...], ...]:
    """Frames in the order of their numbers, cut into reads; none of them is empty, for that is the end of file."""
    bounds = sorted({0, len(seqs), *(cut for cut in cuts if cut < len(seqs))})
    return tuple(tuple(seqs[a:b]) for a, b in itertools.pairwise(bounds))


def numbered(first: int, count: int) -> list[int]:
    """Numbers of frames, from the first on, and around."""
    return [(first + place - 1) % LAST_SEQ + 1 for place in range(count)]


FIRSTS = st.integers(LAST_SEQ - 5, LAST_SEQ) | st.integers(1, LAST_SEQ)
"""The first frame's number: half of the time one from which few frames come round."""


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Frames, some without a ticket, one perhaps marked; an order to leave, or none; now and then a frame too few."""
    *sent, missing = numbered(draw(FIRSTS), draw(st.integers(0, 6)) + 1)
    if sent and draw(st.integers(0, 3)) == 0:
        sent[draw(st.integers(0, len(sent) - 1))] = MARK
    ticketed = [seq for seq in sent if draw(st.integers(0, 3))]
    if draw(st.integers(0, 4)) == 0:
        ticketed.append(missing)
    if draw(st.booleans()):
        ticketed.append(LEAVE)
    reads = frames(sent, draw(st.lists(st.integers(0, 6), max_size=3)))
    forks = (draw(st.integers(-4, 5)), draw(st.integers(-4, 5)))
    return Script(tuple(ticketed), reads, draw(st.integers(0, 8)), draw(st.booleans()), *forks)


@given(script=scripts())
@settings(deadline=None, max_examples=150)
def test_the_written_out_rounds_make_the_accesses_of_the_table(script: Script) -> None:
    assert run(QuickWorker, script) == run(Worker, script)


@given(script=scripts())
@settings(deadline=None, max_examples=150)
def test_traced_both_have_the_same_points_and_the_points_change_nothing(script: Script) -> None:
    log, code = run(QuickWorker, script, traced=True)
    assert (log, code) == run(Worker, script, traced=True)
    assert ([access for access in log if not is_point(access)], code) == run(QuickWorker, script)


def is_point(access: object) -> bool:
    return isinstance(access, tuple) and access[0] == "point"


def test_a_traced_worker_does_not_make_a_step_that_the_table_does_not_have() -> None:
    machine = TracedMachine(lambda *_: None)
    with pytest.raises(IllegalStep):
        machine.at = Do.TAKE_TICKET
    assert machine.at is Do.INITIALIZE
    machine.at = Do.SAY_READY
    with pytest.raises(IllegalStep):
        machine.step(Came.MATCH)


@pytest.mark.parametrize("kind", [Worker, QuickWorker])
def test_a_worker_that_is_not_traced_has_the_machine_itself(kind: type[Worker]) -> None:
    with closing(LaneAndWorker()) as both, sigint_as_before():
        assert type(kind(both.lane.worker_ends, (None, ())).machine) is WorkerMachine


USUAL = Script((1, 3, 4, LEAVE), ((1, 2, 3), (4,)), 9, halves=False)


@pytest.mark.parametrize("kind", [Worker, QuickWorker])
def test_a_round_is_a_ticket_its_frame_the_call_and_the_whole_answer(kind: type[Worker]) -> None:
    log, code = run(kind, USUAL._replace(halves=True))
    kinds = [entry[0] for entry in log if isinstance(entry, tuple)]
    assert code == 0
    assert [what for what in kinds if what != "read"].count("call") == 3
    for at, what in enumerate(kinds):
        if what == "ticket" and "call" in kinds[:at]:
            assert kinds[at - 2 : at] == ["write", "destroyed"]
        if what == "call":
            assert kinds[at - 1] in ("ticket", "read")


MUTANTS = {
    "the answer leaves after the next ticket": [
        ("taken = take(1)", "taken = take(1)\n        write(*late) if late else None"),
        ("while True:\n        if held", "late = ()\n    while True:\n        if held"),
        ("if write(kind, answer) is lost:", "late = kind, answer\n        if False:"),
    ],
    "a call's objects are destroyed before its answer leaves": [("machine.at = answering", "self._let_go()")],
    "a call's objects are kept until the next ticket has come": [
        ("if held:", "if False:"), ("del frame", "self._let_go()")
    ],
    "a frame without a ticket is run": [("if frame[0] == ticket:", "if True:")],
    "a stale frame with a higher number is run": [("if frame[0] == ticket:", "if frame[0] >= ticket:")],
    "where it is, is not said before it reads": [("machine.at = reading", "pass")],
    "a frame that is skipped is no step": [
        ("        while True:\n            machine.at = reading", "        machine.at = reading\n        while True:")
    ],
    "the ticket is not the machine's": [("ticket = machine.ticket = taken[0]", "ticket = taken[0]")],
    "a child that comes back from the task answers": [("if not does:  # a child that the task", "if False:  #")],
    "a child that comes back from a finalizer goes on": [("if not does:\n    ", "if False:\n    ")],
    "the order to leave is a ticket": [("if not taken or taken[0] == LEAVE:", "if not taken:")],
    "a lost answer is overlooked": [("if write(kind, answer) is lost:", "if write(kind, answer) is None:")],
    "a frame that never comes is an order to leave": [
        ("if frame is None:\n                return lost", "if frame is None:\n                return Came.LEAVE")
    ],
    "the last frame is read first": [("frame = frames.popleft() if frames", "frame = frames.pop() if frames")],
    "tickets are taken by twos": [("taken = take(1)", "taken = take(2)")],
}  # fmt: skip
TELLING = [
    USUAL,
    Script((1, 2, 3, LEAVE), ((1, 2, 3),), 9, halves=False),
    Script((1,), (), 9, halves=False),
    Script((1, 2), ((1, 2),), 1, halves=False),
    Script((1, LEAVE), ((1,),), 0, halves=False),
    Script((1, LEAVE), ((LAST_SEQ, 1),), 9, halves=False),
    Script((1, LEAVE), ((1,),), 9, halves=False, forks=0),
    Script((1, LEAVE), ((1,),), 9, halves=False, forks_late=0),
]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_rounds_in_another_order_are_caught(mutant: str) -> None:
    source = textwrap.dedent(inspect.getsource(QuickWorker._rounds))
    for old, new in MUTANTS[mutant]:
        assert source.count(old) == 1, f"the rounds are worded differently now: {old!r}"
        source = source.replace(old, new)
    names: dict[str, Any] = {}
    exec(source, vars(worker_rounds), names)  # noqa: S102 - our own source, changed above
    wrong = type("Wrong", (QuickWorker,), {"_rounds": names["_rounds"]})

    def result(kind: type[Worker], script: Script, *, traced: bool) -> object:
        try:
            return run(kind, script, traced=traced)
        except Exception as error:  # noqa: BLE001 - a mutant may do anything
            return error

    assert any(
        result(wrong, script, traced=traced) != run(Worker, script, traced=traced)
        for script in TELLING
        for traced in (False, True)
    )


# --- user code --------------------------------------------------------------------------------------------------------


class Heard:
    """Notes whether a SIGINT would reach it when it is made, called and destroyed."""

    worker: Worker
    log: ClassVar[list[object]] = []

    def __init__(self, error: type[BaseException] | None = None) -> None:
        self.error = error
        self.note("made")

    def note(self, what: str) -> None:
        Heard.log.append((what, Heard.worker.interrupts.open, len(Heard.worker.held)))

    def __call__(self) -> Heard:
        self.note("called")
        if self.error is not None:
            raise self.error
        return Heard()

    def __reduce__(self) -> tuple[type[Heard], tuple[type[BaseException] | None]]:
        self.note("pickled")
        return Heard, (self.error,)

    def __del__(self) -> None:
        self.note("destroyed")


class CutShort(list[object]):
    """What is held; to let go of it is interrupted before it begins, and once more when it is done."""

    def __init__(self) -> None:
        super().__init__()
        self.cuts = 2

    def clear(self) -> None:
        self.cuts -= 1
        if self.cuts:
            raise KeyboardInterrupt
        super().clear()
        raise KeyboardInterrupt


def call(kind: type[Worker], error: type[BaseException] | None) -> list[object]:
    """What happens in a call and when its objects are let go of."""
    with closing(LaneAndWorker()) as both, sigint_as_before():
        Heard.worker = worker = kind(both.lane.worker_ends, (None, ()))
        worker.held = CutShort()
        body = pickle.dumps((Heard(error), (), {}))
        log = Heard.log = list[object]()
        answer: Any
        answered, answer = worker._do_call(body)
        log += answered, [type(one).__name__ for one in worker.held], worker.interrupts.open
        if error is not None:
            log.append(type(pickling.load_error(answer)))
        worker._let_go()
        log += len(worker.held), worker.interrupts.open
        seen = log.copy()
        list.clear(worker.held)  # what a mutant has left, while there is a worker to ask
        return seen


ERRORS = [None, ValueError, KeyboardInterrupt, SystemExit]


@pytest.mark.parametrize("error", ERRORS)
def test_a_call_is_run_and_let_go_of_alike(error: type[BaseException] | None) -> None:
    log = call(QuickWorker, error)
    assert log == call(Worker, error)
    assert ("called", True, 1) in log
    assert ("destroyed", True, 0) in log
    assert log[-2:] == [0, False]


IN_USER_CODE = {
    "no SIGINT reaches a call": ("_do_call", "interrupts.open = True", "pass"),
    "a SIGINT reaches what comes after a call": ("_do_call", "interrupts.open = False", "pass"),
    "an error is not held": (
        "_do_call",
        "answer_of_error(error, self.held, self.codec.dump)",
        "answer_of_error(error, list(self.held), self.codec.dump)",
    ),
    "no SIGINT reaches a finalizer": ("_let_go", "interrupts.open = True", "pass"),
    "a SIGINT reaches what comes after a finalizer": ("_let_go", "interrupts.open = False", "pass"),
    "an interruption leaves objects": ("_let_go", "while held:", "if held:"),
}


@pytest.mark.parametrize("mutant", IN_USER_CODE)
def test_user_code_that_is_run_otherwise_is_caught(mutant: str) -> None:
    name, old, new = IN_USER_CODE[mutant]
    source = textwrap.dedent(inspect.getsource(getattr(QuickWorker, name)))
    assert source.count(old) == 1, f"{name} is worded differently now: {old!r}"
    names: dict[str, Any] = {}
    exec(source.replace(old, new), vars(worker_rounds), names)  # noqa: S102 - our own source, changed above
    wrong = type("Wrong", (QuickWorker,), {name: names[name]})
    assert any(call(wrong, error) != call(Worker, error) for error in ERRORS)


@pytest.mark.parametrize("length", [SMALL - 1, SMALL])
def test_what_is_short_is_copied_behind_its_header_and_what_is_long_is_not(length: int) -> None:
    worker, body, written = QuickWorker.__new__(QuickWorker), b"1" * length, list[bytes]()
    worker.machine = WorkerMachine()

    def put(parts: Sequence[bytes | memoryview]) -> int:
        written.extend(map(bytes, parts))
        return sum(map(len, parts))

    worker.put = put
    worker._write(Kind.VALUE, body)
    assert b"".join(written) == HEADER.pack(0, Kind.VALUE, length) + body
    assert len(written) == (1 if length < SMALL else 2)
