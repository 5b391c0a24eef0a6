"""The page of other executors.  Decides: that what was not run is not called sound.  Must not know: any executor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.audit import page as made
from tests.audit.page import EXECUTORS, NOT_RUN, Executor, Found, Report, gathered, page

FOUND = Found(clause="C-04", rounds=3, contract="False", drawing=["1 running()"], again="checkedpool audit standard")
DIFFERS = Report(
    verdict="differs", policy="break", rounds={"agrees": 5, "differs": 3}, not_offered=["kill_workers"],
    differences=[FOUND],
)  # fmt: skip
AGREES = Report(verdict="agrees", policy="replace", rounds={"agrees": 8}, not_offered=[], differences=[])


def test_a_clause_is_a_column_and_an_executor_a_row() -> None:
    text = page({"CPython": DIFFERS, "ours": AGREES, "pebble": None})
    assert "| executor | C-04 | agree | differ | not finished | not offered |" in text
    assert "| CPython | 3 | 5 | 3 | 0 | `kill_workers` |" in text
    assert "| ours (*replace*) | · | 8 | 0 | 0 |  |" in text
    assert f"| pebble | {' | '.join([NOT_RUN] * 4)} |  |" in text
    assert "## C-04 RUNNING means begun." in text
    assert "[c_04.py](../../tests/audit/programs/c_04.py)" in text


def test_a_report_that_is_there_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_of: list[str] = []

    def counted(executor: Executor) -> Report:
        made_of.append(executor.target)
        return AGREES

    monkeypatch.setattr(made, "audited", counted)
    monkeypatch.setitem(EXECUTORS, "nowhere", Executor("nobody", environment=".venv-that-is-not-there"))
    first = gathered(["3.11", "nowhere"], tmp_path)
    again = gathered(["3.11", "nowhere"], tmp_path)
    assert first == again
    assert made_of == ["standard"]
    assert first["nowhere"] is None
    assert json.loads((tmp_path / "3.11.json").read_text())["name"] in first


def test_what_lives_in_another_system_is_asked_there(tmp_path: Path) -> None:
    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho $INSIDE\n")
    python.chmod(0o755)
    inside = Executor("standard", environment=str(tmp_path), within=("env", "INSIDE=3.99.0"))
    assert inside.name() == "CPython 3.99.0"
    assert inside.command("checkedpool", "audit") == ["env", "INSIDE=3.99.0", f"{tmp_path}/bin/checkedpool", "audit"]
    assert Executor("standard", environment=str(tmp_path), within=("false",)).name() is None
