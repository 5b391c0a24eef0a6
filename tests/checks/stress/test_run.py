"""The command line: three verdicts, three exit codes, and a hang that is contained, looked at and replayable."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checks.stress import procs
from tests.checks.stress.generate import generate
from tests.checks.stress.plan import DEADLY, Close, Closing, Initializer, Method, Plan
from tests.checks.stress.profiles import STANDARD
from tests.checks.stress.run import parse_replay, replay_line
from tests.checks.stress.supervise import plan_jobs
from tests.checks.stress.tally import Failure, Tally, Verdict

pytestmark = pytest.mark.skipif(not procs.supported(), reason=procs.UNSUPPORTED)

ROOT = Path(__file__).resolve().parents[3]
STANDARD_EXECUTOR = "concurrent.futures:ProcessPoolExecutor"


def stress(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.checks.stress", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def harmless(plan: Plan) -> bool:
    """For an executor of threads, and long enough for its wrong future."""
    waits = isinstance(plan.scripts[0][-1], Close) and plan.scripts[0][-1].how is Closing.DRAIN_WAIT
    quiet = plan.initializer is Initializer.NONE and not any(t.work in DEADLY for t in plan.tasks().values())
    return quiet and waits and len(plan.scripts) == 1 and 3 < len(plan.tasks()) < 10


@pytest.mark.slow
def test_an_executor_that_keeps_its_promises_holds() -> None:
    done = stress(
        "--executor", STANDARD_EXECUTOR, "--rounds-fork=6", "--rounds-spawn=0", "--rounds-forkserver=0", "--json"
    )
    result = json.loads(done.stdout)
    assert (done.returncode, result["verdict"], result["rounds"]["fork"]) == (0, "holds", 6), done.stderr
    assert result["exits"] == 1
    assert sum(result["counts"]["fork"].values()) > 6


@pytest.mark.slow
def test_a_run_that_is_cut_short_is_not_finished() -> None:
    done = stress("--executor", STANDARD_EXECUTOR, "--rounds-fork=5000", "--seconds=0.5")
    assert done.returncode == 3, done.stderr
    assert "not finished" in done.stdout


@pytest.mark.slow
def test_a_hang_is_contained_and_shown() -> None:
    number = next(n for n in range(1000) if harmless(generate(STANDARD, 1, Method.FORK, n)))
    done = stress(
        *("--executor", "tests.checks.stress.fakes:Loses"),
        *("--replay", f"1:fork:{number}", "--times=1", "--failures=1", "--round-seconds=1", "--json"),
    )
    result = json.loads(done.stdout)
    assert (done.returncode, result["verdict"], result["hangs"]) == (1, "violated", 1), done.stderr
    failure = result["failures"][0]
    assert "lost" in {violation["rule"] for violation in failure["violations"]}
    assert "most recent call first" in failure["stacks"]
    assert f"--replay 1:fork:{number}" in failure["replay"]
    assert f"round 1:fork:{number}" in done.stderr


@pytest.mark.slow
def test_a_batch_that_dies_is_a_failure_of_its_round() -> None:
    number = next(n for n in range(1000) if harmless(generate(STANDARD, 1, Method.FORK, n)))
    done = stress(
        "--executor", "tests.checks.stress.fakes:EndsEverything", "--replay", f"1:fork:{number}", "--times=1", "--json"
    )
    failure = json.loads(done.stdout)["failures"][0]
    assert (done.returncode, failure["number"]) == (1, number), done.stderr
    assert failure["violations"] == [{"rule": "batch died", "detail": "exit code 7"}]


def test_an_executor_that_does_not_exist_is_misuse() -> None:
    done = stress("--executor", "tests.checks.stress.fakes:Nobody")
    assert done.returncode == 2
    assert "tests.checks.stress.fakes:Nobody" in done.stderr


def test_fewer_rounds_than_wanted_hold_nothing() -> None:
    tally = Tally({Method.FORK: 2})
    verdicts = []
    for _ in range(2):
        tally.add(Method.FORK, 0.1, {})
        verdicts.append(tally.verdict)
    tally.failures.append(Failure(Method.FORK, 1, ()))
    verdicts.append(tally.verdict)
    assert verdicts == [Verdict.NOT_FINISHED, Verdict.HOLDS, Verdict.VIOLATED]
    assert [verdict.exit_code for verdict in Verdict] == [0, 1, 3]


def test_jobs_cover_every_round_once_and_all_methods_from_the_start() -> None:
    wanted = {Method.FORK: 1000, Method.SPAWN: 51, Method.FORKSERVER: 0}
    jobs = plan_jobs(wanted, {Method.FORK: 200, Method.SPAWN: 25, Method.FORKSERVER: 25})
    assert {job.method for job in jobs[:2]} == {Method.FORK, Method.SPAWN}
    for method, total in wanted.items():
        assert sorted(n for job in jobs if job.method is method for n in job.numbers) == list(range(total))


def test_a_replay_line_is_what_replay_takes() -> None:
    line = replay_line(4, Failure(Method.SPAWN, 17, ()), STANDARD_EXECUTOR)
    assert parse_replay(line.split("--replay ")[1].split()[0]) == (4, Method.SPAWN, 17)
    with pytest.raises(SystemExit, match="SEED:METHOD:ROUND"):
        parse_replay("1:threads:2")
