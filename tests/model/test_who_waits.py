"""The last row of an exhibit's drawing. Decides: that it says who waits for whom, and nothing where nobody does."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from checkedpool_model.checker.sequence import Diagram, Waiting
from checkedpool_model.checker.show import drawing_mermaid, drawing_svg, drawing_text
from checkedpool_model.museum import EXHIBITS, commands, exhibit_named, who_waits
from checkedpool_model.museum.exhibit import Exhibit, Failure
from checkedpool_model.museum.visit import look
from checkedpool_model.museum.who_waits import drawing_of
from tests.model.invoking import invoke

SVG = "{http://www.w3.org/2000/svg}"
CIRCLES = {
    "stale-token": "worker → manager → worker",
    "full-pipe": "client → manager → client",
    "lock-order": "feeder → manager → feeder",
    "dead-reader": "worker 0 → worker 1 → worker 0",
    "eaten-wakeup": "manager → worker → manager",
    "dead-reference": "worker → manager → worker",
    "fork-hooks": "starter → user → starter",
}


def drawing(exhibit: Exhibit) -> Diagram:
    found = look(exhibit.broken).found
    assert found is not None
    return drawing_of(exhibit.broken, found)


def waiting(exhibit: Exhibit) -> Waiting:
    row = drawing(exhibit).waiting
    assert row is not None
    return row


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
def test_the_last_row_says_who_waits_for_whom_in_whichever_way_it_fails(exhibit: Exhibit) -> None:
    row = waiting(exhibit)
    assert row.says.startswith("who waits for whom: ")
    if exhibit.failure is Failure.LASSO:
        assert row.says.endswith("on for ever")
    if exhibit.failure is Failure.DEADLOCK:
        assert row.says.removeprefix("who waits for whom: ") == CIRCLES.get(exhibit.name, "no circle")
        assert row.events
    assert any(event.wrong for event in row.events) == (exhibit.name in CIRCLES)


def test_each_says_for_what_it_waits_and_what_it_would_do() -> None:
    row = waiting(exhibit_named("full-pipe"))
    assert [(event.source, event.target, event.label, event.notes) for event in row.events] == [
        (0, 1, "waits until pipe has room", ("ClientRings is not possible",)),
        (1, 0, "waits until lock is free", ("ManagerTakesLock is not possible",)),
    ]


def test_who_waits_without_being_in_the_circle_is_not_marked() -> None:
    row = waiting(exhibit_named("dead-reader"))
    assert [event.wrong for event in row.events] == [True, True, False]


def test_a_reading_that_forgets_who_makes_things_true_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant of what the row is read off."""
    monkeypatch.setattr(who_waits, "made_true_by", lambda *_: dict.fromkeys(["client", "manager"], 0))
    with pytest.raises(AssertionError):
        test_each_says_for_what_it_waits_and_what_it_would_do()


def test_whoever_waits_has_an_arrow_of_dashes_and_no_number_in_the_picture() -> None:
    made = drawing(exhibit_named("full-pipe"))
    picture = ET.fromstring(drawing_svg.drawn(made))  # noqa: S314 - made here
    kinds = [path.get("class", "") for path in picture.iter(f"{SVG}path")]
    assert sum("waits" in kind.split() for kind in kinds) == 2
    rows = [box for box in picture.iter(f"{SVG}rect") if box.get("class") == "wrong"]
    assert len(rows) == 3  # both of the circle, and the verdict
    numbers = [text for text in picture.iter(f"{SVG}text") if text.get("class") == "number"]
    assert len(numbers) == len(made.events)


def test_the_last_row_is_in_a_drawing_of_characters_and_in_mermaid_too() -> None:
    made = drawing(exhibit_named("full-pipe"))
    told = drawing_text.drawn(made, width=80).splitlines()
    at = told.index("── who waits for whom: client → manager → client")
    assert [line[0] for line in told[at:] if "○" in line] == [" ", " "]
    assert sum(line.startswith("✗") for line in told[at:]) == 2 + 1  # both of the circle, and the verdict
    assert drawing_text.drawn(made, ascii_only=True).isascii()
    assert "a0-->>a1: waits until pipe has room" in drawing_mermaid.drawn(made)


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_prints_the_picture_and_nothing_else() -> None:
    shown = invoke(commands.museum, "full-pipe", "--draw", "svg")
    assert shown.exit_code == 0
    assert ET.fromstring(shown.stdout).get("class") == "seq"  # noqa: S314 - made here
    assert "who waits for whom: client → manager → client" in shown.stdout


def test_the_command_draws_into_a_file_and_says_so(tmp_path: Path) -> None:
    shown = invoke(commands.museum, "full-pipe", "--draw", "text", "-o", str(tmp_path / "drawing.txt"))
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "drawn into" in shown.stderr
    assert (tmp_path / "drawing.txt").read_text(encoding="utf-8").startswith("full pipe\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--draw", "svg"), "give its name"),
        (("full-pipe", "--draw", "svg", "--json"), "without --json"),
        (("full-pipe", "-o", "file.svg"), "-o goes with --draw"),
        (("full-pipe", "--draw", "svg", "-o", "/nowhere/file.svg"), "cannot write /nowhere/file.svg"),
    ],
)
def test_what_cannot_be_drawn_is_misuse(arguments: tuple[str, ...], says: str) -> None:
    shown = invoke(commands.museum, *arguments)
    assert shown.exit_code == 2
    assert says in " ".join(shown.output.replace("│", " ").split())
