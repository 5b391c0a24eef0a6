"""A counterexample as a picture in SVG, in one file.

Decides: where everything stands. Must not know: where the events come from (``sequence``), in which colours (``svg``).

What would be too wide is wrapped. Whoever points at a step reads all that it changes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from checkedpool_model.checker.sequence import Diagram, Event, Waiting, in_lines, shortened
from checkedpool_model.checker.show.svg import (
    COLOURS,
    LETTER,
    LINE,
    MARGIN,
    SMALL,
    SMALL_LINE,
    box,
    escaped,
    frame,
    line,
    text,
)

__all__ = ["Above", "drawn"]

NOTES = 5
"""How many changes of one step are shown."""

GUTTER = 40
"""From the margin to the first lane: the numbers, and the way back of a loop. Where there are times, more."""
LABEL = 16
"""Letters in one line of a step that its actor does alone."""
NOTE = 46
"""Letters in one line of a note."""
PADDING = 11
"""Above and below what stands in a row."""
HEAD = 32
REMARK = 34

Above = Callable[[int, int, int], tuple[Iterable[str], int]]
"""What stands between title and actors: from where it begins and how wide it may be to its elements and its height."""


@dataclass(frozen=True, slots=True)
class _Page:
    """Where things stand."""

    kinds: tuple[int, ...]
    """Each actor's colour."""
    pitch: int
    """From one lane's middle to the next."""
    letters: int
    """How many letters of a note fit beside the lanes."""
    left: int
    """Where the lanes begin."""

    def middle(self, lane: int) -> int:
        """Of a lane."""
        return self.left + self.pitch * lane + self.pitch // 2

    @property
    def notes(self) -> int:
        """Where the notes begin."""
        return self.left + self.pitch * len(self.kinds) + 12

    @property
    def width(self) -> int:
        """Of the whole picture."""
        return self.notes + self.letters * SMALL + MARGIN


@dataclass(slots=True)
class _Pen:
    """The elements so far, and how far down they reach."""

    parts: list[str]
    y: int

    def down(self, parts: Iterable[str], height: int) -> None:
        """Take the elements in and go on below them."""
        self.parts += parts
        self.y += height


def drawn(diagram: Diagram, above: Above | None = None) -> str:
    """The picture."""
    page = _page(diagram, NOTE if above else 24)
    pen = _Pen([], MARGIN)
    title = wrap(diagram.title, (page.width - 2 * MARGIN) // (LETTER + 1)) or [""]
    pen.down(iter([text(MARGIN, pen.y + 13, title, "ink title", LINE + 3)]), (LINE + 3) * len(title) + 10)
    if above:
        pen.down(*above(MARGIN, pen.y, page.width - 2 * MARGIN))
    heads = [wrap(actor, (page.pitch - 24) // (LETTER + 1)) or [""] for actor in diagram.actors]
    tall = HEAD + LINE * (max(map(len, heads), default=1) - 1)
    pen.down(_heads(heads, tall, pen.y, page), tall if heads else 0)
    top = pen.y
    _steps(diagram, page, pen)
    if diagram.waiting:
        _waiting(diagram.waiting, page, pen)
    lines = [line("life", page.middle(lane), top, page.middle(lane), pen.y + 8) for lane in range(len(page.kinds))]
    pen.y += 20
    pen.down(*_verdict(diagram, page, pen.y))
    return frame(diagram.title, diagram.ending, (page.width, pen.y + MARGIN), (*lines, *pen.parts))


def _page(diagram: Diagram, least: int) -> _Page:
    """Lanes as wide as their widest words, notes as wide as the widest of them, and so many letters at least."""
    alone = [event.label for event in diagram.events if event.source == event.target]
    waits = diagram.waiting.events if diagram.waiting else ()
    words = [line for text in (*alone, *diagram.actors) for line in in_lines(text, LABEL)]
    notes = [line for event in (*diagram.events, *waits) for line in _wrapped(event)]
    names = [re.sub(r"[\s\d]+$", "", actor) for actor in diagram.actors]
    kinds = list(dict.fromkeys(names))
    letters = max(map(len, (*notes, "x" * (least if diagram.actors else NOTE))))
    return _Page(
        tuple(kinds.index(name) % COLOURS for name in names),
        max(max(map(len, words), default=0) * LETTER + 40, 120),
        letters,
        MARGIN + GUTTER + SMALL * max((len(event.at) for event in diagram.events), default=0),
    )


def _wrapped(event: Event) -> list[str]:
    notes = [note.replace(" -> ", " → ") for note in shortened(event.notes, NOTES)]
    return [line for note in notes for line in wrap(note, NOTE, subsequent_indent="\N{NO-BREAK SPACE}" * 2)]


# --- from top to bottom -----------------------------------------------------------------------------------------------


def _heads(heads: list[list[str]], tall: int, y: int, page: _Page) -> Iterator[str]:
    """The actors' names."""
    for lane, lines in enumerate(heads):
        middle = page.middle(lane)
        yield box("page", middle - page.pitch // 2 + 8, y, (page.pitch - 16, tall), 7)
        yield box(f"box k{page.kinds[lane]}", middle - page.pitch // 2 + 8, y, (page.pitch - 16, tall), 7)
        yield text(middle, y + (tall - LINE * len(lines)) // 2 + 13, lines, "ink middle strong")


def _steps(diagram: Diagram, page: _Page, pen: _Pen) -> None:
    """Every step, and between them what is said of a moment."""
    pen.y += 8
    begin = pen.y
    for place, event in enumerate((*diagram.events, None)):
        if place == diagram.owed:
            pen.down(_remark("from here on it is owed", page, pen.y), REMARK)
        if place == diagram.loop:
            begin = pen.y
            pen.down(_remark("for ever" if event else "nothing happens any more", page, pen.y), REMARK)
        for words in diagram.said_before(place):
            pen.down(_remark(words, page, pen.y), REMARK)
        if event:
            pen.down(*_step(event, page, pen.y))
    if diagram.repeated:
        pen.parts += _way_back(page, begin + REMARK // 2, pen.y + 8)
        pen.y += 12


def _waiting(waiting: Waiting, page: _Page, pen: _Pen) -> None:
    """The last row: who waits for whom."""
    pen.down(_remark(waiting.says, page, pen.y), REMARK)
    for event in waiting.events:
        pen.down(*_step(event, page, pen.y))


def _remark(words: str, page: _Page, y: int) -> Iterator[str]:
    """A line across with words in it."""
    middle, left = y + REMARK // 2, page.left
    yield line("loop", MARGIN + 8, middle, page.width - MARGIN, middle)
    yield box("page", left, y, (len(words) * LETTER + 20, REMARK), 0)
    yield text(left + 10, middle + 4, [words], "said strong")


def _way_back(page: _Page, begin: int, end: int) -> Iterator[str]:
    """The loop's line from its last step up to its first."""
    left = MARGIN + 8
    yield f'<path class="loop" d="M{page.width - MARGIN} {end}H{left + 8}q-8 0 -8 -8V{begin + 8}q0 -8 8 -8"/>'
    yield f'<path class="tip" d="M{left - 5} {begin + 16}h10l-5 -9z"/>'


def _step(event: Event, page: _Page, y: int) -> tuple[Iterator[str], int]:
    """One step, and how tall it is."""
    notes = _wrapped(event)
    alone = event.source == event.target
    span = page.pitch * abs(event.source - event.target)
    words = in_lines(event.label, LABEL if alone else (span - 28) // LETTER)
    tall = LINE * len(words) + (10 if alone else 14)
    height = max(tall, SMALL_LINE * len(notes)) + 2 * PADDING
    said = "\n".join((event.label if event.is_wait else f"{event.number}. {event.label}", *event.notes))

    def parts() -> Iterator[str]:
        yield f"<g><title>{escaped(said)}</title>"
        row = "wrong" if event.wrong else "row"
        yield box(row, page.left - 26, y, (page.width - page.left - MARGIN + 26, height), 5)
        yield line("rule", page.left - 8, y + height, page.width - MARGIN, y + height)
        if not event.is_wait:
            yield text(page.left - 10, y + height // 2 + 4, [str(event.number)], "number")
            if event.at:
                yield text(page.left - GUTTER - 6, y + height // 2 + 4, [event.at], "number")
        yield from (_alone if alone else _arrow)(event, words, page, y + (height - tall) // 2)
        first = y + (height - SMALL_LINE * len(notes)) // 2 + 11
        for at, note in enumerate(notes):
            yield _note(page.notes, first + at * SMALL_LINE, note)
        yield "</g>"

    return parts(), height


def _alone(event: Event, words: list[str], page: _Page, y: int) -> Iterator[str]:
    """A box on the actor's line with the words in it."""
    middle, colour = page.middle(event.source), page.kinds[event.source]
    wide, tall = max(map(len, words)) * LETTER + 20, LINE * len(words) + 10
    yield box("page", middle - wide // 2, y, (wide, tall), 9)
    yield box(f"box k{colour}", middle - wide // 2, y, (wide, tall), 9)
    yield text(middle, y + 18, words, "ink middle")


def _arrow(event: Event, words: list[str], page: _Page, y: int) -> Iterator[str]:
    """An arrow from line to line, the words above it; of dashes, where one waits for the other."""
    start, end = page.middle(event.source), page.middle(event.target)
    colour, forth = f"k{page.kinds[event.source]}", 1 if end > start else -1
    shaft = y + LINE * len(words) + 6
    wide, dashes = max(map(len, words)) * LETTER + 8, " waits" if event.is_wait else ""
    if not event.wrong:
        yield box("page", (start + end - wide) // 2, y, (wide, LINE * len(words)), 3)
    yield text((start + end) // 2, y + 13, words, "ink middle")
    yield f'<path class="{colour}{dashes}" stroke-width="1.5" d="M{start} {shaft}H{end - 9 * forth}"/>'
    yield f'<circle class="{colour}" cx="{start}" cy="{shaft}" r="4"/>'
    yield f'<path class="{colour}" d="M{end - 1 * forth} {shaft}l{-10 * forth} -5v10z"/>'


def _verdict(diagram: Diagram, page: _Page, y: int) -> tuple[Iterator[str], int]:
    """The claim that fails, if one does, and how tall that is."""
    lines = wrap(diagram.ending, (page.width - 2 * MARGIN - 60) // (LETTER + 1))
    height = LINE * len(lines) + 20
    cross = f"M{MARGIN + 16} {y + height // 2 - 5}l10 10m0 -10l-10 10"
    if not diagram.claim:
        return iter((text(MARGIN + 40, y + 23, lines, "ink strong"),)), height
    parts = (
        box("wrong", MARGIN, y, (page.width - 2 * MARGIN, height), 7),
        f'<path class="cross" d="{cross}"/>',
        text(MARGIN + 40, y + 23, lines, "fails strong"),
    )
    return iter(parts), height


def _note(x: int, y: int, words: str) -> str:
    """A note's line, the name of what changes fainter than the rest."""
    name, colon, rest = words.partition(": ")
    told = f'<tspan class="faint">{escaped(name + colon)}</tspan>{escaped(rest)}' if colon else escaped(words)
    return f'<text class="note ink" x="{x}" y="{y}">{told}</text>'
