"""The demonstration. Decides: that its claims can fail, and that ours hold. Must not know: how a pool works."""

import json
import os
import threading
from concurrent.futures import Executor, Future
from concurrent.futures import ProcessPoolExecutor as StandardExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from checkedpool import ProcessPoolExecutor
from checkedpool.demo import commands, run
from checkedpool.demo.run import Calm, Census, Check, Death, Outcome, Report, Victim

FEW = [str(path) for path in sorted(Path(json.__file__).parent.parent.glob("[a-d]*.py"))]


def standard(*, max_workers: int, mp_context: BaseContext, on_worker_death: run.Policy) -> Executor:
    """The standard library's executor: it has one policy, and its errors name nobody."""
    del on_worker_death
    return StandardExecutor(max_workers, mp_context)


@pytest.fixture
def few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_standard_library", lambda: FEW)


@pytest.mark.slow
@pytest.mark.usefixtures("few_files")
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_every_claim_holds_for_our_executor(method: str) -> None:
    report = run.run(ProcessPoolExecutor, workers=2, start_method=method)
    assert not [check for check in report.checks if not check.held]
    assert [dict(death.outcomes)[Outcome.BLAMED] for death in report.deaths] == [1, 1]


@pytest.mark.slow
@pytest.mark.usefixtures("few_files")
def test_the_claims_that_the_standard_executor_does_not_make_are_seen_to_fail() -> None:
    report = run.run(standard, workers=2)
    assert all(check.held for check in report.calm.checks)
    failed = {check.name for check in report.checks if not check.held}
    assert failed >= {"the death is charged to its task", "only its task failed, the pool goes on"}


def test_the_files_are_the_standard_librarys_and_nobody_elses() -> None:
    files = run._standard_library()
    assert json.__file__ in files
    assert not [path for path in files if "site-packages" in path or not path.endswith(".py")]


def broken(*, ran: bool) -> BrokenProcessPool:
    error = BrokenProcessPool()
    error.__dict__["ran"] = ran
    return error


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("right", Outcome.FINISHED),
        ("other", Outcome.WRONG),
        (broken(ran=True), Outcome.BLAMED),
        (broken(ran=False), Outcome.BROKEN),
        (ValueError(), Outcome.ERROR),
        (None, Outcome.LOST),
    ],
    ids=lambda value: value.name if isinstance(value, Outcome) else "",
)
def test_what_became_of_a_future_is_told_apart(end: str | Exception | None, outcome: Outcome) -> None:
    future: Future[str] = Future()
    if isinstance(end, Exception):
        future.set_exception(end)
    elif end is not None:
        future.set_result(end)
    assert run._outcome(future, "right") is outcome


def test_a_cancelled_future_is_neither_finished_nor_lost() -> None:
    future: Future[str] = Future()
    future.cancel()
    assert run._outcome(future, "right") is Outcome.ERROR


def test_a_census_sees_a_thread_a_descriptor_and_a_process_that_are_left() -> None:
    before = Census.take()
    assert Census.take().new_since(before) == []
    stay = threading.Event()
    thread = threading.Thread(target=stay.wait, name="left-behind")
    thread.start()
    reading, writing = os.pipe()
    zombie = os.posix_spawn("/bin/true", ["true"], {})
    try:
        left = " ".join(Census.take().new_since(before))
    finally:
        stay.set()
        thread.join()
        os.close(reading)
        os.close(writing)
        os.waitpid(zombie, 0)
    assert f"process {zombie}" in left
    assert "thread left-behind" in left
    assert f"descriptor {writing} " in left
    assert Census.take().new_since(before) == []


def sample(*, held: bool) -> Report:
    calm = Calm("fork", 0.2, 0.1, (Check("same digests as in one process", held=held, seen="1 of 2"),))
    victim = Victim(77, -9, "killed_while_hashing", "worker 77 died [by SIGKILL]")
    tally = ((Outcome.FINISHED, 5), (Outcome.BLAMED, 1))
    death = Death("replace", "spawn", 0.3, tally, victim, (Check("every future ended", held=True, seen="0"),))
    return Report("3.11.7", 2, 0.1, 2, calm, (death,))


def invoke(monkeypatch: pytest.MonkeyPatch, *, held: bool, arguments: tuple[str, ...] = ()) -> tuple[int, str]:
    monkeypatch.setattr(commands, "run", lambda *_, **__: sample(held=held))
    app = typer.Typer()
    app.command()(commands.demo)
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout


def test_the_command_succeeds_only_if_every_claim_held(monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke(monkeypatch, held=True)[0] == 0
    status, shown = invoke(monkeypatch, held=False)
    assert status == 1
    assert "violated" in shown


def test_json_says_the_same_as_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    status, shown = invoke(monkeypatch, held=False, arguments=("--json",))
    report = json.loads(shown)
    assert (status, report["held"]) == (1, False)
    assert report["deaths"][0]["outcomes"] == {"finished": 5, "blamed": 1}
    assert report["deaths"][0]["victim"]["pid"] == 77
    assert report["calm"]["checks"] == [{"name": "same digests as in one process", "held": False, "seen": "1 of 2"}]


def test_the_page_shows_the_victims_error_word_by_word() -> None:
    console = Console(width=80, record=True, quiet=False, file=None)
    with console.capture() as page:
        console.print(commands.render(sample(held=True)))
    assert "worker 77 died [by SIGKILL]" in page.get()
