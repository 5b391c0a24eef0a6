"""Histories as rows: what clients and the environment did to a pool and what came back, held against the contract.

Decides: how many examples and scenarios everybody is asked to wait for, how they read on the page; that a check which
finds nothing where something is known to be is no success. Must not know: how a history is made or judged.
"""

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import cast

from checkedpool.testing.audit import Audit, Options, Scenario, audit, scenarios
from checkedpool.testing.audit import Verdict as Judged
from tests.audit.known import BESIDE, CHANCE, HANGS, STANDARD, TRIES
from tests.checks.size import Size
from tests.checks.verify.programs import SHOWN, Ended, run
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["OURS", "THEIRS", "audited_row", "rows", "rules_row"]

SECTION = "Histories: clients and nature, against the contract"
OURS, THEIRS, LOKY = "checkedpool:ProcessPoolExecutor", "concurrent.futures:ProcessPoolExecutor", "loky"
LOKYS = f"{LOKY}:ProcessPoolExecutor"
SEED = 1
PATIENT, SHORT = 20.0, 3.0
"""Seconds for what comes for certain, and for what may never come."""
EXAMPLES = {
    Size.QUICK: {"simulated": 20},
    Size.LONG: {"simulated": 250, "fork": 30, "forkserver": 10, "spawn": 10},
    Size.ALL: {"simulated": 1000, "fork": 200, "forkserver": 80, "spawn": 60},
}
SCENARIOS = {Size.QUICK: 12, Size.LONG: 50, Size.ALL: 100}
VERDICTS = {0: Verdict.HOLDS, 1: Verdict.VIOLATED}
AUDITED = {Judged.AGREES: Verdict.HOLDS, Judged.DIFFERS: Verdict.VIOLATED}


def rows(say: Say, size: Size) -> Iterator[Row]:
    """So many of each, those on the simulated system beside all that wait; of the last size other executors, too."""
    say("histories: rules on the simulated system, scenarios on real executors")
    first, *others = EXAMPLES[size].items()
    with ThreadPoolExecutor(1) as beside:
        simulated = beside.submit(_ruled, *first)
        found = [
            audited_row("our executor", _audited(say, Options(OURS, limit=PATIENT), scenarios(SEED, SCENARIOS[size])))
        ]
        found += _others(say, size)
        found += [_ruled(stage, examples) for stage, examples in others]
        rows = [simulated.result(), *found]
    for row in rows:
        yield row if size is Size.ALL else row.as_share(f"more in {Size.ALL.value}")


def _others(say: Say, size: Size) -> list[Row]:
    """Executors that differ. Where nobody is to wait long, of the standard one only what does not hang, until seen."""
    if size is not Size.ALL:
        wanted = STANDARD.keys() - HANGS
        return [audited_row("the standard one", until_seen(say, Options(THEIRS, limit=SHORT), wanted), wanted)]
    drawn = scenarios(SEED, SCENARIOS[size])
    standard = _audited(say, Options(THEIRS, limit=SHORT), [*_known(), *drawn])
    found = [audited_row("the standard one", standard, set(STANDARD))]
    if find_spec(LOKY) is not None:
        found.append(audited_row(LOKY, _audited(say, Options(LOKYS, limit=SHORT), drawn), set()))
    return found


def _audited(say: Say, options: Options, wanted: Sequence[Scenario]) -> Audit:
    return audit(options, wanted, lambda _, done: say(f"histories: {options.target}: {done} of {len(wanted)}"))


def _known() -> list[Scenario]:
    """Where the standard executor is known to differ, each as often as it may take."""
    tries = {clause: TRIES if clause in CHANCE else 1 for clause in STANDARD}
    return [Scenario.parse(STANDARD[clause]) for clause, many in tries.items() for _ in range(many)]


def until_seen(say: Say, options: Options, clauses: Collection[str]) -> Audit:
    """Scenarios of these clauses, but for those that others may show beside; then again of what was not seen."""
    whole, missing = Audit(options), sorted(set(clauses) - {BESIDE[clause] for clause in BESIDE if clause in clauses})
    for _ in range(TRIES):
        done = _audited(say, options, [Scenario.parse(STANDARD[clause]) for clause in missing])
        whole.rounds += done.rounds
        whole.seconds += done.seconds
        missing = sorted(set(clauses) - whole.shortest().keys())
        if not missing:
            break
    return whole


def _ruled(stage: str, examples: int) -> Row:
    program = ["-m", "tests.checks.stateful", stage, "--examples", str(examples)]
    return rules_row(stage, run([sys.executable, *program, "--json"]), " ".join(("python", *program)))


def rules_row(stage: str, ended: Ended, again: str) -> Row:
    """A run of ``tests.checks.stateful``; without a report that fits its status it is no success."""
    report = ended.report()
    wrong = [] if report is None else [*cast("list[str]", report["wrong"]), *cast("list[str]", report["missing"])]
    numbers = Counter[str]() if report is None else cast("dict[str, int]", report)
    steps = f"{numbers['steps']:,} steps, " if numbers["steps"] else ""
    verdict = Verdict.NOT_FINISHED
    if report is not None:
        verdict = VERDICTS.get(cast("int", report["exit_status"]), Verdict.NOT_FINISHED)
    return Row(
        section=SECTION,
        name=f"rules, {stage}",
        verdict=verdict,
        seconds=ended.seconds,
        seen=f"{numbers['examples']:,} examples, {steps}{numbers['events']:,} events" if report else "no report",
        trouble=tuple(wrong) or (() if report else ended.trouble()),
        again=again,
    )


def audited_row(name: str, done: Audit, known: set[str] | None = None) -> Row:
    """An executor's row; ``known``: the clauses that it is known to break, which must be among those found."""
    found = done.shortest()
    counts = Counter(one.verdict.value for one in done.rounds)
    missing = sorted((known or set()) - set(found))
    if known is None:
        verdict = AUDITED.get(done.verdict, Verdict.NOT_FINISHED)
    else:
        verdict = Verdict.VIOLATED if missing else Verdict.HOLDS if done.rounds else Verdict.NOT_FINISHED
    clauses = ", ".join(f"{clause} {len(rounds)}" for clause, rounds in found.items())
    return Row(
        section=SECTION,
        name=name,
        verdict=verdict,
        seconds=done.seconds,
        seen=", ".join(f"{count} {judged}" for judged, count in counts.items()) + (f": {clauses}" if found else ""),
        trouble=_trouble(done, missing) if verdict is not Verdict.HOLDS else (),
        again=f"checkedpool audit {done.options.target} --rounds {len(done.rounds)} --seed {SEED}",
    )


def _trouble(done: Audit, missing: Sequence[str]) -> tuple[str, ...]:
    if missing:
        return tuple(f"{clause}: known to be broken, and nothing is found" for clause in missing)
    return tuple(str(done).splitlines()[:SHOWN])
