"""A traced pool writes down what it does, whole lines only, and a fault plan strikes exactly where it says (C-100)."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool import rooms
from checkedpool._fast import memory_files
from checkedpool._trace.fault_points import Fault, Planned
from tests.behaviour import tasks
from tests.behaviour.gates import eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import MakeScript, Pools

pytestmark = ours_only("new: traces")
once = methods("fork")
"""What does not depend on the start method is looked at under one."""
WIDE = 120_000
ATTEMPTS = 100
"""The moment inside an operation may pass before it is seen: an operation need not wait."""
WIDER = 1 << 23
"""Bytes: so many that whoever reads or writes them is blocked at some moment, however fast the other side is."""
"""Bytes, more than a pipe holds, and not so many that they travel in memory."""


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def what_came(file: Path) -> list[str]:
    return [f"{line['op']} {line['came']}" for line in lines_of(file) if line["e"] == "step"]


def test_each_process_writes_a_file_from_its_begin_to_its_end(pools: Pools, tmp_path: Path) -> None:
    pool = pools.make(1, trace=tmp_path / "run")
    assert pool.submit(tasks.identity, 1).result(LIMIT) == 1
    pool.shutdown()
    parent, worker = (lines_of(tmp_path / "run" / name) for name in ("parent.jsonl", "worker-0.jsonl"))
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == ["parent.jsonl", "worker-0.jsonl"]
    assert [file[0]["e"] for file in (parent, worker)] == ["begin", "begin"]
    assert worker[-1]["e"] == "end"
    assert sum(line["e"] == "end" for line in parent) == 1
    assert "RUN DONE" in what_came(tmp_path / "run" / "worker-0.jsonl")


@pytest.mark.parametrize(("plain", "loop"), [("", "QuickWorker"), ("worker", "Worker"), ("1", "Worker")])
def test_traced_a_worker_runs_the_loop_that_it_runs_untraced(
    plain: str, loop: str, pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which of them that is, its file says."""
    monkeypatch.setenv(rooms.PLAIN, plain)
    assert pools.make(1).submit(tasks.callers, "work").result(LIMIT) == [f"{loop}.work"]
    pool = pools.make(1, trace=tmp_path / "run")
    assert pool.submit(tasks.callers, "work").result(LIMIT) == [f"{loop}.work", "TracedWorker.work"]
    pool.shutdown()
    assert lines_of(tmp_path / "run" / "worker-0.jsonl")[0]["loop"] == f"{loop}.work"


@once
def test_an_event_lies_between_two_looks_at_one_clock(pools: Pools, tmp_path: Path) -> None:
    begun = time.monotonic_ns()
    pool = pools.make(1, trace=tmp_path / "run")
    pool.submit(tasks.identity, 1).result(LIMIT)
    pool.shutdown()
    ended = time.monotonic_ns()
    for file in (tmp_path / "run").iterdir():
        assert all(begun <= line["at"][0] <= line["at"][1] <= ended for line in lines_of(file))


@once
def test_a_pool_in_an_environment_that_asks_for_traces_writes_one(
    pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKEDPOOL_TRACE", str(tmp_path / "all"))
    for _ in range(2):
        pool = pools.make(1)
        pool.submit(tasks.identity, 1).result(LIMIT)
        pool.shutdown()
    assert [len(list(run.iterdir())) for run in (tmp_path / "all").iterdir()] == [2, 2]


@pytest.mark.parametrize("what", ["a file", "below a file", "a place that may not be written"])
def test_an_environment_that_names_no_place_for_traces_costs_a_warning(
    what: str, script: MakeScript, tmp_path: Path
) -> None:
    """C-100: what cannot be written is left out."""
    program = script("""
        import os, pathlib, warnings
        if __name__ == "__main__":
            file = pathlib.Path(sys.argv[2])
            file.touch()
            names = {"a file": file, "below a file": file / "traces"}
            os.environ["CHECKEDPOOL_TRACE"] = str(names.get(sys.argv[3], "/proc/no-place"))
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                pool = make(1)
            with pool:
                print(pool.submit(abs, -1).result(LIMIT))
            for warning in caught:
                print(warning.category.__name__, pathlib.Path(warning.filename).name)
    """)
    ended = program.run(tmp_path / "file", what)
    assert ended.out.splitlines() == ["1", "RuntimeWarning kinds.py"]


@once
def test_a_directory_for_traces_serves_a_process_with_the_number_of_an_earlier_one(
    pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-100: in a container each run has the same number."""
    monkeypatch.setenv("CHECKEDPOOL_TRACE", str(tmp_path))
    for _ in range(2):
        monkeypatch.setattr("checkedpool.executor._traced", itertools.count())
        pool = pools.make(1)
        pool.submit(tasks.identity, 1).result(LIMIT)
        pool.shutdown()
    assert [len(list(run.iterdir())) for run in tmp_path.iterdir()] == [2, 2]


@once
@pytest.mark.parametrize("directory", ["file", "file/below"])
def test_a_place_that_is_named_for_a_trace_and_is_none_is_the_callers_error(
    pools: Pools, tmp_path: Path, directory: str
) -> None:
    """C-100."""
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        pools.make(1, trace=tmp_path / directory)


@once
def test_a_run_does_not_write_into_the_trace_of_another(pools: Pools, tmp_path: Path) -> None:
    pools.make(1, trace=tmp_path)
    with pytest.raises(FileExistsError, match="holds a trace already"):
        pools.make(1, trace=tmp_path)


@once
def test_what_an_ended_pool_still_has_to_say_does_not_go_into_another_file(pools: Pools, tmp_path: Path) -> None:
    old = pools.make(1, trace=tmp_path)
    old.submit(tasks.identity, 1).result(LIMIT)
    old.shutdown()
    for file in tmp_path.iterdir():
        file.unlink()
    pools.make(1, trace=tmp_path)
    old.shutdown()
    assert len(lines_of(tmp_path / "parent.jsonl")) == 1


@once
def test_a_trace_that_cannot_be_written_any_more_costs_the_pool_nothing(
    pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = pools.make(1, trace=tmp_path)
    monkeypatch.setattr("checkedpool._trace.trace_log.os.write", _disk_is_full)
    assert pool.submit(tasks.identity, 1).result(LIMIT) == 1
    monkeypatch.undo()
    assert len(lines_of(tmp_path / "parent.jsonl")) == 1


def _disk_is_full(_fd: int, _data: bytes) -> int:
    raise OSError(28, "No space left on device")


# --- faults -----------------------------------------------------------------------------------------------------------

Call = tuple[Callable[[Any], object], object]
SMALL: Call = (tasks.identity, 1)
POINTS: tuple[tuple[str, str, Call], ...] = (
    ("INITIALIZE", "before", SMALL),
    ("SAY_READY", "half", SMALL),
    ("TAKE_TICKET", "after", SMALL),
    ("READ_FRAME", "inside", (tasks.length, bytes(WIDER))),
    ("RUN", "inside", (time.sleep, LIMIT)),
    ("ANSWER", "before", SMALL),
    ("ANSWER", "half", (tasks.blank, WIDE)),
    ("ANSWER", "inside", (tasks.blank, WIDER)),
)


@pytest.fixture
def _pipes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large values are to block a worker in its pipes."""
    monkeypatch.setattr(memory_files, "has_memory", lambda: False)


@once
@pytest.mark.usefixtures("_pipes_only")
@pytest.mark.parametrize(("op", "when", "call"), POINTS, ids=[f"{op}-{when}" for op, when, _ in POINTS])
def test_a_worker_dies_exactly_where_the_plan_says(
    op: str, when: str, call: Call, pools: Pools, tmp_path: Path
) -> None:
    left = ATTEMPTS if when == "inside" else 1
    while True:
        directory = tmp_path / str(left)
        pool = pools.make(1, trace=Planned(directory, [Fault(0, op, when)]))
        function, argument = call
        error = pool.submit(function, argument).exception(LIMIT)
        pool.shutdown()
        left -= 1
        if error is not None or not left:
            break
    assert isinstance(error, BrokenProcessPool)
    assert getattr(error, "exitcode", None) == -9
    file = lines_of(directory / "worker-0.jsonl")
    assert (file[-1]["e"], file[-1]["op"], file[-1]["when"]) == ("fault", op, when)
    assert sum(line["e"] == "step" and line["op"] == op for line in file) == 0


@once
def test_a_worker_dies_while_it_waits_for_a_ticket(pools: Pools, tmp_path: Path) -> None:
    file = tmp_path / "worker-0.jsonl"
    pool = pools.make(1, trace=Planned(tmp_path, [Fault(0, "TAKE_TICKET", "inside", nth=2)]))
    pool.submit(tasks.identity, 1).result(LIMIT)
    eventually(lambda: lines_of(file)[-1]["e"] == "fault", "the worker has died")
    pool.shutdown()
    assert what_came(file).count("TAKE_TICKET TICKET") == 1


@once
@pytest.mark.parametrize(
    ("op", "when"), [("LEAVE", "before"), ("LEAVE", "after"), ("EXIT", "before"), ("EXIT", "after")]
)
def test_a_worker_that_dies_while_it_leaves_costs_nothing(op: str, when: str, pools: Pools, tmp_path: Path) -> None:
    pool = pools.make(1, trace=Planned(tmp_path, [Fault(0, op, when)]))
    assert pool.submit(tasks.identity, 1).result(LIMIT) == 1
    pool.shutdown()
    assert any(line["e"] == "fault" for line in lines_of(tmp_path / "worker-0.jsonl"))


@once
@pytest.mark.parametrize(("how", "exitcode"), [("kill", -9), ("crash", -11), ("exit", 3)])
def test_a_fault_is_a_signal_or_an_exit(how: str, exitcode: int, pools: Pools, tmp_path: Path) -> None:
    pool = pools.make(1, trace=Planned(tmp_path, [Fault(0, "RUN", "before", how=how)]))
    with pytest.raises(BrokenProcessPool) as caught:
        pool.submit(tasks.identity, 1).result(LIMIT)
    assert getattr(caught.value, "exitcode", None) == exitcode


@once
def test_the_plan_counts_the_operations_of_its_worker(pools: Pools, tmp_path: Path) -> None:
    pool = pools.make(1, trace=Planned(tmp_path, [Fault(0, "RUN", "before", nth=3)]))
    assert [pool.submit(tasks.identity, n).result(LIMIT) for n in range(2)] == [0, 1]
    with pytest.raises(BrokenProcessPool):
        pool.submit(tasks.identity, 2).result(LIMIT)


@once
def test_a_plan_with_an_unknown_moment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a moment is one of"):
        Planned(tmp_path, [Fault(0, "RUN", "during")])
