"""``make kills``: a worker is killed at each point of its life; what every run came to, in one table.

Decides: how a campaign is asked for and shown. Must not know: what a run does.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests import leaks
from tests.checks.kills import endurance
from tests.checks.kills.campaign import EACH, Result, campaign, plan_of
from tests.checks.kills.points import Loop, Phase
from tests.checks.kills.rounds import Run, run

QUICK, QUICK_EACH = 34, 3
LONG = 7200.0
"""Seconds after which a long run is ended as one that hangs, with all stacks."""


def main() -> int:
    """Run, show, and say by the exit status: 0 holds, 1 violated, 3 not finished."""
    parser = argparse.ArgumentParser(prog="make kills", description="Kill a worker at each point of its life.")
    parser.add_argument("--deaths", type=int, default=1000, help="workers that have to die by the injected kill")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} deaths, as in make verify")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", metavar="SEED:NUMBER", help="one run again; its trace is kept")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--endure", choices=endurance.RUNS, help="a long run under fire instead: what came of it")
    parser.add_argument("--calls", type=int, default=endurance.TASKS, help="of such a run")
    parser.add_argument("--method", choices=("forkserver", "spawn"), default="forkserver", help="of such a run's pool")
    arguments = parser.parse_args()
    if arguments.endure:
        return endure(arguments.endure, arguments.calls, arguments.method)
    if arguments.replay:
        return replay(*map(int, arguments.replay.split(":")))
    wanted, each = (QUICK, QUICK_EACH) if arguments.quick else (arguments.deaths, min(EACH, arguments.deaths // 10))
    begun = time.perf_counter()
    progress = Console(stderr=True)
    result = campaign(wanted, each, arguments.seed, progress.print)
    seconds = time.perf_counter() - begun
    if arguments.json:
        sys.stdout.write(json.dumps(plain(result, seconds), indent=2) + "\n")
    else:
        show(result, seconds)
    return result.exit_status


def replay(seed: int, at: int) -> int:
    """One run of a campaign, by itself."""
    directory = Path(tempfile.mkdtemp(prefix="kill")) / "trace"
    done = run(plan_of(seed, at), directory)
    print(f"{done.plan}: {'died' if done.died else 'did not come to its point'}; checkedpool trace {directory}")  # noqa: T201
    for line in done.wrong:
        print(f"  {line}")  # noqa: T201
    return 1 if done.wrong else 0


def endure(name: str, calls: int, method: str) -> int:
    """One long run."""
    faulthandler.dump_traceback_later(LONG, exit=True)
    main: Any = sys.modules["__main__"]
    main.__file__ = main.__spec__ = None  # workers are started by the hundred, and have no use for it
    with tempfile.TemporaryDirectory(prefix="endure") as directory, tempfile.TemporaryDirectory() as compiled:
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        leaks.adopt_orphans()
        leaks.own_temporary_names(Path(directory))
        endurance.start_helpers(method)
        said, wrong = endurance.RUNS[name](calls, method)
    for line in (*said, *wrong[:20], "violated" if wrong else "holds"):
        print(line)  # noqa: T201
    return 1 if wrong else 0


def plain(result: Result, seconds: float) -> dict[str, object]:
    """The result as plain values."""
    return {
        "exit_status": result.exit_status,
        "deaths": len(result.dead),
        "wanted": result.wanted,
        "runs": len(result.runs),
        "seconds": round(seconds, 1),
        "phases": [{"phase": phase.value, **numbers(result, phase)} for phase in Phase],
        "points": dict(Counter(str(one.plan.point) for one in result.dead)),
        "traces": {
            "accepted and complete": sum(
                one.trace is not None and not one.trace.verdict.exit_status for one in result.runs
            ),
            "events": sum(one.trace.events for one in result.runs if one.trace is not None),
            "lines": sum(one.trace.lines for one in result.runs if one.trace is not None),
            "widest": max((one.trace.widest for one in result.runs if one.trace is not None), default=0),
            "seconds": round(sum(one.trace.seconds for one in result.runs if one.trace is not None), 1),
        },
        "wrong": result.wrong,
        "missing": result.missing,
    }


def numbers(result: Result, phase: Phase) -> dict[str, int]:
    """What the table says of a phase."""
    runs = [one for one in result.runs if one.plan.point.phase is phase]
    dead = [one for one in runs if one.died]
    return {
        "runs": len(runs),
        "deaths": len(dead),
        **{method: _count(dead, method) for method in ("fork", "forkserver", "spawn")},
        "replace": sum(one.plan.policy == "replace" for one in dead),
        **{f"{loop.name.lower()} loop": result.by_loop[loop, phase] for loop in Loop},
        "wrong": sum(bool(one.wrong) for one in runs),
        "milliseconds": round(1000 * sum(one.seconds for one in runs)),
    }


def _count(dead: list[Run], method: str) -> int:
    return sum(one.plan.method == method for one in dead)


def show(result: Result, seconds: float) -> None:
    """The table, and what is wrong."""
    screen = Console(highlight=False)
    names = [name for name in numbers(result, Phase.STARTING) if name != "milliseconds"]
    table = Table("phase", *names, box=None)
    for phase in Phase:
        found = numbers(result, phase)
        table.add_row(phase.value, *(str(found[name]) for name in names))
    screen.print(table)
    traces = plain(result, seconds)["traces"]
    screen.print(
        f"{len(result.dead)} workers died by the injected kill in {len(result.runs)} runs, {seconds:.0f} s; {traces}"
    )
    for line in (*result.wrong, *result.missing):
        screen.print(f"  {line}", markup=False)
    screen.print({0: "holds", 1: "violated", 3: "not finished"}[result.exit_status])


if __name__ == "__main__":  # workers that are not forked read this file too
    sys.exit(main())
