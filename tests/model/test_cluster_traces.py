"""Traces of clusters, without any cluster: a small one is followed, what is none is told, and the command says both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from checkedpool_model.cli.trace import trace
from checkedpool_model.cluster.follow import HOW, OUTSIDE, Followed, events_of, follow
from checkedpool_spec.cluster_trace import CLIENT_FORMAT, FIELDS, Event
from checkedpool_spec.trace import VERSION
from checkedpool_spec.trace_files import BadTraceError

BEGIN = {"e": "begin", "format": CLIENT_FORMAT, "version": VERSION, "pid": 1}
RUN: list[dict[str, Any]] = [
    BEGIN,
    {"e": "issue", "number": 0, "priority": 0},
    {"e": "issue", "number": 1, "priority": 7},
    {"e": "issue", "number": 2, "priority": -7},
    {"e": "start", "slots": [3, 4, 5]},
    {"e": "begun", "number": 1, "slot": 3},
    {"e": "revoke", "numbers": [1, 2], "asked": 6},
    {"e": "answered", "number": 1, "slot": None},
    {"e": "begun", "number": 0, "slot": 3},
    {"e": "drop", "slot": 5},
    {"e": "close", "cancel": False},
    {"e": "revoked", "numbers": [2], "asked": 6},
    {"e": "drop", "slot": 4},
    {"e": "answered", "number": 0, "slot": 3},
    {"e": "over"},
]


def written(folder: Path, lines: list[dict[str, Any]], end: str = "\n") -> Path:
    text = "\n".join(json.dumps({"at": place, **line}) for place, line in enumerate(lines))
    (folder / "client.jsonl").write_text(text + end)
    return folder


def test_a_run_is_followed_to_its_end_and_a_part_of_it_so_far(tmp_path: Path) -> None:
    report = follow(events_of(written(tmp_path, RUN)))
    assert (report.verdict, report.why) == (Followed.TO_ITS_END, "")
    for many in range(1, len(RUN)):
        report = follow(events_of(written(tmp_path, RUN[:many])))
        assert report.verdict is Followed.SO_FAR, report.why


def test_a_torn_last_line_is_that_of_a_process_that_was_killed(tmp_path: Path) -> None:
    assert follow(events_of(written(tmp_path, RUN, end=""))).verdict is Followed.SO_FAR


def test_a_line_that_is_left_out_or_comes_twice_is_found(tmp_path: Path) -> None:
    """But for two: a slot that is too many may be dropped later, and who closes again changes nothing."""
    harmless = {("out", 12), ("twice", 10)}
    for place in range(1, len(RUN) - 1):
        for what, lines in ("out", RUN[:place] + RUN[place + 1 :]), ("twice", RUN[: place + 1] + RUN[place:]):
            verdict = follow(events_of(written(tmp_path, lines))).verdict
            if (what, place) not in harmless:
                assert verdict is not Followed.TO_ITS_END, (what, RUN[place])


def test_each_event_has_a_step_and_its_fields() -> None:
    assert set(HOW) | set(OUTSIDE) | {Event.BEGIN} == set(FIELDS) == set(Event)


def test_what_is_no_trace_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadTraceError, match="there is none"):
        events_of(tmp_path)
    file = tmp_path / "client.jsonl"
    for text, says in (
        ("", "the beginning"),
        ('{"e":"over","at":1}\n', "the beginning"),
        ('{"e":"begin","at":1,"format":"checkedpool cluster trace","version":99,"pid":1}\n', "version"),
        ("{}\n", "an event"),
        ('{"e":"begun","at":1,"number":1}\n', "slot"),
    ):
        file.write_text(text)
        with pytest.raises(BadTraceError, match=says):
            events_of(tmp_path)


@pytest.mark.parametrize(
    ("lines", "status", "says"),
    [
        (RUN, 0, "accepted and complete"),
        (RUN[:-1], 4, "accepted so far"),
        ([*RUN[:5], RUN[8]], 1, "diverged"),
        ([*RUN[:6], {"e": "failed", "number": 1, "slot": 3}], 3, "no engine that fails"),
        ([{"e": "over"}], 2, "no trace"),
    ],
    ids=["complete", "so far", "diverged", "not finished", "bad"],
)
def test_the_command_says_it(lines: list[dict[str, Any]], status: int, says: str, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(trace)
    done = CliRunner().invoke(app, [str(written(tmp_path, lines))])
    assert done.exit_code == status, done.output
    assert says in done.output


@pytest.mark.parametrize("how", ["--draw=svg", "--draw=text", "--export=itf", "--export=perfetto", "--export=shiviz"])
def test_what_one_side_has_written_is_not_drawn_and_the_command_says_why(how: str, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(trace)
    run, file = tmp_path / "run", tmp_path / "file"
    run.mkdir()
    done = CliRunner().invoke(app, [str(written(run, RUN)), how, "-o", str(file)])
    assert done.exit_code == 2
    assert "a cluster's client" in " ".join(done.output.replace("│", "").split())
    assert not file.exists()
