"""Drawings of characters. Decides: what stands where, and that the page keeps its width."""

from dataclasses import replace

import pytest

from checkedpool_model.checker.sequence import Diagram, Event
from checkedpool_model.checker.show import drawing
from checkedpool_model.checker.show.drawing_text import drawn
from tests.model.test_drawing import never_two, round_and_round


def many(actors: int) -> Diagram:
    """An arrow across all actors and back, and then each of them has long words and long notes."""
    last = actors - 1
    across = (Event(1, 0, last, "asks for it", ("a: 0 -> 1",)), Event(2, last, 0, "answers", ("a: 1 -> 2",)))
    alone = tuple(
        Event(3 + actor, actor, actor, "thinks about it for long", ("a.very.long.path[0]: before -> after",) * 9)
        for actor in range(actors)
    )
    return Diagram("many", tuple(f"worker {actor}" for actor in range(actors)), (*across, *alone), "claim")


def rows(text: str) -> list[str]:
    return text.splitlines()


def test_a_known_run_looks_like_this() -> None:
    assert rows(drawing.text(*never_two(), width=60)) == [
        "jugs",
        "",
        "      fill       pour",
        "      ┬          ┬",
        "    1 ● big      │            big: 0 -> 5",
        "    2 │          ● big        small: 0 -> 3",
        "      │          │            big: 5 -> 2",
        "      ┴          ┴",
        "",
        "✗ never_two fails after 2 steps",
    ]


def test_a_run_that_goes_on_for_ever_looks_like_this() -> None:
    assert rows(drawing.text(*round_and_round(2), width=70)) == [
        "roundabout",
        "",
        "      walker",
        "      ┬",
        "    1 ● turns off             place: crossing -> north",
        "── from here on it is owed ─",
        "    2 ● goes south            place: north -> south",
        "╔═ for ever ════════════════",
        "║   3 ● goes north            place: south -> north",
        "╚═ and again from step 3 ═══",
        "      ┴",
        "",
        "✗ comes_home fails: step 3 goes on for ever",
    ]


def test_a_run_that_stops_ends_in_a_line_that_says_so() -> None:
    assert rows(drawing.text(*round_and_round(3)))[-4] == "══ nothing happens any more"


def test_an_arrow_goes_from_line_to_line_in_either_direction() -> None:
    made = [row[:30].rstrip() for row in rows(drawn(many(3), width=70))]
    assert made[4:8] == [
        "    1 │ asks for it       │",
        "      ●─────────┼────────►│",
        "    2 │ answers │         │",
        "      │◄────────┼─────────●",
    ]


@pytest.mark.parametrize("width", [50, 80, 110])
@pytest.mark.parametrize("actors", [1, 2, 3, 5, 6, 9, 20])
def test_the_page_keeps_its_width_and_shows_every_actor_and_every_step(actors: int, width: int) -> None:
    made = rows(drawn(many(actors), width=width))
    assert max(map(len, made)) <= width
    numbers = [int(row[1:5]) for row in made if row[1:5].strip().isdigit() and row[5:6] == " "]
    assert numbers == list(range(1, actors + 3))
    assert "".join(made).count("┬") == actors


def test_actors_too_many_for_notes_beside_them_have_their_notes_below() -> None:
    made = rows(drawn(many(9)))
    assert made[4].endswith("│")
    assert made[6] == "        a: 0 -> 1"


def test_of_many_changes_the_first_are_shown_and_the_others_counted() -> None:
    text = drawn(many(2))
    assert text.count("a.very.long.path[0]: before -> after") == 2 * 3
    assert text.count("and 6 more") == 2


def test_a_word_longer_than_its_column_is_broken_and_nothing_of_it_is_lost() -> None:
    word = "xz" * 30
    event = Event(1, 1, 1, word, (word * 2,))
    made = drawn(replace(many(2), events=(event,)), width=60)
    assert made.count("z") == 90


def test_a_drawing_in_ascii_has_nothing_else_and_the_same_rows() -> None:
    system, found = round_and_round()
    plain, rich = drawing.text(system, found, ascii_only=True), drawing.text(system, found)
    assert plain.isascii()
    assert list(map(len, rows(plain))) == list(map(len, rows(rich)))
    assert "o goes south" in plain
