"""Mutated traces are refused: most of each kind; the others change nothing that the protocol knows of."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkedpool_model.traces.verdict import Verdict
from tests.checks.traces.mutations import MUTATIONS, Trace
from tests.checks.traces.refusals import least, real_traces, verdicts_on
from tests.lending import LENDS
from tests.whole import HowMany

MUTANTS, FEW = 150, 60


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> list[Trace]:
    return real_traces(tmp_path_factory.mktemp("traces"))


@pytest.mark.skipif(not LENDS, reason="no worker is lent here")
def test_what_clients_have_issued_by_themselves_is_in_the_traces_that_are_mutated(traces: list[Trace]) -> None:
    assert any('"e":"issue"' in line for trace in traces for line in trace["parent.jsonl"])


@pytest.mark.parametrize("kind", MUTATIONS)
def test_most_mutants_of_real_traces_are_refused(
    kind: str, traces: list[Trace], tmp_path: Path, so_many: HowMany
) -> None:
    made = so_many(MUTANTS, FEW)
    verdicts = verdicts_on(kind, traces, made, tmp_path / "mutant")
    refused = 1 - verdicts[Verdict.COMPLETE] / made
    assert refused >= least(kind, made), f"{kind}: {refused:.2f} refused, {dict(verdicts)}"
    assert not verdicts[Verdict.NOT_FINISHED]
