"""``python -m tests.checks.stateful STAGE``: so many examples on one stage, and what happened in them.

Decides: how a run is asked for and shown; that a rule which came to nothing is no success.  Must not know: the rules.
The exit status is 0 if every history is one that the contract allows, 1 if one is not, 3 if something that must have
happened has not.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import get_state_machine_test, run_state_machine_as_test

from tests import leaks
from tests.checks.stateful.counting import EVENT, EXAMPLE, HAPPENED, STEP, never, until_all_has_happened
from tests.checks.stateful.machines import METHODS, OnASimulation, on

SIMULATED = "simulated"
STEPS = {SIMULATED: 20, **dict.fromkeys(METHODS, 12)}
"""Rules in one example, at most."""
MORE = 10
"""Examples in a round that is asked because something has not happened yet."""


def main() -> int:
    """Run and show."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.stateful", description="Clients and nature as rules.")
    parser.add_argument("stage", choices=list(STEPS))
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, help="other examples than those that are always the same")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    wrong = failure(arguments.stage, arguments.examples, arguments.seed)
    if arguments.stage == SIMULATED and not wrong:
        until_all_has_happened(lambda number: wrong.extend(failure(SIMULATED, MORE, number)))
    missing = never() if arguments.stage == SIMULATED and not wrong else []
    report = {
        "stage": arguments.stage,
        "exit_status": 1 if wrong else 3 if missing else 0,
        "examples": HAPPENED.pop(EXAMPLE, 0),
        "steps": HAPPENED.pop(STEP, 0),
        "events": HAPPENED.pop(EVENT, 0),
        "seconds": round(time.perf_counter() - begun, 2),
        "happened": dict(HAPPENED.most_common()),
        "wrong": wrong,
        "missing": missing,
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if arguments.json else shown(report))
    return 1 if wrong else 3 if missing else 0


def failure(stage: str, examples: int, number: int | None) -> list[str]:
    """What is wrong, line by line; the example is the shortest that Hypothesis has found."""
    machine = OnASimulation if stage == SIMULATED else on(stage)
    asked = settings(
        max_examples=examples, stateful_step_count=STEPS[stage], derandomize=number is None, database=None,
        deadline=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    if stage != SIMULATED:
        leaks.adopt_orphans()
        leaks.start_helpers()
    try:
        if number is None:
            run_state_machine_as_test(machine, settings=asked)
        else:
            seed(number)(get_state_machine_test(machine, settings=asked))()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was found
        return "".join(traceback.format_exception_only(error)).splitlines()
    return []


def shown(report: dict[str, object]) -> str:
    """The report as lines."""
    return "".join(f"{name}: {value}\n" for name, value in report.items() if value not in ([], {}))


if __name__ == "__main__":  # workers that are not forked read this file too
    sys.exit(main())
