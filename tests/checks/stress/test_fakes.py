"""The stress finds what is wrong with executors that are wrong on purpose, and nothing wrong with an honest one."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.checks.stress import fakes, leaks, procs
from tests.checks.stress.oracle import judge
from tests.checks.stress.plan import (
    Await,
    Callback,
    Cancel,
    Close,
    Closing,
    Hook,
    Initializer,
    Map,
    Method,
    Plan,
    Policy,
    Script,
    Submit,
    Task,
    Waiting,
    Work,
)
from tests.checks.stress.record import Record
from tests.checks.stress.rounds import Stage, run_round

pytestmark = pytest.mark.skipif(not procs.supported(), reason=procs.UNSUPPORTED)

SOON = 0.3  # seconds: the limit where something never ends
SUBMITS = (
    Submit(0, Task(Work.QUICK, 3), (Callback(Hook.NOTHING),)),
    Submit(1, Task(Work.QUICK, 4), (Callback(Hook.NOTHING), Callback(Hook.RAISES))),
    Submit(2, Task(Work.RAISES, 5), (Callback(Hook.NOTHING),)),
)
CLOSE = Close(Closing.DRAIN_WAIT)


def plan(*scripts: Script, workers: int = 1) -> Plan:
    return Plan(
        seed=0,
        method=Method.FORK,
        number=0,
        workers=workers,
        max_tasks=None,
        policy=Policy.BREAK,
        initializer=Initializer.NONE,
        terminate_limit=1.0,
        switch_interval=0.005,
        deaf=False,
        scripts=scripts,
    )


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.setenv("TMPDIR", str(files))
    return Stage(leaks.snapshot("", files), "", files, tmp_path / "journal", limit=20, settling=20)


def rules(the_plan: Plan, make: Callable[[Plan], Executor], stage: Stage) -> set[str]:
    return {violation.rule for violation in judge(the_plan, run_round(the_plan, make, stage), strict=False)}


def test_an_honest_executor_is_not_blamed(stage: Stage) -> None:
    steps = (
        *SUBMITS,
        Map(3, Work.QUICK, 5, 2, 5),
        Await(Waiting.ALL, (0, 1, 2)),
        CLOSE,
        Submit(4, Task(Work.QUICK, 1)),
    )
    waiter = (Await(Waiting.AS_COMPLETED, (0, 1, 2)), Await(Waiting.FIRST, (2,)), Await(Waiting.RESULTS, (1,)))
    the_plan = plan(steps, waiter, workers=2)
    record = run_round(the_plan, lambda _: fakes.Honest(2), stage)
    assert judge(the_plan, record) == []
    assert [str(seen.outcome) for seen in record.slots.values()][:2] == ["value int 10", "value int 17"]
    assert len(record.begun) == len(SUBMITS) + 5


@pytest.mark.parametrize(
    ("fake", "rule"),
    [
        (fakes.GivesWrongValue, "wrong value"),
        (fakes.CallsTwice, "called twice"),
        (fakes.RunsTwice, "ran twice"),
        (fakes.BreaksForNothing, "broken for nothing"),
    ],
)
def test_a_wrong_executor_is_caught(fake: type[fakes.Honest], rule: str, stage: Stage) -> None:
    assert rule in rules(plan((*SUBMITS, CLOSE)), lambda _: fake(1), stage)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fake", "rule"),
    [
        (fakes.Loses, "lost"),
        (fakes.NeverNotifies, "unnotified"),
        (fakes.CancelsQuietly, "unnotified"),
        (fakes.CancelsQuietly, "cancelled for nothing"),
        (fakes.ReturnsEarly, "returned early"),
    ],
)
def test_a_future_without_an_end_is_caught(fake: type[fakes.Honest], rule: str, stage: Stage) -> None:
    assert rule in rules(plan((*SUBMITS, CLOSE)), lambda _: fake(1), replace(stage, limit=SOON, settling=SOON))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fake", "how"),
    [
        (fakes.Loses, Waiting.ALL),
        (fakes.Loses, Waiting.FIRST),
        (fakes.Loses, Waiting.AS_COMPLETED),
        (fakes.Loses, Waiting.RESULTS),
        (fakes.NeverNotifies, Waiting.ALL),
        (fakes.NeverNotifies, Waiting.AS_COMPLETED),
    ],
)
def test_a_waiter_that_is_not_woken_is_a_hang(fake: type[fakes.Honest], how: Waiting, stage: Stage) -> None:
    the_plan = plan((*SUBMITS, CLOSE), (Await(how, (1,)),))
    assert "hang" in rules(the_plan, lambda _: fake(1), replace(stage, limit=SOON, settling=SOON))


def test_a_lie_about_cancel_is_caught(stage: Stage) -> None:
    the_plan = plan((*SUBMITS, Cancel(1), CLOSE))
    assert rules(the_plan, lambda _: fakes.LiesAboutCancel(1), stage) == {"cancel lied"}


def test_a_shutdown_that_does_not_close_is_caught(stage: Stage) -> None:
    the_plan = plan((*SUBMITS, Close(Closing.DRAIN), Submit(3, Task(Work.QUICK, 1)), CLOSE))
    assert rules(the_plan, lambda _: fakes.AcceptsAfterShutdown(1), stage) == {"accepted after shutdown"}


LEAKS = {
    "process": fakes.a_process,
    "zombie": fakes.a_zombie,
    "thread": fakes.a_thread,
    "descriptor": fakes.a_descriptor,
    "file": fakes.a_file,
    "shared memory": fakes.shared_memory,
    "executor": fakes.itself,
}


@pytest.fixture
def _removed() -> Iterator[None]:
    yield
    while fakes.kept:
        fakes.kept.pop()()


@pytest.mark.slow
@pytest.mark.usefixtures("_removed")
@pytest.mark.parametrize("what", LEAKS)
def test_what_is_left_behind_is_found(what: str, stage: Stage) -> None:
    the_plan = plan((*SUBMITS, CLOSE))
    record: Record = run_round(the_plan, lambda _: fakes.Leaves(LEAKS[what]), replace(stage, settling=SOON))
    assert what in {leak.what for leak in record.leaks}
    assert "left behind" in {violation.rule for violation in judge(the_plan, record, strict=False)}
