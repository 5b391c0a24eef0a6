"""The audit finds the faults of the engine's own executor, and of this one what the table of the page says it cannot.

Decides: what each must find.  Must not know: how it is found.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checkedpool.testing.audit import Scenario, scenarios
from tests.dask import audits
from tests.dask.audits import FAULTS, Fault
from tests.dask.promises import CANNOT, CLAUSES, PAGE

BY_SCENARIO = [fault for fault in FAULTS if isinstance(fault.shown_by, str)]
BY_PROGRAM = [fault for fault in FAULTS if not isinstance(fault.shown_by, str)]
WHOLE = "CHECKEDPOOL_DASK_LONG"
AUDITS = 5


@cache
def not_found(target: str) -> dict[Fault, set[str]]:
    """Which faults no audit has found, all scenarios of a target being one, and what the last one found in their place.

    Which message the engine has dealt with when a worker is killed is chance: so a few audits are made.
    """
    left: dict[Fault, set[str]] = {fault: set() for fault in BY_SCENARIO if fault.target == target}
    for _ in range(AUDITS):
        lines = {str(fault.shown_by): None for fault in left}
        done = audits.audited(target, [Scenario.parse(line) for line in lines])
        found = {str(one.scenario): audits.found(type(done)(done.options, [one])) for one in done.rounds}
        left = {fault: found[line] for fault in left if fault.clause not in found[line := str(fault.shown_by)]}
        if not left:
            break
    return left


@pytest.mark.slow
@pytest.mark.parametrize("fault", BY_SCENARIO, ids=lambda fault: fault.says)
def test_the_audit_finds_the_engines_fault(engine: Any, fault: Fault) -> None:
    assert fault not in (missed := not_found(fault.target)), f"{fault.clause} is not among {missed[fault]}"


@pytest.mark.parametrize("fault", BY_PROGRAM, ids=lambda fault: fault.says)
def test_a_program_finds_the_engines_fault_and_none_here(
    client: Any, executor: Any, fault: Fault, tmp_path: Path
) -> None:
    assert not isinstance(fault.shown_by, str)
    (tmp_path / "ours").mkdir()
    assert fault.shown_by(executor, tmp_path / "ours")
    assert not fault.shown_by(client.get_executor(), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(WHOLE not in os.environ, reason=f"{WHOLE}=1 asks for it")
def test_of_ours_the_scenarios_of_these_faults_find_none(engine: Any) -> None:
    done = audits.audited("ours", [Scenario.parse(line) for line in {str(fault.shown_by) for fault in BY_SCENARIO}])
    assert done, str(done)


@pytest.mark.slow
@pytest.mark.skipif(WHOLE not in os.environ, reason=f"{WHOLE}=1 asks for it")
def test_of_ours_the_audit_finds_what_the_table_says_it_cannot(engine: Any) -> None:
    done = audits.audited("ours", scenarios(1, 46))
    cannot = {clause for clause, (verdict, _) in CLAUSES.items() if verdict == CANNOT}
    assert all(cannot & {*difference.clauses} for one in done.rounds for difference in one.differences), str(done)


def test_the_page_lists_the_faults() -> None:
    page = PAGE.read_text()
    for fault in FAULTS:
        assert f"| {fault.says} | {fault.clause} |" in page
