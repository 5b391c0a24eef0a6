"""A counterexample as a picture in SVG, in one file: no script, no font, light or dark as its reader has it.

Decides: where everything stands, and in which colours. Must not know: where the events come from (``sequence``).

How wide a text is, only its reader's fonts know. It is taken for wider than in any common one, and what would be too
wide is wrapped. Whoever points at a step reads all that it changes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from checkedpool_model.checker.sequence import Diagram, Event, in_lines, shortened

__all__ = ["drawn"]

NOTES = 5
"""How many changes of one step are shown."""

MARGIN = 24
GUTTER = 40
"""From the margin to the first lane: the numbers, and the way back of a loop."""
LETTER, LINE = 8, 17
"""A letter of the words, and a line of them."""
SMALL, SMALL_LINE = 7, 15
"""Likewise of the notes."""
LABEL = 16
"""Letters in one line of a step that its actor does alone."""
NOTE = 46
"""Letters in one line of a note."""
PADDING = 11
"""Above and below what stands in a row."""
HEAD = 32
REMARK = 34

STYLE = """
.seq { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif }
.seq .title { font-size: 15px; font-weight: 600 }
.seq .note { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace }
.seq .number { font-size: 11px; fill: #818b98; text-anchor: end }
.seq .middle { text-anchor: middle }
.seq .strong { font-weight: 600 }
.seq .page { fill: #ffffff }
.seq .ink { fill: #1f2328 }
.seq .faint { fill: #6b7480 }
.seq .row { fill: transparent }
.seq g:hover > .row { fill: #818b98; fill-opacity: .1 }
.seq .rule { stroke: #818b98; stroke-opacity: .25 }
.seq .life { stroke: #818b98; stroke-opacity: .6; stroke-dasharray: 2 4 }
.seq .loop { fill: none; stroke: #8250df; stroke-width: 1.5 }
.seq .tip, .seq .said { fill: #8250df }
.seq .wrong { fill: #cf222e; fill-opacity: .08; stroke: #cf222e; stroke-opacity: .5 }
.seq .cross { stroke: #cf222e; stroke-width: 2; stroke-linecap: round }
.seq .fails { fill: #cf222e }
.seq .box { fill-opacity: .13; stroke-opacity: .65 }
.seq .k0 { fill: #0969da; stroke: #0969da }
.seq .k1 { fill: #bc4c00; stroke: #bc4c00 }
.seq .k2 { fill: #1a7f37; stroke: #1a7f37 }
.seq .k3 { fill: #8250df; stroke: #8250df }
.seq .k4 { fill: #bf3989; stroke: #bf3989 }
.seq .k5 { fill: #6e7781; stroke: #6e7781 }
@media (prefers-color-scheme: dark) {
.seq .page { fill: #0d1117 }
.seq .ink { fill: #e6edf3 }
.seq .faint { fill: #9198a1 }
.seq .loop { stroke: #ab7df8 }
.seq .tip, .seq .said { fill: #ab7df8 }
.seq .wrong { fill: #f85149; stroke: #f85149 }
.seq .cross { stroke: #f85149 }
.seq .fails { fill: #ff7b72 }
.seq .k0 { fill: #4493f8; stroke: #4493f8 }
.seq .k1 { fill: #f0883e; stroke: #f0883e }
.seq .k2 { fill: #3fb950; stroke: #3fb950 }
.seq .k3 { fill: #ab7df8; stroke: #ab7df8 }
.seq .k4 { fill: #db61a2; stroke: #db61a2 }
.seq .k5 { fill: #9198a1; stroke: #9198a1 }
}
"""
COLOURS = 6


@dataclass(frozen=True, slots=True)
class _Page:
    """Where things stand."""

    kinds: tuple[int, ...]
    """Each actor's colour."""
    pitch: int
    """From one lane's middle to the next."""
    letters: int
    """How many letters of a note fit beside the lanes."""

    def middle(self, lane: int) -> int:
        """Of a lane."""
        return MARGIN + GUTTER + self.pitch * lane + self.pitch // 2

    @property
    def notes(self) -> int:
        """Where the notes begin."""
        return MARGIN + GUTTER + self.pitch * len(self.kinds) + 12

    @property
    def width(self) -> int:
        """Of the whole picture."""
        return self.notes + self.letters * SMALL + MARGIN


@dataclass(slots=True)
class _Pen:
    """The elements so far, and how far down they reach."""

    parts: list[str]
    y: int

    def down(self, parts: Iterator[str], height: int) -> None:
        """Take the elements in and go on below them."""
        self.parts += parts
        self.y += height


def drawn(diagram: Diagram) -> str:
    """The picture."""
    page = _page(diagram)
    pen = _Pen([], MARGIN)
    title = wrap(diagram.title, (page.width - 2 * MARGIN) // (LETTER + 1)) or [""]
    pen.down(iter([_text(MARGIN, pen.y + 13, title, "ink title", LINE + 3)]), (LINE + 3) * len(title) + 10)
    heads = [wrap(actor, (page.pitch - 24) // (LETTER + 1)) or [""] for actor in diagram.actors]
    tall = HEAD + LINE * (max(map(len, heads), default=1) - 1)
    pen.down(_heads(heads, tall, pen.y, page), tall if heads else 0)
    top = pen.y
    _steps(diagram, page, pen)
    lines = [_line("life", page.middle(lane), top, page.middle(lane), pen.y + 8) for lane in range(len(page.kinds))]
    pen.y += 20
    pen.down(*_verdict(diagram, page, pen.y))
    height = pen.y + MARGIN
    size = f'viewBox="0 0 {page.width} {height}" width="{page.width}" height="{height}"'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="seq" role="img" {size}>',
        f"<title>{escape(diagram.title)}</title>",
        f"<desc>{escape(diagram.ending)}</desc>",
        f"<style>{STYLE}</style>",
        _box("page", 0, 0, (page.width, height), 10),
        *lines,
        *pen.parts,
        "</svg>",
    )
    return "".join(f"{part}\n" for part in whole)


def _page(diagram: Diagram) -> _Page:
    """Lanes as wide as their widest words, notes as wide as the widest of them."""
    alone = [event.label for event in diagram.events if event.source == event.target]
    words = [line for text in (*alone, *diagram.actors) for line in in_lines(text, LABEL)]
    notes = [line for event in diagram.events for line in _wrapped(event)]
    names = [re.sub(r"[\s\d]+$", "", actor) for actor in diagram.actors]
    kinds = list(dict.fromkeys(names))
    letters = max(map(len, (*notes, "x" * (NOTE if not diagram.actors else 24))))
    return _Page(
        tuple(kinds.index(name) % COLOURS for name in names),
        max(max(map(len, words), default=0) * LETTER + 40, 120),
        letters,
    )


def _wrapped(event: Event) -> list[str]:
    notes = [note.replace(" -> ", " → ") for note in shortened(event.notes, NOTES)]
    return [line for note in notes for line in wrap(note, NOTE, subsequent_indent="\N{NO-BREAK SPACE}" * 2)]


# --- from top to bottom -----------------------------------------------------------------------------------------------


def _heads(heads: list[list[str]], tall: int, y: int, page: _Page) -> Iterator[str]:
    """The actors' names."""
    for lane, lines in enumerate(heads):
        middle = page.middle(lane)
        yield _box("page", middle - page.pitch // 2 + 8, y, (page.pitch - 16, tall), 7)
        yield _box(f"box k{page.kinds[lane]}", middle - page.pitch // 2 + 8, y, (page.pitch - 16, tall), 7)
        yield _text(middle, y + (tall - LINE * len(lines)) // 2 + 13, lines, "ink middle strong")


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
        if event:
            pen.down(*_step(event, page, pen.y))
    if diagram.repeated:
        pen.parts += _way_back(page, begin + REMARK // 2, pen.y + 8)
        pen.y += 12


def _remark(words: str, page: _Page, y: int) -> Iterator[str]:
    """A line across with words in it."""
    middle, left = y + REMARK // 2, MARGIN + GUTTER
    yield _line("loop", MARGIN + 8, middle, page.width - MARGIN, middle)
    yield _box("page", left, y, (len(words) * LETTER + 20, REMARK), 0)
    yield _text(left + 10, middle + 4, [words], "said strong")


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
    said = "\n".join((f"{event.number}. {event.label}", *event.notes))

    def parts() -> Iterator[str]:
        yield f"<g><title>{escape(said)}</title>"
        yield _box("row", MARGIN + 14, y, (page.width - 2 * MARGIN - 14, height), 5)
        yield _line("rule", MARGIN + GUTTER - 8, y + height, page.width - MARGIN, y + height)
        yield _text(MARGIN + GUTTER - 10, y + height // 2 + 4, [str(event.number)], "number")
        yield from (_alone if alone else _arrow)(event, words, page, y + (height - tall) // 2)
        first = y + (height - SMALL_LINE * len(notes)) // 2 + 11
        for row, note in enumerate(notes):
            yield _note(page.notes, first + row * SMALL_LINE, note)
        yield "</g>"

    return parts(), height


def _alone(event: Event, words: list[str], page: _Page, y: int) -> Iterator[str]:
    """A box on the actor's line with the words in it."""
    middle, colour = page.middle(event.source), page.kinds[event.source]
    wide, tall = max(map(len, words)) * LETTER + 20, LINE * len(words) + 10
    yield _box("page", middle - wide // 2, y, (wide, tall), 9)
    yield _box(f"box k{colour}", middle - wide // 2, y, (wide, tall), 9)
    yield _text(middle, y + 18, words, "ink middle")


def _arrow(event: Event, words: list[str], page: _Page, y: int) -> Iterator[str]:
    """An arrow from line to line, the words above it."""
    start, end = page.middle(event.source), page.middle(event.target)
    colour, forth = f"k{page.kinds[event.source]}", 1 if end > start else -1
    shaft = y + LINE * len(words) + 6
    wide = max(map(len, words)) * LETTER + 8
    yield _box("page", (start + end - wide) // 2, y, (wide, LINE * len(words)), 3)
    yield _text((start + end) // 2, y + 13, words, "ink middle")
    yield f'<path class="{colour}" stroke-width="1.5" d="M{start} {shaft}H{end - 9 * forth}"/>'
    yield f'<circle class="{colour}" cx="{start}" cy="{shaft}" r="4"/>'
    yield f'<path class="{colour}" d="M{end - 1 * forth} {shaft}l{-10 * forth} -5v10z"/>'


def _verdict(diagram: Diagram, page: _Page, y: int) -> tuple[Iterator[str], int]:
    """The claim that fails, if one does, and how tall that is."""
    lines = wrap(diagram.ending, (page.width - 2 * MARGIN - 60) // (LETTER + 1))
    height = LINE * len(lines) + 20
    cross = f"M{MARGIN + 16} {y + height // 2 - 5}l10 10m0 -10l-10 10"
    if not diagram.claim:
        return iter((_text(MARGIN + 40, y + 23, lines, "ink strong"),)), height
    parts = (
        _box("wrong", MARGIN, y, (page.width - 2 * MARGIN, height), 7),
        f'<path class="cross" d="{cross}"/>',
        _text(MARGIN + 40, y + 23, lines, "fails strong"),
    )
    return iter(parts), height


# --- elements ---------------------------------------------------------------------------------------------------------


def _box(kind: str, x: int, y: int, size: tuple[int, int], radius: int) -> str:
    width, height = size
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>'


def _line(kind: str, x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<path class="{kind}" d="M{x1} {y1}L{x2} {y2}"/>'


def _text(x: int, y: int, lines: list[str], kind: str, line: int = LINE) -> str:
    spans = (f'<tspan x="{x}" y="{y + line * row}">{escape(words)}</tspan>' for row, words in enumerate(lines))
    return f'<text class="{kind}">{"".join(spans)}</text>'


def _note(x: int, y: int, words: str) -> str:
    """A note's line, the name of what changes fainter than the rest."""
    name, colon, rest = words.partition(": ")
    told = f'<tspan class="faint">{escape(name + colon)}</tspan>{escape(rest)}' if colon else escape(words)
    return f'<text class="note ink" x="{x}" y="{y}">{told}</text>'
