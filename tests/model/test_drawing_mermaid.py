"""Drawings in Mermaid's language. Decides: its lines, and that no text in them can be taken for one."""

import re

import pytest

from checkedpool_model.checker.sequence import Diagram, Event
from checkedpool_model.checker.show import drawing
from checkedpool_model.checker.show.drawing_mermaid import drawn
from tests.model.test_drawing import never_two, round_and_round

AWKWARD = ("wrap: a->>b: c", "x; end", "#35;", "<br/>", '"&"', "%%{init: {}}%%", "`code` $$x$$", "style:#x;")


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def test_a_known_run_reads_like_this() -> None:
    assert lines(drawing.mermaid(*never_two())) == [
        "sequenceDiagram",
        "title jugs",
        "autonumber",
        "participant a0 as fill",
        "participant a1 as pour",
        "a0->>a0: big",
        "Note right of a0: big#58; 0 → 5",
        "a1->>a1: big",
        "Note right of a1: small#58; 0 → 3<br/>big#58; 5 → 2",
        "Note over a0,a1: never_two fails after 2 steps",
    ]


def test_what_goes_on_for_ever_is_a_loop() -> None:
    made = lines(drawing.mermaid(*round_and_round(2)))
    begin = made.index("Note over a0: from here on it is owed")
    assert made[begin:-1] == [
        "Note over a0: from here on it is owed",
        "a0->>a0: goes south",
        "Note right of a0: place#58; north → south",
        "loop for ever",
        "a0->>a0: goes north",
        "Note right of a0: place#58; south → north",
        "end",
    ]


def test_a_run_that_stops_has_no_loop_and_says_so() -> None:
    made = drawing.mermaid(*round_and_round(3))
    assert "loop" not in made
    assert "Note over a0: nothing happens any more" in made


@pytest.mark.parametrize("awkward", AWKWARD)
def test_no_text_is_taken_for_a_part_of_the_language(awkward: str) -> None:
    made = drawn(Diagram(awkward, (awkward, "end"), (Event(1, 0, 1, awkward, (awkward, awkward)),), awkward, 0))
    texts = [re.split(r"title | as |: |loop ", line, maxsplit=1)[-1] for line in lines(made)[1:]]
    without_numbers = re.sub(r"#\d+;|<br/>", "", "\n".join(texts))
    assert not set(without_numbers) & set(':;#<>%&"`$\\{}')
    assert len(lines(made)) == 10


def test_a_run_without_any_step_has_one_participant() -> None:
    assert lines(drawn(Diagram("empty", (), (), "claim")))[-2:] == [
        "participant a0 as empty",
        "Note over a0: claim fails after 0 steps",
    ]
