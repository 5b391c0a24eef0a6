"""Pictures of real runs. Decides: that they show each event with its step, where it was, and nothing that was not."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from checkedpool_model.checker.membership import DEFAULT_LIMIT
from checkedpool_model.checker.show.drawing_svg import drawn
from checkedpool_model.pictures import events, lanes_svg
from checkedpool_model.pictures.events import sequence, svg, text
from checkedpool_model.pictures.lanes import Bar, Row, rows
from checkedpool_model.pictures.scale import duration, scale_of
from checkedpool_model.traces import timed as timing
from checkedpool_model.traces.naming import abreast, numbered
from checkedpool_model.traces.reading import Call, DivergedError
from checkedpool_model.traces.timed import TimedRun, timed_run
from checkedpool_model.traces.verdict import Verdict
from checkedpool_spec.trace import E
from checkedpool_spec.trace_files import BadTraceError, Line
from tests.pictures.runs import KEPT, NAMES, kept
from tests.repo.tree import ROOT

SVG = "{http://www.w3.org/2000/svg}"
COLUMNS = 120
FIRST_EVENT = "   18.787 ms     1 "
WIDE = 7.2
"""How wide a small letter is at most, on average."""


def picture(made: TimedRun) -> ET.Element:
    return ET.fromstring(svg(made))  # noqa: S314 - made here


def words(of: ET.Element) -> str:
    return " ".join("".join(part.itertext()) for part in of.iter(f"{SVG}text"))


def mutated(folder: Path, change: Callable[[list[dict[str, object]]], None], name: str = "death") -> TimedRun:
    """The run of a kept trace of which the parent's lines are others."""
    folder.mkdir(exist_ok=True)
    for file in (KEPT / name).glob("*.jsonl"):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        if file.name == "parent.jsonl":
            change(lines)
        (folder / file.name).write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return timed_run(folder, limit=DEFAULT_LIMIT)


def leave_early(lines: list[dict[str, object]]) -> None:
    """The order to leave comes before anything else that the manager does: no step of the protocol."""
    ops = [at for at, line in enumerate(lines) if line["e"] == "op"]
    leave = next(lines[at] for at in ops if lines[at]["op"]["is"] == "Leave")  # type: ignore[index]
    moment = lines[ops[0]]["at"][0]  # type: ignore[index]
    lines.insert(ops[0], {**leave, "at": [moment, moment]})


def go_back(lines: list[dict[str, object]]) -> None:
    """The manager's clock goes back: a line that cannot stand."""
    ops = [at for at, line in enumerate(lines) if line["e"] == "op"]
    lines[ops[len(ops) // 2]]["at"] = lines[ops[0]]["at"]


# --- moments and names ------------------------------------------------------------------------------------------------


def wrong_moments(made: TimedRun) -> list[str]:
    """Where an event has no moment that it can have had."""
    found, clock = [], 0
    for one in made.happened:
        if one.at < clock:
            found.append(f"{one.number}: time goes back")
        if not one.earliest <= one.at <= one.latest:
            found.append(f"{one.number}: not within its interval")
        clock = one.at
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_event_has_a_moment_within_its_interval_and_time_never_goes_back(name: str) -> None:
    assert wrong_moments(kept(name)) == []


@pytest.mark.parametrize("wrong", ["written", "begins"])
def test_moments_that_forget_the_order_are_found(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants: the moment of the line as it is; the first moment of the interval."""
    moments = {
        "written": lambda ones, names: [names.lines[one.where].after for one in ones],
        "begins": lambda ones, _: [one.begins for one in ones],
    }
    monkeypatch.setattr(timing, "_moments", moments[wrong])
    assert wrong_moments(timed_run(KEPT / "death", limit=DEFAULT_LIMIT))


@pytest.mark.parametrize("name", NAMES)
def test_the_events_together_are_the_run_and_each_names_its_steps(name: str) -> None:
    made = kept(name)
    assert [step for one in made.happened for step in one.steps] == [move.action for move in made.run.found.moves]
    for one in made.happened:
        assert {action.partition(" ")[0] for action in one.actions} == set(one.steps)
    assert made.states[-1] in made.run.found.states


def test_a_worker_has_the_number_of_its_file_although_the_model_uses_its_lane_again() -> None:
    made = kept("reused")
    assert made.names.slots == {0: [0, 2], 1: [1]}
    answers = [one for one in made.happened if one.steps == ("WorkerAnswers",)]
    assert [(one.who, one.where.partition(":")[0]) for one in answers] == [
        ("worker 0", "worker-0.jsonl"), ("worker 1", "worker-1.jsonl"), ("worker 2", "worker-2.jsonl"),
    ]  # fmt: skip
    assert [one.actions for one in answers] == [(f"WorkerAnswers worker {number}",) for number in range(3)]
    found = {row.name: row for row in rows(made)[0] if row.name.startswith("worker")}
    assert [bar.label for bar in found["workers 0, 2"].bars if bar.kind == "boots"] == [
        "worker 0 boots", "worker 2 boots",
    ]  # fmt: skip
    assert [bar.says for bar in found["worker 1"].bars if bar.kind == "runs"] == ["worker 1 runs task 1"]


def call(number: int, begins: int, ends: int | None) -> Call:
    line = Line("parent.jsonl", number, {"call": number}, E.CALL, begins, begins)
    return Call(line, "submit", None if ends is None else replace(line, e=E.RETURN, after=ends))


def test_calls_that_overlap_are_of_different_clients_and_others_need_not_be() -> None:
    assert abreast([call(0, 0, 10), call(1, 10, 20), call(2, 15, 30), call(3, 21, 22)]) == {0: 0, 1: 0, 2: 1, 3: 0}
    assert abreast([call(0, 0, None), call(1, 10, 20)]) == {0: 0, 1: 1}


def test_many_numbers_are_told_shortly() -> None:
    assert numbered(["task 1", "task 2"]) == "task 1, 2"
    assert numbered([f"task {number}" for number in range(9)]) == "task 0, 1, 2, …, 8"
    assert numbered(["", ""]) == ""


# --- the picture ------------------------------------------------------------------------------------------------------


def test_the_picture_in_the_documents_and_the_kept_drawing_are_up_to_date() -> None:
    again = "make it again: python -m tests.pictures"
    assert (ROOT / "docs/generated/trace-death.svg").read_text(encoding="utf-8") == svg(kept("death")), again
    assert (KEPT / "calm.txt").read_text(encoding="utf-8") == text(kept("calm"), COLUMNS), again
    page = (ROOT / "docs/traces.md").read_text(encoding="utf-8")
    assert "(generated/trace-death.svg)" in page
    assert f"```text\n{text(kept('death'), 100).partition(FIRST_EVENT)[0].rstrip()}\n```" in page


@pytest.mark.parametrize("name", NAMES)
def test_every_event_is_told_with_its_step_of_the_model_and_its_line(name: str) -> None:
    made = kept(name)
    told, drawing = sequence(made), " ".join(text(made, 200).split())
    assert len(told.events) == len(made.happened)
    for one, event in zip(made.happened, told.events, strict=True):
        assert event.notes == (f"{', '.join(one.actions)} ({one.where})",)
        assert event.notes[0] in drawing
        assert event.at == f"{one.at / 1_000_000:.3f} ms"
    assert told.ending == "accepted and complete"
    assert not told.claim


def test_tasks_deaths_tickets_and_calls_lie_in_the_lanes_of_those_whose_they_are() -> None:
    found = {row.name: row for row in rows(kept("death"))[0]}
    assert list(found) == ["client", "manager", "starter", "worker 0", "worker 1"]
    assert [bar.label for bar in found["worker 0"].bars if bar.kind == "runs"] == ["0", "1", "2"]
    assert [bar.label for bar in found["worker 1"].bars if bar.kind == "runs"] == ["3"]
    assert [point.kind for point in found["worker 0"].points] == ["revoked", "dies"]
    assert max(count for _, count in found["worker 0"].tickets) == 3
    assert [bar.label for bar in found["client"].bars][-2:] == ["cancel 4", "shutdown"]


def test_a_death_is_a_cross_in_its_lane_and_a_marked_row_below() -> None:
    crosses = [path for path in picture(kept("death")).iter(f"{SVG}path") if path.get("class") == "cross"]
    assert len(crosses) == 1
    assert [event.label for event in sequence(kept("death")).events if event.wrong] == ["dies"]
    assert "✗" in text(kept("death"), COLUMNS)


def labels(of: ET.Element) -> Iterator[tuple[float, float, float]]:
    """Of the small letters: their line, where they begin, where they end."""
    for part in of.iter(f"{SVG}text"):
        kinds = part.get("class", "").split()
        if "small" in kinds:
            for span in part:
                wide = len(span.text or "") * WIDE * 0.85
                x, y = float(span.get("x", "")), float(span.get("y", ""))
                left = x - wide / 2 if "middle" in kinds else x - wide if "last" in kinds else x
                yield y, left, left + wide


def overlaps(of: ET.Element) -> list[str]:
    """The small letters that lie over others, or beyond the picture."""
    found = []
    every = sorted(labels(of))
    for (y, _, right), (other, left, _) in pairwise(every):
        if y == other and left < right:
            found.append(f"at {y}: {left} is before {right}")
    width = float(of.get("width", ""))
    return found + [f"beyond: {left}, {right}" for _, left, right in every if left < 0 or right > width]


@pytest.mark.parametrize("name", NAMES)
def test_no_label_of_the_lanes_lies_over_another(name: str) -> None:
    assert overlaps(picture(kept(name))) == []


def test_labels_that_lie_over_each_other_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant that takes letters for narrower than they are."""
    monkeypatch.setattr(lanes_svg, "LETTER", 0.5)
    assert overlaps(picture(kept("death")))


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_a_drawing_of_characters_keeps_its_width(width: int) -> None:
    lines = text(kept("death"), width).splitlines()
    assert max(map(len, lines)) <= max(width, 60)
    assert text(kept("death"), width, ascii_only=True).isascii()


def test_where_there_is_no_room_many_bars_are_one_that_says_how_many() -> None:
    scale = scale_of([], 1000, 100, pause=10, mark=20)
    bars = [Bar(at, at + 1, "runs", str(at), f"runs {at}") for at in range(0, 50, 2)]
    many, wide = lanes_svg._together([*bars, Bar(500, 900, "runs", "x", "")], scale)
    assert (many[0].label, many[0].says) == ("25 tasks", "25 tasks: runs 0 … runs 48")
    assert wide[0].label == "x"


def test_of_many_events_some_are_left_out_and_how_many_is_said() -> None:
    made = kept("death")
    many = replace(made, happened=tuple(replace(made.happened[at % 50], number=at + 1) for at in range(2000)))
    told = sequence(many)
    left_out = sum(int(words.partition(" ")[0]) for _, words in told.remarks)
    assert len(told.events) + left_out == 2000
    assert len(told.events) <= events.MOST + 2 * events.AROUND
    assert {told.actors[event.source] for event in told.events} == {one.who for one in many.happened}
    deaths = [one.number for one in many.happened if "WorkerCrashes" in one.steps]
    assert deaths[0] in {event.number for event in told.events}
    assert told.remarks[0][1] in words(ET.fromstring(drawn(told)))  # noqa: S314 - made here


def test_more_lanes_than_fit_are_left_out_and_how_many_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkedpool_model.pictures.lanes.MOST_ROWS", 2)
    assert "3 lanes are left out" in words(picture(kept("death")))
    assert "3 lanes are left out" in text(kept("death"), COLUMNS)


# --- the scale --------------------------------------------------------------------------------------------------------


def test_a_scale_is_to_scale_where_it_is_not_shortened_and_never_goes_back() -> None:
    moments = [*range(0, 1000, 10), *range(100_000, 101_000, 10)]
    scale = scale_of(moments, 101_000, 1000, pause=50, mark=80)
    assert [(one.begins, one.ends) for one in scale.pauses] == [(990, 100_000)]
    places = [scale.place(moment) for moment in moments]
    assert places == sorted(places)
    assert places[11] - places[10] == pytest.approx(places[-1] - places[-2])
    assert scale.place(0) == 0
    assert scale.place(101_000) == pytest.approx(1000)
    assert scale.place(100_000) - scale.place(990) == pytest.approx(50)


@pytest.mark.parametrize("moments", [[], [0], [5], [0, 10**12], list(range(100)), [*range(100), 10**18]])
def test_a_scale_of_any_moments_has_a_place_for_each(moments: list[int]) -> None:
    scale = scale_of(moments, max(moments, default=0), 500, pause=50, mark=80)
    assert all(0 <= scale.place(moment) <= 500 for moment in (*moments, -5, 10**15))
    assert len(scale.marks()) < 50
    assert scale.label(0) == "0"


def test_a_duration_has_a_unit_that_fits() -> None:
    assert [duration(each) for each in (5_000, 1_500_000, 2_000_000_000, 5_000_000_000_000)] == [
        "5 µs", "1.5 ms", "2 s", "5,000 s",
    ]  # fmt: skip


# --- what was refused -------------------------------------------------------------------------------------------------


def test_a_refused_trace_is_drawn_up_to_what_was_refused_and_that_is_marked(tmp_path: Path) -> None:
    made = mutated(tmp_path / "early", leave_early)
    assert made.verdict is Verdict.DIVERGED
    told = sequence(made)
    assert told.events[-1].wrong
    assert told.events[-1].label == "Leave, lane 1"
    assert told.events[-1].notes[0].startswith("refused: no step of the protocol (parent.jsonl:")
    assert "was not possible" in told.events[-1].notes[1]
    assert len(told.events) == len(made.happened) + 1
    assert told.ending.startswith("diverged: parent.jsonl:")
    assert "refused here" in words(picture(made))
    assert "refused here ✗" in text(made, COLUMNS)
    assert all(bar.ends <= made.lasts for row in rows(made)[0] for bar in row.bars)


def test_a_trace_with_a_line_that_cannot_stand_is_drawn_up_to_that_line(tmp_path: Path) -> None:
    made = mutated(tmp_path / "back", go_back)
    assert made.verdict is Verdict.DIVERGED
    assert made.refused is not None
    assert made.refused.text == "the clock goes back within the manager's thread"
    file, _, number = made.refused.where.partition(":")
    own = [int(one.where.partition(":")[2]) for one in made.happened if one.where.startswith(file)]
    assert 0 < max(own) < int(number)
    assert "refused here" in words(picture(made))


def test_what_is_no_trace_of_any_pool_is_not_drawn(tmp_path: Path) -> None:
    with pytest.raises(DivergedError):
        mutated(tmp_path / "workers", lambda lines: lines[0].update(max_workers=-(10**30)))
    for moment in (-1, 10**400):
        with pytest.raises(DivergedError, match="no clock shows this moment"):
            mutated(tmp_path / "clock", lambda lines, moment=moment: lines[-1].update(at=sorted([moment, 0])))  # type: ignore[misc]
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "parent.jsonl").write_text("{")
    with pytest.raises(BadTraceError, match="the file is empty"):
        timed_run(tmp_path / "torn", limit=1)


# --- what a trace says is data ----------------------------------------------------------------------------------------

EVIL = ("</text></svg><script>pwned()</script>", "\"><image href='x' onerror=pwned()>", "a\x00\x07\u202e\ud800 b")
TAGS = {"svg", "title", "desc", "style", "rect", "path", "g", "text", "tspan", "circle"}
HARMLESS = re.compile(r"[a-z0-9-]+|viewBox")


def strings(value: object) -> set[str]:
    if isinstance(value, dict):
        return {found for part in value.values() for found in strings(part)}
    if isinstance(value, list):
        return {found for part in value for found in strings(part)}
    return {value} if isinstance(value, str) else set()


def replaced(value: object, old: str, new: str) -> object:
    if isinstance(value, dict):
        return {name: replaced(part, old, new) for name, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, old, new) for part in value]
    return new if value == old else value


def dangers(made: str) -> set[str]:
    """The elements and attributes of a picture that it should not have."""
    root = ET.fromstring(made)  # noqa: S314 - this is what is asked
    found = {part.tag.removeprefix(SVG) for part in root.iter()} - TAGS
    names = {name for part in root.iter() for name in part.attrib}
    return found | {name for name in names if name.startswith("on") or "href" in name or not HARMLESS.fullmatch(name)}


def test_hostile_words_in_a_trace_are_text_in_its_picture_or_are_refused(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (KEPT / "calm" / "parent.jsonl").read_text().splitlines()]
    places = sorted({found for line in lines for found in strings(line)})
    drawn_ = 0
    for number, place in enumerate(places):
        evil = EVIL[number % len(EVIL)]

        def change(lines: list[dict[str, object]], place: str = place, evil: str = evil) -> None:
            lines[:] = [replaced(line, place, evil) for line in lines]  # type: ignore[misc]

        try:
            made = mutated(tmp_path / f"{number}", change, "calm")
        except (BadTraceError, DivergedError):
            continue
        drawn_ += 1
        assert dangers(svg(made)) == set(), place
    assert 0 < drawn_ < len(places)


def test_an_element_that_should_not_be_in_a_picture_is_found() -> None:
    assert dangers(svg(kept("calm")).replace("<desc>", "<script>x</script><desc>", 1)) == {"script"}
    assert dangers(svg(kept("calm")).replace('role="img"', 'onload="x"', 1)) == {"onload"}


def test_a_name_that_is_hostile_is_text_in_the_title() -> None:
    made = replace(kept("calm"), name=EVIL[0], why=(EVIL[1],))
    assert dangers(svg(made)) == set()
    assert f"trace {EVIL[0]}:" in (picture(made).findtext(f"{SVG}title") or "")


def test_a_lane_of_any_name_has_room() -> None:
    assert lanes_svg._shortened("workers 0, 1, 2, …, 99") == "workers 0, 1, 2,…"
    assert Row("x").bars == []
