"""Drawings as pictures. Decides: what a picture holds, and that it is well-formed, whole and alone in its file."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from checkedpool_model.checker.sequence import Diagram, Event
from checkedpool_model.checker.show import drawing
from checkedpool_model.checker.show.drawing_svg import drawn
from checkedpool_model.checker.show.svg import STYLE
from tests.model.test_drawing import never_two, round_and_round
from tests.model.test_drawing_mermaid import AWKWARD
from tests.model.test_drawing_text import many

SVG = "{http://www.w3.org/2000/svg}"
WIDE = {"note": 6.7, "title": 9.3, "strong": 8.4}
"""How wide a letter of DejaVu is on average, which is wider than what most readers have."""


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - made here


def texts(picture: ET.Element) -> Iterator[tuple[str, float, str]]:
    """Each line of text: its kind, where it begins or has its middle, and its words."""
    for text in picture.iter(f"{SVG}text"):
        kind = text.get("class", "")
        if text.get("x"):
            yield kind, float(text.get("x", "")), "".join(text.itertext())
        else:
            for span in text:
                yield kind, float(span.get("x", "")), span.text or ""


def words(picture: ET.Element) -> str:
    return "\n".join(told for _, _, told in texts(picture))


def test_every_actor_every_step_and_the_claim_are_in_the_picture() -> None:
    told = words(parsed(drawing.svg(*never_two()))).splitlines()
    assert {"jugs", "fill", "pour", "1", "2", "big", "small: 0 → 3", "never_two fails after 2 steps"} <= set(told)


def test_whoever_points_at_a_step_reads_all_that_it_changes() -> None:
    titles = [title.text or "" for title in parsed(drawn(many(2))).iter(f"{SVG}title")]
    assert titles[0] == "many"
    assert titles[1] == "1. asks for it\na: 0 -> 1"
    assert titles[3].count("\n") == 9


def test_a_step_to_another_is_an_arrow_and_a_step_alone_is_none() -> None:
    picture = parsed(drawn(many(3)))
    assert len(list(picture.iter(f"{SVG}circle"))) == 2


def test_what_goes_on_for_ever_has_a_way_back() -> None:
    picture = parsed(drawing.svg(*round_and_round()))
    assert "for ever" in words(picture)
    assert [path.get("class") for path in picture.iter(f"{SVG}path")].count("tip") == 1
    assert "nothing happens any more" in words(parsed(drawing.svg(*round_and_round(3))))


@pytest.mark.parametrize("awkward", AWKWARD)
def test_awkward_texts_are_shown_as_they_are(awkward: str) -> None:
    event = Event(1, 0, 0, awkward, (awkward,))
    picture = parsed(drawn(Diagram(awkward, (awkward,), (event,), awkward)))
    assert [title.text for title in picture.iter(f"{SVG}title")] == [awkward, f"1. {awkward}\n{awkward}"]
    assert awkward.replace("->>", "") in "".join(words(picture).replace("\n", "").replace("->>", ""))


@pytest.mark.parametrize("actors", [1, 2, 5, 9])
def test_no_text_and_no_box_reaches_beyond_the_picture(actors: int) -> None:
    picture = parsed(drawn(many(actors)))
    width, height = float(picture.get("width", "")), float(picture.get("height", ""))
    for kind, x, told in texts(picture):
        letters = len(told) * next((wide for name, wide in WIDE.items() if name in kind.split()), 8.0)
        left, right = (x - letters / 2, x + letters / 2) if "middle" in kind else (x, x + letters)
        assert "number" in kind or (left >= 0 and right <= width), told
    for box in picture.iter(f"{SVG}rect"):
        place = {name: float(box.get(name, "")) for name in ("x", "y", "width", "height")}
        assert place["x"] + place["width"] <= width
        assert place["y"] + place["height"] <= height


def test_the_picture_fetches_nothing_and_runs_nothing() -> None:
    made = drawing.svg(*round_and_round())
    assert "<script" not in made
    assert "href" not in made
    assert "url(" not in made
    assert made.count("http") == 1, "the name of SVG's own vocabulary"


def test_in_the_dark_every_colour_that_is_read_is_another() -> None:
    bright, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    for kind in ("page", "ink", "faint", "fails", "k0", "k1", "k2", "k3", "k4", "k5"):
        rules = [
            next(line for line in part.splitlines() if line.startswith(f".seq .{kind} ")) for part in (bright, dark)
        ]
        assert rules[0] != rules[1]
