"""Kills and traces as rows: real workers that die at each point, real runs that are runs of the protocol.

Decides: how ``tests.checks.kills`` and the refusals of mutated traces read on the page. Must not know: how a
run is made, how a trace is judged.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from checkedpool_model.traces.verdict import Verdict as Judged
from tests.checks.size import Size
from tests.checks.traces.refusals import FLOORS, least, real_traces, verdicts_on
from tests.checks.verify.programs import Ended, Json, run
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["mutants", "rows", "rows_of"]

KILLS = "Kills: a real worker dies at each point of its life"
TRACES = "Traces: real runs, followed through the protocol"
PROGRAM = [sys.executable, "-m", "tests.checks.kills", "--json"]
VERDICTS = {0: Verdict.HOLDS, 3: Verdict.NOT_FINISHED}
MUTANTS = 60
"""Of each kind."""


DEATHS = {Size.QUICK: ("--quick",), Size.LONG: ("--deaths", "250"), Size.ALL: ()}


def rows(say: Say, size: Size) -> Iterator[Row]:
    """All of the kills, or a share."""
    say("kills: a real worker at each point")
    for row in rows_of(run([*PROGRAM, *DEATHS[size]])):
        yield row.as_share("a thousand deaths in make kills") if DEATHS[size] else row


def rows_of(ended: Ended) -> Iterator[Row]:
    """A row for each phase, one for the traces; one that says why if there is no report that fits the status."""
    report = ended.report()
    if report is None:
        yield Row(
            section=KILLS,
            name="campaign",
            verdict=Verdict.NOT_FINISHED if ended.status is None else Verdict.VIOLATED,
            seconds=ended.seconds,
            seen="no report",
            trouble=ended.trouble(),
            again="make kills",
        )
        return
    status = cast("int", report["exit_status"])
    trouble = tuple(cast("Sequence[str]", report["wrong"])) + tuple(cast("Sequence[str]", report["missing"]))
    for phase in cast("Sequence[Json]", report["phases"]):
        yield _phase(phase, status, trouble)
    traces = cast("Mapping[str, int]", report["traces"])
    yield Row(
        section=TRACES,
        name="accepted",
        verdict=VERDICTS.get(status, Verdict.VIOLATED),
        seconds=float(traces["seconds"]),
        seen=f"{traces['accepted and complete']} of {report['runs']} complete: {traces['events']:,} events, "
        f"at most {traces['widest']} states at a time",
        trouble=trouble,
        again="make kills",
    )


def _phase(phase: Json, status: int, trouble: tuple[str, ...]) -> Row:
    many = ", ".join(f"{phase[method]} {method}" for method in ("fork", "forkserver", "spawn") if phase[method])
    wrong = bool(phase["wrong"]) or not phase["deaths"]
    return Row(
        section=KILLS,
        name=str(phase["phase"]),
        verdict=(VERDICTS.get(status, Verdict.VIOLATED)) if wrong else Verdict.HOLDS,
        seconds=cast("int", phase["milliseconds"]) / 1000,
        seen=f"{phase['deaths']} deaths: {many}; {phase['replace']} under replace; "
        f"{phase['fast loop']} in the fast loop, {phase['plain loop']} in the plain one",
        trouble=trouble if wrong else (),
        again="make kills",
    )


def mutants(say: Say) -> Iterator[Row]:
    """Changed traces of real runs must be refused, most of them: some changes change nothing."""
    say("traces: mutants of real traces")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mutants") as directory:
        traces = real_traces(Path(directory), 6)
        found = {kind: verdicts_on(kind, traces, MUTANTS, Path(directory) / "mutant") for kind in FLOORS}
    refused = {kind: 1 - verdicts[Judged.COMPLETE] / MUTANTS for kind, verdicts in found.items()}
    yield mutants_row(refused, time.perf_counter() - begun)


def mutants_row(refused: Mapping[str, float], seconds: float) -> Row:
    """One row for all kinds."""
    low = tuple(
        f"{kind}: {rate:.0%} refused, {least(kind, MUTANTS):.0%} must be"
        for kind, rate in refused.items()
        if rate < least(kind, MUTANTS)
    )
    return Row(
        section=TRACES,
        name="mutants refused",
        verdict=Verdict.VIOLATED if low else Verdict.HOLDS if refused else Verdict.NOT_FINISHED,
        seconds=seconds,
        seen=", ".join(f"{kind} {rate:.0%}" for kind, rate in refused.items()) + f", of {MUTANTS} each",
        trouble=low,
        again='make test ARGS="tests/checks/traces/test_mutations.py"',
    )
