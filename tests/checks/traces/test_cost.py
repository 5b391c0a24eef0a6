"""The measurement of what a trace costs. Decides: that both kinds of runs are what they are called."""

from __future__ import annotations

from pathlib import Path

from checkedpool_model.traces.verdict import Verdict, judge
from tests.checks.traces.cost import cost


def test_a_run_with_a_trace_leaves_one_and_a_run_without_leaves_nothing(tmp_path: Path) -> None:
    assert min(cost(20, None)) > 0
    assert list(tmp_path.iterdir()) == []
    assert min(cost(20, tmp_path / "trace")) > 0
    assert judge(tmp_path / "trace", draw=False).verdict is Verdict.COMPLETE
