"""A counterexample drawn with characters: a line for each actor, time goes down.

Decides: where every character stands, so that the page keeps its width. Must not know: where the events come from
(``sequence``).

A step is a dot on its actor's line, with its words beside it, or an arrow to another's line, with its words above. What
it changes stands on the right, or below where there are too many actors. A text that does not fit is wrapped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from checkedpool_model.checker.sequence import Diagram, Event, in_lines, shortened

__all__ = ["drawn"]

WIDTH = 110
NARROWEST = 40
NOTES = 4
"""How many changes of one step are shown."""

LEFT = 6
"""Before the first actor's line: the mark of a loop and the step's number."""
WIDEST_LANE = 22
EASY_LANE = 14
NARROWEST_LANE = 10
EASY_NOTES = 40
NARROWEST_NOTES = 30

ASCII = str.maketrans("│●○─╌┼►◄┬┴║╔╚═✗✓", "|oo-.|><+++++=x+")

_Row = list[str]


@dataclass(frozen=True, slots=True)
class _Page:
    """Where things stand."""

    width: int
    lanes: int
    pitch: int
    """From one actor's line to the next."""
    notes: int
    """The column in which the notes begin; 0: they stand below their step."""

    @property
    def edge(self) -> int:
        """The first column that belongs to no actor."""
        return self.notes - 2 if self.notes else self.width

    def line(self, lane: int) -> int:
        """The column of an actor's line."""
        return LEFT + lane * self.pitch

    def row(self, mark: str = "│") -> _Row:
        """An empty row, with every actor's line in it."""
        row = [" "] * self.width
        for lane in range(self.lanes):
            row[self.line(lane)] = mark
        return row


def drawn(diagram: Diagram, *, width: int = WIDTH, ascii_only: bool = False) -> str:
    """The drawing, of at most so many columns."""
    page = _page(len(diagram.actors), max(width, NARROWEST))
    steps = [*_steps(diagram, page), *_waiting(diagram, page)]
    rows = [*_heads(diagram.actors, page), page.row("┬"), *steps, page.row("┴")]
    drawing = ["".join(row) for row in rows] if diagram.actors else []
    text = [*wrap(diagram.title, page.width), "", *drawing, *_ending(diagram, page)]
    whole = "".join(f"{line.rstrip()}\n" for line in text)
    return whole.translate(ASCII).encode("ascii", "replace").decode("ascii") if ascii_only else whole


def _page(lanes: int, width: int) -> _Page:
    """Lines and notes share the width; if the lines come too near to each other, the notes go below."""
    room, some = width - LEFT - 2, max(lanes, 1)
    beside = max((room - EASY_NOTES) // some, min((room - NARROWEST_NOTES) // some, EASY_LANE))
    if beside >= NARROWEST_LANE:
        pitch = min(beside, WIDEST_LANE)
        return _Page(width, lanes, pitch, LEFT + lanes * pitch + 2)
    below = (width - LEFT - NARROWEST_LANE) // max(lanes - 1, 1)
    return _Page(width, lanes, max(min(below, WIDEST_LANE), 1), 0)


def _steps(diagram: Diagram, page: _Page) -> Iterator[_Row]:
    """Every step, and between them what is said of a moment."""
    for place, event in enumerate((*diagram.events, None)):
        if place == diagram.owed:
            yield _rule("─", "from here on it is owed", page)
        if place == diagram.loop:
            yield _rule("╔", "for ever", page) if event else _rule("═", "nothing happens any more", page)
        for words in diagram.said_before(place):
            yield _rule("─", words, page)
        if event:
            rows = _event(event, page)
            yield from _put_all(rows, 0, "║" * len(rows)) if event in diagram.repeated else rows
    if diagram.repeated:
        yield _rule("╚", f"and again from step {diagram.repeated[0].number}", page)


def _waiting(diagram: Diagram, page: _Page) -> Iterator[_Row]:
    """The last row: who waits for whom."""
    if diagram.waiting:
        yield _rule("─", diagram.waiting.says, page)
        for event in diagram.waiting.events:
            yield from _event(event, page)


# --- rows -------------------------------------------------------------------------------------------------------------


def _heads(actors: tuple[str, ...], page: _Page) -> list[_Row]:
    """The actors' names, each above its line, the last row of each in one row."""
    names = [wrap(name, max(page.pitch - 1, 1)) for name in actors]
    height = max((len(name) for name in names), default=0)
    rows = [[" "] * page.width for _ in range(height)]
    for lane, name in enumerate(names):
        _put_all(rows, page.line(lane), [""] * (height - len(name)) + name)
    return rows


def _event(event: Event, page: _Page) -> list[_Row]:
    """One step: its number, what is done, what that changes."""
    notes = shortened(event.notes, NOTES)
    step = _alone(event, page) if event.source == event.target else _arrow(event, page)
    if not event.is_wait:
        _put(step[0], 1, f"{event.number:>4}")
    if event.wrong:
        _put(step[0], 0, "✗")
    if not page.notes:
        for line in _wrapped(notes, page.width - LEFT - 2):
            step.append([" "] * page.width)
            _put(step[-1], LEFT + 2, line)
        return step
    lines = _wrapped(notes, page.width - page.notes)
    step += [page.row() for _ in range(len(lines) - len(step))]
    return _put_all(step, page.notes, lines)


def _alone(event: Event, page: _Page) -> list[_Row]:
    """A dot on the actor's line, the words beside it."""
    at = page.line(event.source) + 2
    rows = _with_words(event.label, at, max(page.pitch - 3, NARROWEST_LANE - 3), page)
    _put(rows[0], at - 2, "●")
    return rows


def _arrow(event: Event, page: _Page) -> list[_Row]:
    """An arrow from line to line, the words above it."""
    left, right = sorted((page.line(event.source), page.line(event.target)))
    rows = _with_words(event.label, left + 2, max(right - left - 3, NARROWEST_LANE - 3), page)
    shaft = page.row()
    dash, end = ("╌", "○") if event.is_wait else ("─", "●")
    for column in range(left + 1, right):
        shaft[column] = "┼" if shaft[column] == "│" else dash
    shaft[page.line(event.source)] = end
    _put(shaft, *((right - 1, "►") if event.source < event.target else (left + 1, "◄")))
    return [*rows, shaft]


def _with_words(text: str, at: int, width: int, page: _Page) -> list[_Row]:
    """As many rows as the words need, written from this column on, over lines that are in the way."""
    words = in_lines(text, min(width, page.edge - at))
    return _put_all([page.row() for _ in words], at, words)


def _rule(corner: str, words: str, page: _Page) -> _Row:
    """A line across, with words in it."""
    row = [" "] * page.width
    dash = "─" if corner == "─" else "═"
    _put(row, 0, f"{corner}{dash} {words} ".ljust(page.edge, dash))
    return row


def _ending(diagram: Diagram, page: _Page) -> list[str]:
    return ["", *wrap(f"{'✗' if diagram.claim else '✓'} {diagram.ending}", page.width, subsequent_indent="  ")]


def _wrapped(notes: Iterable[str], width: int) -> list[str]:
    return [line for note in notes for line in wrap(note, width, subsequent_indent="  ")]


def _put(row: _Row, at: int, text: str) -> None:
    """Write into a row; what does not fit any more is left out."""
    text = text[: max(len(row) - at, 0)]
    row[at : at + len(text)] = text


def _put_all(rows: list[_Row], at: int, lines: Iterable[str]) -> list[_Row]:
    """Write one line into each row."""
    for row, line in zip(rows, lines, strict=False):
        _put(row, at, line)
    return rows
