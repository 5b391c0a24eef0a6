"""The pictures in the documents. Decides: that they are what the tables are. Must not know: where things stand."""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from xml.etree import ElementTree as ET

import pytest

from checkedpool._core import messages, tables, worker_record
from checkedpool._core.manager import Manager, Settings
from tests.pictures import diagrams, record
from tests.pictures.drawing import Arrow, Diagram, Kind, State, drawn
from tests.repo.tree import ROOT

FOLDER = ROOT / "docs" / "generated"
DIAGRAMS = diagrams.diagrams()
CALLS = [("submit", tables.SUBMIT), ("cancel", tables.CANCEL), ("shutdown", tables.SHUTDOWN)]
WIDEST = 900
"""Wider than this, a page of documents shows them smaller than they are."""


def _read(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 - our own


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in _read(picture).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_picture_is_up_to_date(name: str) -> None:
    again = "make it again: python -m tests.pictures"
    assert (FOLDER / f"table-{name}.svg").read_text(encoding="utf-8") == drawn(DIAGRAMS[name]), again


def test_the_page_of_the_record_is_up_to_date() -> None:
    again = "make it again: python -m tests.pictures"
    assert (FOLDER / "worker-record.md").read_text(encoding="utf-8") == record.page(), again


def test_there_is_no_picture_of_a_table_that_is_no_more() -> None:
    assert {path.name for path in FOLDER.glob("table-*.svg")} == {f"table-{name}.svg" for name in DIAGRAMS}


@pytest.mark.parametrize("name", DIAGRAMS)
def test_every_picture_is_shown_in_some_document(name: str) -> None:
    pages = [path for folder in ("docs", "docs/generated") for path in (ROOT / folder).glob("*.md")]
    assert [path.name for path in pages if f"table-{name}.svg)" in path.read_text()]


@pytest.mark.parametrize("diagram", DIAGRAMS.values(), ids=DIAGRAMS.keys())
def test_a_picture_is_well_formed_and_as_narrow_as_a_page(diagram: Diagram) -> None:
    root = _read(drawn(diagram))
    assert int(root.attrib["width"]) <= WIDEST
    tips = [element for element in root.iter() if element.attrib.get("class", "").startswith("tip")]
    assert len(tips) == len(diagram.arrows) + 2  # the beginning is a dot and an arrow


@pytest.mark.parametrize(("name", "table"), CALLS)
def test_every_row_and_every_cell_of_a_call_is_drawn(name: str, table: tables.Table) -> None:
    diagram = DIAGRAMS[name]
    assert [state.key for state in diagram.states if state.kind is Kind.STEP] == [step.name for step in table]
    ends = [following for row in table.values() for following in row.values() if isinstance(following, tables.End)]
    assert sorted(end.value for end in ends) == sorted(s.says for s in diagram.states if s.kind is not Kind.STEP)
    assert len(diagram.arrows) == sum(len(row) for row in table.values())


@pytest.mark.parametrize(("name", "table"), CALLS)
def test_another_cell_is_another_picture(name: str, table: tables.Table) -> None:
    for step, row in table.items():
        other: dict[tables.Result, tables.Step | tables.End] = dict(zip(row, [*row.values()][::-1], strict=True))
        if len(row) == 1:
            other = dict.fromkeys(row, tables.End.FALSE if tables.End.FALSE not in row.values() else tables.End.TRUE)
        assert drawn(diagrams.call(DIAGRAMS[name].title, {**table, step: other})) != drawn(DIAGRAMS[name])


def test_what_leads_to_the_same_state_is_one_arrow_with_all_words() -> None:
    arrows = {(arrow.source, arrow.target): arrow.says for arrow in DIAGRAMS["worker"].arrows}
    assert arrows["SAY_FAILED", "ABORT"] == (tables.Came.DONE.value, tables.Came.LOST.value)


@pytest.mark.parametrize(("name", "table"), [("life", worker_record.LIFE), ("tickets", worker_record.TICKETS)])
def test_every_cell_of_the_record_is_on_an_arrow_or_in_a_box(
    name: str, table: Mapping[type, Mapping[Enum, Enum]]
) -> None:
    diagram = DIAGRAMS[name]
    leading = {(arrow.source, kind, arrow.target) for arrow in diagram.arrows for kind in arrow.says[0].split(", ")}
    staying = {
        (state.key, kind, state.key)
        for state in diagram.states
        for note in state.notes
        for kind in note.partition(": ")[2].split(", ")
    }
    cells = {(at.name, kind.__name__, to.name) for kind, row in table.items() for at, to in row.items()}
    by_hand = {(arrow.source, *arrow.says, arrow.target) for arrow in record.abandoned()} if name == "life" else set()
    assert leading | staying == cells | by_hand


def test_where_no_word_leads_the_limit_after_sigkill_does() -> None:
    phases = [worker_record.Phase[arrow.source] for arrow in record.abandoned()]
    assert not [
        row
        for row in worker_record.LIFE.values()
        for at, to in row.items()
        if to is worker_record.Phase.ABANDONED is not at
    ]
    became: list[worker_record.Phase] = []
    for phase in [phase for phase in worker_record.Phase if phase not in worker_record.OVER]:
        manager = Manager(Settings(1))
        one = manager.lanes[0] = worker_record.WorkerRecord(0, phase)
        one.force, one.deadline = worker_record.Force.KILL, 0.0
        manager.step([messages.Tick(1.0)])
        became += [phase] if one.phase is worker_record.Phase.ABANDONED else []
    assert became == phases


def test_only_a_state_without_a_way_on_is_drawn_as_an_end() -> None:
    for diagram in DIAGRAMS.values():
        left = {arrow.source for arrow in diagram.arrows}
        assert [state.key for state in diagram.states if (state.kind is Kind.STEP) != (state.key in left)] == []


def test_what_a_table_says_is_text_and_no_markup() -> None:
    two = (State("a", "A", "x < y & z"), State("b", "B", "the end", Kind.END))
    made = drawn(Diagram("<&>", two, (Arrow("a", "b", ("if a > b",)),)))
    assert {"<&>", "x < y & z", "if a > b"} <= set(texts(made))
    assert texts(drawn(replace(DIAGRAMS["worker"], title="T")))[0] == "T"
