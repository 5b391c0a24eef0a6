"""Real runs are accepted and complete; what ends too early is incomplete; what did not happen diverges, and why."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import wait
from multiprocessing import get_context
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checkedpool import ProcessPoolExecutor
from checkedpool._pool import pool as pool_module
from checkedpool._pool.user_code import UserThreads
from checkedpool._trace.fault_points import BEFORE, HALF, Fault, Planned
from checkedpool_model.traces.verdict import Verdict, judge
from checkedpool_spec import cli
from tests.behaviour.gates import eventually
from tests.checks.traces import runs
from tests.checks.traces.mutations import Trace, load, store
from tests.whole import HowMany

FORKED, SPAWNED = 40, 3
"""Runs."""


def shown(directory: Path) -> str:
    report = judge(directory)
    return f"{report.verdict.value}: {'; '.join(report.why)}"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_real_run_is_accepted_and_complete(method: str, tmp_path: Path, so_many: HowMany) -> None:
    for seed in range(so_many(FORKED, 10) if method == "fork" else SPAWNED):
        directory = tmp_path / f"{seed}"
        futures = runs.run(seed, directory, method)
        assert all(future.done() for future in futures)
        assert shown(directory) == "accepted and complete: ", f"runs.run({seed}, ..., {method!r})"


def test_a_pool_that_never_started_has_a_complete_trace(tmp_path: Path) -> None:
    pool = ProcessPoolExecutor(1, trace=tmp_path)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(abs, 1)
    assert shown(tmp_path) == "accepted and complete: "


def test_a_call_that_cannot_be_pickled_is_a_run_too(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, get_context("fork"), trace=tmp_path) as pool:
        assert pool.submit(lambda: 1).exception() is not None
        assert pool.submit(abs, -1).result() == 1
    assert shown(tmp_path) == "accepted and complete: "


@pytest.mark.parametrize("number", [2, 3], ids=["rebuilt", "raises"])
def test_a_call_that_is_pickled_late_and_whose_answer_is_read_late_is_a_run_too(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are user code, and a task may owe both (P-16, P-47)."""
    monkeypatch.setattr(pool_module, "BUDGET", 0)
    with ProcessPoolExecutor(2, get_context("fork"), trace=tmp_path) as pool:
        wait([pool.submit(runs.work, number) for _ in range(4)])
    lines = [json.loads(line) for line in load(tmp_path)["parent.jsonl"]]
    jobs = [(line["does"], line["task"]) for line in lines if line["e"] == "job"]
    assert sorted(jobs) == sorted((does, task) for task in range(4) for does in ("Pickle", "Deliver"))
    assert shown(tmp_path) == "accepted and complete: "


def test_a_job_may_be_said_to_be_done_when_the_next_one_of_its_task_has_been_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it came to has been heard before; the thread was held up meanwhile (P-64)."""

    def late(threads: UserThreads) -> None:
        eventually(lambda: '"is":"Deliver"' in (tmp_path / "parent.jsonl").read_text(), "the next one is given")
        tell(threads)
        eventually(
            lambda: '"is":"JobDone"' in (tmp_path / "parent.jsonl").read_text(), "that is heard before it begins"
        )

    tell = UserThreads._tell
    monkeypatch.setattr(UserThreads, "_tell", late)
    monkeypatch.setattr(pool_module, "BUDGET", 0)
    with ProcessPoolExecutor(1, get_context("fork"), trace=tmp_path) as pool:
        wait([pool.submit(runs.work, 2)])
    assert shown(tmp_path) == "accepted and complete: "


@pytest.mark.parametrize("when", [None, BEFORE, HALF])
def test_a_worker_whose_memory_is_over_its_limit_is_a_run_too(when: str | None, tmp_path: Path) -> None:
    """P-85: the first one may be killed when it has said so, before or within its answer."""
    faults = [] if when is None else [Fault(0, "ANSWER", when, 1)]
    with ProcessPoolExecutor(
        1, get_context("forkserver"), max_memory_per_child=1, on_worker_death="replace", trace=Planned(tmp_path, faults)
    ) as pool:
        wait([pool.submit(runs.work, number) for number in range(3)])
    parent = load(tmp_path)["parent.jsonl"]
    assert sum('"Filled"' in line for line in parent) == 3
    assert shown(tmp_path) == "accepted and complete: "
    if when is None:
        forged = {**load(tmp_path), "parent.jsonl": [_without_it(line) for line in parent]}
        store(forged, tmp_path / "forged")
        assert shown(tmp_path / "forged").startswith("diverged: ")


def _without_it(line: str) -> str:
    told = json.loads(line)
    if "came" in told and isinstance(told["came"], list):
        told["came"] = [one for one in told["came"] if one["is"] != "Filled"]
    return json.dumps(told)


@pytest.mark.parametrize("nth", [None, 1, 2])
def test_a_worker_that_leaves_since_it_was_idle_is_a_run_too(nth: int | None, tmp_path: Path) -> None:
    """P-55: the first one may be killed before it takes its task, or the order to leave."""
    faults = [] if nth is None else [Fault(0, "TAKE_TICKET", BEFORE, nth)]
    context = get_context("forkserver")
    with ProcessPoolExecutor(
        1, context, idle_timeout=0.02, on_worker_death="replace", trace=Planned(tmp_path / "trace", faults)
    ) as pool:
        for number in range(2):
            wait([pool.submit(runs.work, number)])
            eventually(lambda: not pool._processes, "its worker has left")
    assert shown(tmp_path / "trace") == "accepted and complete: "
    if nth is None:
        trace = load(tmp_path / "trace")
        first = {**json.loads(trace["parent.jsonl"][0]), "min_workers": None}
        store({**trace, "parent.jsonl": [json.dumps(first), *trace["parent.jsonl"][1:]]}, tmp_path / "forged")
        assert shown(tmp_path / "forged").startswith("diverged: ")


@pytest.mark.parametrize("nth", [None, 1, 2])
def test_a_pool_that_is_resized_is_a_run_too(nth: int | None, tmp_path: Path) -> None:
    """P-56 to P-58: two workers more, then one again; the first may be killed before its task, or its order."""
    faults = [] if nth is None else [Fault(0, "TAKE_TICKET", BEFORE, nth)]
    with ProcessPoolExecutor(
        1, get_context("forkserver"), on_worker_death="replace", trace=Planned(tmp_path / "trace", faults)
    ) as pool:
        wait([pool.submit(runs.work, 0)])
        pool.resize(3)
        wait([pool.submit(runs.work, number) for number in range(6)])
        pool.resize(1)
        eventually(lambda: len(pool._processes) <= 1, "all but one have left")
        wait([pool.submit(runs.work, 7)])
    assert shown(tmp_path / "trace") == "accepted and complete: "
    if nth is None:
        trace = load(tmp_path / "trace")
        lines = [line.replace('"number":3', '"number":2').replace('"max_workers":3', '"max_workers":2')
                 for line in trace["parent.jsonl"]]  # fmt: skip
        store({**trace, "parent.jsonl": lines}, tmp_path / "forged")
        assert shown(tmp_path / "forged").startswith("diverged: ")


PROGRAM = """
import os
from multiprocessing import get_context
from checkedpool import ProcessPoolExecutor
pool = ProcessPoolExecutor(2, get_context("fork"), trace={directory!r})
futures = [pool.submit(abs, number) for number in range(10)]
futures[3].result()
{end}
"""


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("", "accepted and complete: "),
        ("os.kill(os.getpid(), 9)", "accepted so far, incomplete: the manager has not ended"),
    ],
    ids=["exit", "killed"],
)
def test_a_program_that_exits_completes_its_trace_and_one_that_is_killed_does_not(
    end: str, said: str, tmp_path: Path
) -> None:
    program = PROGRAM.format(directory=str(tmp_path), end=end)
    subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert shown(tmp_path) == said


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """A trace without faults, with a cancelled task."""
    directory = tmp_path_factory.mktemp("calm") / "run"
    runs.run(4, directory, faulty=False)
    return load(directory)


def stored(trace: Trace, directory: Path) -> Path:
    store(trace, directory)
    return directory


def cut(trace: Trace, count: int) -> Trace:
    """The pool's own file ends so many lines before the manager does: what comes after that is about nothing."""
    lines = trace["parent.jsonl"]
    end = next(at for at, line in enumerate(lines) if json.loads(line)["e"] == "end")
    return {**trace, "parent.jsonl": lines[: end + 1 - count]}


def changed(trace: Trace, e: str, field: str, value: object) -> Trace:
    """The first such line of the parent's file says something else."""
    lines = [json.loads(line) for line in trace["parent.jsonl"]]
    next(line for line in lines if line["e"] == e and field in line)[field] = value
    return {**trace, "parent.jsonl": [json.dumps(line) for line in lines]}


def test_a_trace_whose_end_is_missing_is_incomplete_and_says_what_is_missing(calm: Trace, tmp_path: Path) -> None:
    said = shown(stored(cut(calm, 1), tmp_path))
    assert said.startswith("accepted so far, incomplete")
    assert "the manager has not ended" in said


def test_a_trace_of_which_only_the_beginning_is_there_is_incomplete(calm: Trace, tmp_path: Path) -> None:
    begun = {"parent.jsonl": calm["parent.jsonl"][:1]}
    assert shown(stored(begun, tmp_path)) == "accepted so far, incomplete: the manager has not begun"


@pytest.mark.parametrize("count", [1, 10, 25])
def test_every_prefix_of_the_pools_own_file_is_refused(count: int, calm: Trace, tmp_path: Path) -> None:
    assert judge(stored(cut(calm, count), tmp_path)).verdict is not Verdict.COMPLETE


def test_a_worker_without_a_file_cannot_have_answered(calm: Trace, tmp_path: Path) -> None:
    alone = {name: lines for name, lines in calm.items() if name != "worker-0.jsonl"}
    assert judge(stored(alone, tmp_path)).verdict is Verdict.DIVERGED


def test_a_torn_last_line_is_what_a_killed_process_leaves(calm: Trace, tmp_path: Path) -> None:
    stored(calm, tmp_path)
    with (tmp_path / "parent.jsonl").open("a") as file:
        file.write('{"e":"pos')
    assert shown(tmp_path) == "accepted so far, incomplete: parent.jsonl: its last line is torn"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """One task, waited for, then a shutdown."""
    directory = tmp_path_factory.mktemp("plain") / "run"
    with ProcessPoolExecutor(1, get_context("fork"), trace=directory) as pool:
        assert pool.submit(pow, 2, 3).result() == 8
    return load(directory)


def test_a_divergence_names_the_line_and_the_conjuncts_that_were_false(plain: Trace, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in plain["parent.jsonl"]]
    leave = next(line for line in lines if line["e"] == "op" and line["op"]["is"] == "Leave")
    start = next(at for at, line in enumerate(lines) if line["e"] == "op")
    moment = lines[start]["at"][0]
    early = {**leave, "at": [moment, moment]}
    told = {**plain, "parent.jsonl": [json.dumps(line) for line in (*lines[:start], early, *lines[start:])]}
    report = judge(stored(told, tmp_path))
    assert report.verdict is Verdict.DIVERGED
    assert report.why[0] == f"parent.jsonl:{start + 1}: the manager: Leave, lane 0"
    assert report.why[1] == "ManagerTellsToLeave lane 0 was not possible: is_drained_or_spent did not hold"
    assert "✗" in report.drawing


def test_a_cancel_that_says_otherwise_than_its_accesses_is_a_divergence(calm: Trace, tmp_path: Path) -> None:
    lines = [
        line.replace('"came":true', '"came":false') if '"return"' in line else line for line in calm["parent.jsonl"]
    ]
    assert lines != calm["parent.jsonl"], "this run has cancelled nothing"
    assert "cancel() says False after" in shown(stored({**calm, "parent.jsonl": lines}, tmp_path))


def test_a_limit_that_is_met_is_no_verdict(calm: Trace, tmp_path: Path) -> None:
    assert judge(stored(calm, tmp_path), limit=1).verdict is Verdict.NOT_FINISHED


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_exits_differently_for_each_verdict(calm: Trace, tmp_path: Path) -> None:
    told = {
        "complete": calm,
        "incomplete": cut(calm, 1),
        "diverged": changed(calm, "post", "message", 7777),
    }
    statuses = {}
    for name, trace in told.items():
        done = CliRunner().invoke(cli.build(), ["trace", str(stored(trace, tmp_path / name))])
        statuses[name] = done.exit_code
    statuses["bad"] = CliRunner().invoke(cli.build(), ["trace", str(tmp_path / "nothing")]).exit_code
    statuses["limit"] = CliRunner().invoke(cli.build(), ["trace", "--limit", "1", str(tmp_path / "complete")]).exit_code
    assert statuses == {"complete": 0, "diverged": 1, "bad": 2, "limit": 3, "incomplete": 4}


def test_the_command_judges_every_trace_in_a_directory_and_speaks_json(calm: Trace, tmp_path: Path) -> None:
    for name in ("a", "b"):
        stored(calm, tmp_path / name)
    done = CliRunner().invoke(cli.build(), ["trace", "--json", str(tmp_path)])
    assert [report["verdict"] for report in json.loads(done.output)] == ["accepted and complete"] * 2
    assert done.exit_code == 0
