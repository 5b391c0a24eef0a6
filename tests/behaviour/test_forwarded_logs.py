"""Log records of workers, handled here: each before its task's future ends, and none holds up a worker."""

from __future__ import annotations

import itertools
import logging
import os
import pickle
import threading
from concurrent.futures.process import BrokenProcessPool
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._given import log_forwarding, log_records
from checkedpool._given.log_forwarding import LogThread
from checkedpool._given.log_records import Forwarder
from checkedpool._os import system
from checkedpool_model.traces.verdict import Verdict, judge
from tests.behaviour import tasks
from tests.behaviour.gates import Aside, Gate
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.behaviour.conftest import Pools
    from tests.behaviour.gates import Door

pytestmark = ours_only("new: the standard executor forwards no log")
once = methods("fork")
WORKERS_LOG = logging.getLogger("tests.of_a_worker")
COUNT = itertools.count()


class Seen(logging.Handler):
    """Keeps what it handles, and stops at a gate if it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def handle(self, record: logging.LogRecord) -> bool:
        self.may_go_on.wait(LIMIT)
        self.records.append(record)
        return True

    @property
    def texts(self) -> list[str]:
        return [record.getMessage() for record in self.records]


@pytest.fixture
def seen() -> Iterator[Seen]:
    """On the root logger, from INFO on."""
    root, handler = logging.getLogger(), Seen()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    handler.may_go_on.set()
    root.removeHandler(handler)
    root.setLevel(level)


def say(*words: object, level: int = logging.INFO) -> int:
    WORKERS_LOG.log(level, "%s and %s", *words, extra={"nth": next(COUNT)})
    return os.getpid()


def say_why() -> None:
    try:
        tasks.raise_it(LookupError("the reason"))
    except LookupError:
        WORKERS_LOG.exception("it failed", extra={"cannot": threading.Lock(), "number": 7})


def say_much() -> None:
    WORKERS_LOG.warning("x" * 300_000)


def count_up(door: Door) -> None:
    for number in itertools.count():
        WORKERS_LOG.info("%d", number)
        if number == 10:
            door.arrive()


def say_in_a_child() -> int:
    pid = os.fork()
    if not pid:
        WORKERS_LOG.warning("from a child")
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def level_and_handlers() -> tuple[int, list[str]]:
    root = logging.getLogger()
    return root.level, [type(handler).__name__ for handler in root.handlers]


def test_each_record_is_handled_before_its_future_ends(pools: Pools, seen: Seen) -> None:
    """C-144, C-145: with the worker's number, and its task."""
    pool = pools.make(forward_logging=True, initializer=say, initargs=("the", "beginning"))
    for number in range(20):
        worker = pool.submit(say, "task", number).result(LIMIT)
        record = seen.records[-1]
        assert record.getMessage() == f"task and {number}"
        assert (record.name, record.process, getattr(record, "task", "")) == (WORKERS_LOG.name, worker, TASK)
    assert seen.texts[0] == "the and beginning"
    assert vars(seen.records[0])["task"] is None
    assert pool.submit(level_and_handlers).result(LIMIT) == (logging.INFO, ["Forwarder"])


TASK = "tests.behaviour.test_forwarded_logs.say"


@once
def test_many_of_several_workers_are_in_each_ones_order(pools: Pools, seen: Seen) -> None:
    """C-145: a chunk names its function, and errors come behind their records, too."""
    pool = pools.make(max_workers=2, forward_logging=True)
    words = [("number", number) for number in range(200)]
    list(pool.map(say, *zip(*words, strict=True), chunksize=5))
    assert len(seen.records) == 200
    assert {vars(record)["task"] for record in seen.records} == {TASK}
    by_worker: dict[Any, list[int]] = {}
    for record in seen.records:
        by_worker.setdefault(record.process, []).append(vars(record)["nth"])
    assert all(numbers == sorted(numbers) for numbers in by_worker.values())


@once
def test_a_traceback_and_what_cannot_be_pickled_arrive_as_text(pools: Pools, seen: Seen) -> None:
    """C-144, C-146."""
    pool = pools.make(forward_logging=True)
    pool.submit(say_why).result(LIMIT)
    pool.submit(say_much).result(LIMIT)
    failed, long = seen.records
    assert "LookupError: the reason" in str(failed.exc_text)
    assert failed.exc_info is None
    assert vars(failed)["number"] == 7
    assert "lock" in vars(failed)["cannot"]
    assert long.getMessage() == "x" * log_records.CUT


@once
def test_a_name_and_a_level_choose(pools: Pools, seen: Seen) -> None:
    """C-144: the level is looked at in the worker."""
    mine = logging.getLogger("tests.of_the_parent")
    mine.setLevel(logging.WARNING)
    by_name, by_level = pools.make(forward_logging=mine.name), pools.make(forward_logging=logging.DEBUG)
    by_name.submit(say, "no", "one").result(LIMIT)
    by_name.submit(say, "some", "one", level=logging.WARNING).result(LIMIT)
    assert seen.texts == ["some and one"]
    by_level.submit(say, "not", "here", level=logging.DEBUG).result(LIMIT)
    by_level.submit(say, "but", "here").result(LIMIT)
    assert seen.texts == ["some and one", "but and here"]
    assert [pool.submit(level_and_handlers).result(LIMIT)[0] for pool in (by_name, by_level)] == [30, 10]


@methods("fork", "forkserver")
def test_a_death_in_the_middle_leaves_whole_records(pools: Pools, seen: Seen, gate: Gate) -> None:
    """C-145, C-146: all that was sent, in its order, up to some record."""
    pool = pools.make(forward_logging=True)
    future = pool.submit(count_up, gate.door)
    gate.wait_for_arrival()
    pool.kill_workers()
    assert isinstance(future.exception(LIMIT), BrokenProcessPool)
    pool.shutdown()
    numbers = [int(text) for text in seen.texts if text.isdigit()]
    assert numbers == [*range(len(numbers))]
    assert len(numbers) > 10


@once
def test_a_handler_that_takes_long_holds_up_its_future_and_no_worker(pools: Pools, seen: Seen) -> None:
    """C-145."""
    pool = pools.make(forward_logging=True)
    pool.submit(tasks.double, 1).result(LIMIT)
    seen.may_go_on.clear()
    first, second = pool.submit(say, "the", "first"), pool.submit(say, "the", "second")
    assert not ends_soon(first)
    seen.may_go_on.set()
    assert first.result(LIMIT) == second.result(LIMIT)
    assert seen.texts == ["the and first", "the and second"]


def ends_soon(future: Any) -> bool:
    """Whether it ends within a moment."""
    try:
        future.result(0.2)
    except TimeoutError:
        return False
    return True


@once
def test_a_handler_may_raise_and_shut_the_pool_down(pools: Pools, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-145: it is called in a thread of the pool."""
    pool = pools.make(forward_logging=True)

    def shut_down(record: logging.LogRecord) -> bool:
        seen.records.append(record)
        if record.name == WORKERS_LOG.name:
            pool.shutdown(wait=True)
            raise LookupError
        return True

    monkeypatch.setattr(seen, "handle", shut_down)
    assert pool.submit(say, "to", "end").result(LIMIT)
    Aside(pool.shutdown).result()
    assert seen.texts == ["to and end", "exception in a handler of a worker's log record"]


@once
def test_a_child_of_a_task_forwards_nothing(pools: Pools, seen: Seen) -> None:
    """C-146."""
    pool = pools.make(forward_logging=True)
    assert pool.submit(say_in_a_child).result(LIMIT) == 0
    pool.submit(say, "from", "the worker").result(LIMIT)
    assert seen.texts == ["from and the worker"]


@once
def test_where_nobody_reads_records_are_counted_and_the_next_one_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """C-146: one waits, and only one."""
    monkeypatch.setattr(log_records, "PATIENCE", 1)
    waited: list[int] = []
    reader, writer = log_forwarding.datagram_sockets()
    worker: Any = SimpleNamespace(held=[])
    forwarder = Forwarder(writer, worker)
    has_room = forwarder._has_room

    def waits() -> bool:
        waited.append(1)
        return has_room()

    monkeypatch.setattr(forwarder, "_has_room", waits)
    record = logging.makeLogRecord({"msg": "x" * 1000})
    for _ in range(1000):
        forwarder.handle(record)
    assert len(waited) == 1
    lost = forwarder._lost
    assert 0 < lost < 1000
    arrived = 0
    while arrived + lost < 1000:
        reader.recv(log_forwarding.LARGEST)
        arrived += 1
    forwarder.handle(record)
    thread, told = LogThread(log_forwarding.ForwardingShared()), Seen()
    logging.getLogger().addHandler(told)
    try:
        thread.handle(reader.recv(log_forwarding.LARGEST))
        thread.end()
    finally:
        logging.getLogger().removeHandler(told)
    assert told.texts[0] == f"{lost} log records of workers were lost"
    system.close((reader, writer))


@once
def test_where_too_many_wait_more_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """C-146."""
    monkeypatch.setattr(log_forwarding, "MOST", 3)
    thread, go_on = LogThread(log_forwarding.ForwardingShared()), threading.Event()
    handled: list[int] = []

    def handle(_: bytes, lost: int) -> None:
        go_on.wait(LIMIT)
        handled.append(lost)

    monkeypatch.setattr(thread, "_handle", handle)
    for _ in range(5):
        thread.handle(b"")
    go_on.set()
    thread.end()
    thread.handle(b"")
    thread.end()
    assert handled == [0, 0, 0, 2]


@once
@pytest.mark.parametrize(
    ("asked", "error"), [("INFO", ValueError), (-1, ValueError), (1.5, TypeError), ([], TypeError), (b"x", TypeError)]
)
def test_each_that_is_no_logger_is_refused(pools: Pools, asked: object, error: type[Exception]) -> None:
    """C-144."""
    with pytest.raises(error, match="forward_logging must"):
        pools.make(forward_logging=asked)


@methods("spawn")
def test_who_does_not_ask_for_it_has_none_of_it(pools: Pools) -> None:
    """C-144: no module of it is loaded."""
    assert pools.make(forward_logging=False).submit(tasks.has_loaded, "checkedpool._given").result(LIMIT) is False


@once
def test_a_traced_pool_forwards_too(pools: Pools, seen: Seen, tmp_path: Path) -> None:
    """C-144, C-100."""
    pool = pools.make(forward_logging=True, pickler=pickle, trace=tmp_path / "trace")
    assert pool.submit(say, "of a", "traced one").result(LIMIT)
    pool.shutdown()
    assert seen.texts == ["of a and traced one"]
    assert judge(tmp_path / "trace").verdict is Verdict.COMPLETE
