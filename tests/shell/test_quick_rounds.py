"""The worker's written-out rounds make the accesses of its table, in the table's order, whatever comes of them.

Both kinds of worker run on the same script of tickets, frames and failures; every access to a channel, every call and
the exit code are compared.  An answer leaves whole before the call's objects are destroyed, these before the next
ticket is received.
"""

from __future__ import annotations

import inspect
import itertools
import signal
import textwrap
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._core.lane import LEAVE
from checkedpool._shell import worker as worker_module
from checkedpool._shell.frames import HEADER, Kind
from checkedpool._shell.worker import QuickWorker, Worker
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


class Held:
    """An object of a call."""

    def __init__(self, log: list[object], body: bytes) -> None:
        self.log, self.body = log, body

    def __del__(self) -> None:
        self.log.append(("destroyed", self.body))


class Recorder:
    """The worker's channels and its calls, as a script has them; the accesses in their order."""

    def __init__(self, script: Script) -> None:
        self.log: list[object] = []
        self.tickets, self.reads = deque(script.tickets), deque(script.reads)
        self.writes, self.halves = script.writes, script.halves
        self.held: list[object] = []

    def recv(self, count: int) -> bytes:
        taken = bytes((self.tickets.popleft(),)) if self.tickets else b""
        self.log.append(("ticket", count, taken))
        return taken

    def get(self, _: int) -> bytes:
        seqs = self.reads.popleft() if self.reads else ()
        self.log.append(("read", seqs))
        return b"".join(HEADER.pack(seq, Kind.CALL, 1) + bytes((seq,)) for seq in seqs)

    def put(self, parts: Any) -> int:
        data = b"".join(parts)
        self.log.append(("write", data))
        if not self.writes:
            raise BrokenPipeError
        if self.halves and len(data) > 1:
            return len(data) // 2
        self.writes -= 1
        return len(data)

    def call(self, body: bytes) -> tuple[Kind, bytes]:
        self.log.append(("call", body))
        self.held.append(Held(self.log, body))
        return Kind.PLAIN, body * 3


@contextmanager
def sigint_as_before() -> Iterator[None]:
    """A worker takes the handler of its process; this process is no worker's."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def run(kind: type[Worker], script: Script) -> tuple[list[object], int]:
    """The accesses, and the exit code."""
    with closing(LaneAndWorker()) as both, sigint_as_before():
        worker, recorder = kind(both.lane.worker_ends, (None, ())), Recorder(script)
        stand_in: Any = recorder
        worker.tickets, worker.get, worker.put = stand_in, recorder.get, recorder.put
        worker.held = recorder.held
        worker._do_call = recorder.call  # type: ignore[method-assign, assignment]
        code = worker.work()
    return recorder.log.copy(), code


def frames(seqs: list[int], cuts: list[int]) -> tuple[tuple[int, ...], ...]:
    """Frames in the order of their numbers, cut into reads; none of them is empty, for that is the end of file."""
    bounds = sorted({0, len(seqs), *(cut for cut in cuts if cut < len(seqs))})
    return tuple(tuple(seqs[a:b]) for a, b in itertools.pairwise(bounds))


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Frames, some of which have no ticket; an order to leave, or none; now and then a frame too few."""
    count = draw(st.integers(0, 6))
    sent = list(range(1, count + 1))
    ticketed = [seq for seq in sent if draw(st.integers(0, 3))]
    if draw(st.integers(0, 4)) == 0:
        ticketed.append(count + 1)
    if draw(st.booleans()):
        ticketed.append(LEAVE)
    reads = frames(sent, draw(st.lists(st.integers(0, 6), max_size=3)))
    return Script(tuple(ticketed), reads, draw(st.integers(0, 8)), draw(st.booleans()))


@given(script=scripts())
@settings(deadline=None, max_examples=150)
def test_the_written_out_rounds_make_the_accesses_of_the_table(script: Script) -> None:
    assert run(QuickWorker, script) == run(Worker, script)


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
]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_rounds_in_another_order_are_caught(mutant: str) -> None:
    source = textwrap.dedent(inspect.getsource(QuickWorker._rounds))
    for old, new in MUTANTS[mutant]:
        assert source.count(old) == 1, f"the rounds are worded differently now: {old!r}"
        source = source.replace(old, new)
    names: dict[str, Any] = {}
    exec(source, vars(worker_module), names)  # noqa: S102 - our own source, changed above
    wrong = type("Wrong", (QuickWorker,), {"_rounds": names["_rounds"]})

    def result(kind: type[Worker], script: Script) -> object:
        try:
            return run(kind, script)
        except Exception as error:  # noqa: BLE001 - a mutant may do anything
            return error

    assert any(result(wrong, script) != run(Worker, script) for script in TELLING)
