"""The command line of the stress: `python -m tests.checks.stress`, or `make stress`.

It turns options into jobs, lets the supervisor run them, and turns the tally into an exit code: 0 holds, 1 violated,
3 not finished, 2 misuse.
"""

import argparse
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.checks.stress import procs, report
from tests.checks.stress.child import Job, Setting
from tests.checks.stress.generate import generate
from tests.checks.stress.plan import Method, describe
from tests.checks.stress.profiles import load, profile_of
from tests.checks.stress.supervise import Bounds, Supervisor, plan_jobs
from tests.checks.stress.tally import Failure, Tally, Verdict

OURS = "checkedpool:ProcessPoolExecutor"
BATCH = {Method.FORK: 200, Method.SPAWN: 25, Method.FORKSERVER: 25}
AT_THE_END = -1  # the number of no round: what a batch does after its last one


def parser() -> argparse.ArgumentParser:
    """All options."""
    options = argparse.ArgumentParser(prog="python -m tests.checks.stress", description=__doc__)
    options.add_argument("--rounds-fork", type=int, default=10_000, metavar="N")
    options.add_argument("--rounds-spawn", type=int, default=500, metavar="N")
    options.add_argument("--rounds-forkserver", type=int, default=500, metavar="N")
    options.add_argument("--seed", type=int, default=1, help="the plans follow from it alone")
    options.add_argument("--seconds", type=float, default=3600.0, help="stop after so long; the verdict says so")
    options.add_argument("--round-seconds", type=float, default=60.0, help="a round that takes longer is a hang")
    options.add_argument("--parallel", type=int, default=2, metavar="N", help="batches at a time")
    options.add_argument("--failures", type=int, default=10, metavar="N", help="stop after so many failures")
    options.add_argument("--executor", default=OURS, metavar="MODULE:CLASS")
    options.add_argument("--replay", metavar="SEED:METHOD:ROUND", help="one round's plan, again and again")
    options.add_argument("--times", type=int, default=100, metavar="N", help="how often --replay runs it")
    options.add_argument("--json", action="store_true", help="the result as one JSON document")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Run, show, and answer the exit code."""
    options = parser()
    given = options.parse_args(arguments)
    try:
        load(given.executor)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        options.error(f"--executor {given.executor}: {error}")
    if not procs.supported():
        report.say(f"{Verdict.NOT_FINISHED}: {procs.UNSUPPORTED}")
        return Verdict.NOT_FINISHED.exit_code
    procs.become_subreaper()
    seed, wanted, jobs = _replay(given) if given.replay else _all(given)
    tally = Tally(wanted)
    with TemporaryDirectory(prefix="stress-") as directory:
        setting = Setting(given.executor, seed, given.round_seconds, Path(directory))
        supervisor = Supervisor(setting, jobs, tally, Bounds(given.seconds, given.failures, given.parallel))
        context, progress = report.watching(tally)
        with context:
            supervisor.run(progress)

    def replay(failure: Failure) -> str:
        return replay_line(seed, failure, given.executor)

    (report.dump if given.json else report.show)(tally, replay)
    return tally.verdict.exit_code


def _all(given: argparse.Namespace) -> tuple[int, dict[Method, int], list[Job]]:
    wanted = {
        Method.FORK: int(given.rounds_fork),
        Method.SPAWN: int(given.rounds_spawn),
        Method.FORKSERVER: int(given.rounds_forkserver),
    }
    return int(given.seed), wanted, plan_jobs(wanted, BATCH)


def _replay(given: argparse.Namespace) -> tuple[int, dict[Method, int], list[Job]]:
    seed, method, number = parse_replay(given.replay)
    times = int(given.times)
    if number == AT_THE_END:
        return seed, {method: 0}, [Job(method, ())] * times
    report.say(describe(generate(profile_of(load(given.executor)), seed, method, number)))
    share = -(-times // given.parallel)
    numbers = (number,) * times
    return seed, {method: times}, [Job(method, numbers[at : at + share]) for at in range(0, times, share)]


def parse_replay(text: str) -> tuple[int, Method, int]:
    """Seed, method and round number."""
    try:
        seed, method, number = text.split(":")
        return int(seed), Method(method), int(number)
    except ValueError:
        message = f"--replay takes SEED:METHOD:ROUND with a method of {', '.join(Method)}; {text!r} is not that"
        raise SystemExit(message) from None


def replay_line(seed: int, failure: Failure, executor: str) -> str:
    """The command that runs a failed round again."""
    words = [sys.executable, "-m", "tests.checks.stress", "--replay", f"{seed}:{failure.method}:{failure.number}"]
    return shlex.join(words if executor == OURS else [*words, "--executor", executor])


if __name__ == "__main__":
    sys.exit(main())
