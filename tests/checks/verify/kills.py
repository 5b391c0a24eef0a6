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
DEATHS = {Size.QUICK: ("--quick",), Size.LONG: ("--deaths", "250"), Size.ALL: ()}
MUTANTS = {Size.QUICK: (4, 40), Size.LONG: (6, 60), Size.ALL: (12, 150)}
"""How many real traces, and how many mutants of each kind are made of them."""


def rows(say: Say, size: Size) -> Iterator[Row]:
    """All of the kills, or a share."""
    say("kills: a real worker at each point")
    for row in rows_of(run([*PROGRAM, *DEATHS[size]])):
        yield row.as_share(f"a thousand deaths in {Size.ALL.value}") if DEATHS[size] else row


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


def mutants(say: Say, size: Size) -> Iterator[Row]:
    """Changed traces of real runs must be refused, most of them: some changes change nothing."""
    say("traces: mutants of real traces")
    begun, (runs, made) = time.perf_counter(), MUTANTS[size]
    with tempfile.TemporaryDirectory(prefix="mutants") as directory:
        traces = real_traces(Path(directory), runs)
        found = {kind: verdicts_on(kind, traces, made, Path(directory) / "mutant") for kind in FLOORS}
    refused = {kind: 1 - verdicts[Judged.COMPLETE] / made for kind, verdicts in found.items()}
    row = mutants_row(refused, made, time.perf_counter() - begun)
    yield row if size is Size.ALL else row.as_share(f"{MUTANTS[Size.ALL][1]} of each in {Size.ALL.value}")


def mutants_row(refused: Mapping[str, float], made: int, seconds: float) -> Row:
    """One row for all kinds, of each of which so many were made."""
    low = tuple(
        f"{kind}: {rate:.0%} refused, {least(kind, made):.0%} must be"
        for kind, rate in refused.items()
        if rate < least(kind, made)
    )
    return Row(
        section=TRACES,
        name="mutants refused",
        verdict=Verdict.VIOLATED if low else Verdict.HOLDS if refused else Verdict.NOT_FINISHED,
        seconds=seconds,
        seen=", ".join(f"{kind} {rate:.0%}" for kind, rate in refused.items()) + f", of {made} each",
        trouble=low,
        again='make test ARGS="tests/checks/traces/test_mutations.py"',
    )
