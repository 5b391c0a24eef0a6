"""``checkedpool explore``: its file, its words, its statuses; a schedule and a trace. Must not know: the page."""

import re
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner, Result

from checkedpool.testing.schedules.schedule import Schedule
from checkedpool.testing.simulated.catalogue import scope_named
from checkedpool_model.explorer import schedules, traces
from checkedpool_model.explorer.addressed import NothingToExploreError, subject_of
from checkedpool_spec import cli
from tests.explorer.reading import read_back
from tests.explorer.tracing import traced
from tests.repo.tree import ROOT


def explore(*words: str) -> Result:
    return CliRunner().invoke(cli.build(), ["explore", *words])


def test_the_file_is_written_and_what_is_in_it_is_told(tmp_path: Path) -> None:
    shown = explore("full-pipe", "-o", str(tmp_path / "pool.html"))
    assert shown.exit_code == 0, shown.output
    words = " ".join(shown.output.split())
    assert words.startswith("The full wake-up pipe: 2 graphs, 34 states, in ")
    assert (tmp_path / "pool.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_the_page_of_the_explorer_shows_is_what_is_printed(tmp_path: Path) -> None:
    page = (ROOT / "docs/explorer.md").read_text()
    (said,) = re.findall(r"checkedpool explore full-pipe -o pool\.html\n(.*)", page)
    shown = explore("full-pipe", "-o", str(tmp_path / "pool.html")).output
    assert " ".join(shown.split()).replace(f"{tmp_path}/", "") == said


def test_the_schedule_on_the_page_of_the_explorer_is_one() -> None:
    (word,) = re.findall(r"checkedpool explore (v1:\S+)`", (ROOT / "docs/explorer.md").read_text())
    assert Schedule.read(word).name == "two"


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    shown = explore("boot#0", "--limit", "50", "-o", str(tmp_path / "pool.html"))
    assert "left out: boot: drain and wait:" in " ".join(shown.output.split())


def test_a_file_that_cannot_be_written_is_misuse(tmp_path: Path) -> None:
    shown = explore("full-pipe", "-o", str(tmp_path / "nowhere" / "pool.html"))
    assert shown.exit_code == 2
    assert "cannot write" in shown.output


def test_a_mutant_is_explored_with_its_counterexample(tmp_path: Path) -> None:
    shown = explore("gate#0", "--mutant", "does not look at the gate again", "-o", str(tmp_path / "pool.html"))
    assert shown.exit_code == 0, shown.output
    page = (tmp_path / "pool.html").read_text(encoding="utf-8")
    assert "checkedpool explore 'gate#0' --mutant 'submit() does not look at the gate again'" in page
    assert explore("full-pipe", "--mutant", "does not look at the gate again").exit_code == 2


def test_an_accepted_trace_is_a_run_with_its_events_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "AROUND", 30)
    made = subject_of(str(traced(tmp_path / "small")))
    assert made.says[0].startswith("This trace is accepted and complete. ")
    back = read_back(made.graphs[0])
    (run,) = back.head["runs"]
    assert len(run["notes"]) == len(run["moves"])
    assert all("jsonl:" in note for note in run["notes"])
    at = 0
    for move in run["moves"]:
        at = back.targets[at][back.enabled[at].index(move)]
    assert back.columns["terminal"][at]


def test_the_folder_of_a_programs_traces_is_its_only_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "AROUND", 30)
    folder = traced(tmp_path / "small")
    assert subject_of(str(tmp_path)).title == "trace small"
    copytree(folder, tmp_path / "again")
    with pytest.raises(
        NothingToExploreError, match=f"there are 2 traces in {tmp_path}; one of them is {tmp_path}/again"
    ):
        subject_of(str(tmp_path))


def test_a_trace_that_diverges_is_shown_up_to_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "AROUND", 30)
    folder = traced(tmp_path / "small")
    lines = (folder / "parent.jsonl").read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"Issue"' not in line]
    assert len(kept) < len(lines)
    (folder / "parent.jsonl").write_text("".join(kept))
    made = subject_of(str(folder))
    assert made.says[0].startswith("This trace is diverged. ")
    assert re.match(r"(parent|worker-0)\.jsonl:\d+", made.says[1])


def test_a_schedule_is_a_run_on_the_simulated_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "AROUND", 60)
    made = subject_of(str(Schedule("two", scope_named("two"), ())))
    assert made.says == ["After 35 steps: nothing is wrong."]
    back = read_back(made.graphs[0])
    (run,) = back.head["runs"]
    assert len(run["moves"]) == 35
    at = 0
    for move in run["moves"]:
        at = back.targets[at][back.enabled[at].index(move)]
    assert back.columns["terminal"][at]
    names = {family["name"] for family in back.head["families"]}
    assert names == {"client", "manager", "worker", "task", "between them"}
    assert back.head["kills"]
