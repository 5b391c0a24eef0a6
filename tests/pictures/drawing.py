"""A state diagram as an SVG file: no script, no font of its own, light or dark as its reader has it.

Decides: how it looks. Must not know: which machine it is of (``diagrams``), where things stand (``layered``).

How wide a text is, only its reader's fonts know. It is taken for wider than in any common one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from html import escape
from itertools import pairwise
from textwrap import wrap

from tests.pictures.layered import Box, Link, Point, Route, placed

__all__ = ["STYLE", "Arrow", "Diagram", "Kind", "State", "drawn", "page", "px", "words_at"]


class Kind(Enum):
    """What a state is to its machine."""

    STEP = "step"
    END = "end"
    """Nothing follows."""
    FAILURE = "failure"
    """Nothing follows, and something has failed."""


@dataclass(frozen=True, slots=True)
class State:
    """A state: the word for it in the code, and what that means."""

    key: str
    name: str
    says: str
    kind: Kind = Kind.STEP
    notes: tuple[str, ...] = ()
    """What else is to be known of it, in smaller letters."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """What leads from one state to another; no words where there is nothing to choose."""

    source: str
    target: str
    says: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """What it says, a line or more for each."""
        return [line for words in self.says for line in _lines(words, LABEL)]


@dataclass(frozen=True, slots=True)
class Diagram:
    """A machine's states, the first one first, and all that leads from one to another."""

    title: str
    states: tuple[State, ...]
    arrows: tuple[Arrow, ...]


MARGIN, TOP = 24, 74
LETTERS, LABEL, NOTE = 26, 22, 38
"""In one line of a state, of an arrow, of a note."""
TITLE, NAME, LETTER, SMALL = 10, 7.4, 6.9, 5.9
"""How wide a letter is: of the title, of a state's name, of what is said, of a note."""
LINE, NOTE_LINE = 16, 14
ARROW = 16
"""How much of a box's width is an arrow's."""
PADDING = 11
ITSELF = 2
"""The ends of a way from a state to itself; every other way has joints between."""
STRAIGHT, EXIT = 6, 0.2
"""How much it matters that an arrow is straight: the one that goes on, the one to an end."""

STYLE = """
.fsm { font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif }
.fsm .title { font-size: 15px; font-weight: 600 }
.fsm .name { font: 600 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace }
.fsm .note { font-size: 10px }
.fsm .middle { text-anchor: middle }
.fsm .page { fill: #ffffff }
.fsm .ink { fill: #1f2328 }
.fsm .faint { fill: #59636e }
.fsm .box { stroke-width: 1.2; fill-opacity: .09 }
.fsm .step { fill: #0969da; stroke: #0969da }
.fsm .end { fill: #1a7f37; stroke: #1a7f37 }
.fsm .failure { fill: #cf222e; stroke: #cf222e }
.fsm .rim { stroke-width: 1.2; fill: none }
.fsm .way { fill: none; stroke: #6e7781; stroke-width: 1.4 }
.fsm .tip { fill: #6e7781 }
.fsm .back { stroke: #8250df }
.fsm .tip.back, .fsm .word.back { fill: #8250df; stroke: none }
@media (prefers-color-scheme: dark) {
.fsm .page { fill: #0d1117 }
.fsm .ink { fill: #e6edf3 }
.fsm .faint { fill: #9198a1 }
.fsm .step { fill: #4493f8; stroke: #4493f8 }
.fsm .end { fill: #3fb950; stroke: #3fb950 }
.fsm .failure { fill: #f85149; stroke: #f85149 }
.fsm .rim { fill: none }
.fsm .way { stroke: #9198a1 }
.fsm .tip { fill: #9198a1 }
.fsm .back { stroke: #ab7df8 }
.fsm .tip.back, .fsm .word.back { fill: #ab7df8 }
}
"""


def drawn(diagram: Diagram) -> str:
    """The text of the file."""
    boxes, links = page(diagram)
    found = placed(boxes, links)
    sizes = {box.name: (box.width, box.height) for box in boxes}
    width = round(max(found.width, len(diagram.title) * TITLE) + 2 * MARGIN)
    height = round(TOP + found.height + MARGIN)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fsm" role="img" {size}>',
        f"<title>{escape(diagram.title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="10"/>',
        words_at("ink title", MARGIN, MARGIN + 13, diagram.title),
        f'<g transform="translate({px((width - found.width) / 2)} {TOP})">',
        *_beginning(found.boxes[boxes[0].name], boxes[0].height),
        *(part for route in found.routes for part in _way(route)),
        *(part for arrow, route in zip(diagram.arrows, found.routes, strict=True) for part in _words(arrow, route)),
        *(part for state in diagram.states for part in _state(state, found.boxes[state.key], sizes[state.key])),
        "</g>",
        "</svg>",
    )
    return "".join(f"{part}\n" for part in whole)


def page(diagram: Diagram) -> tuple[list[Box], list[Link]]:
    """What has to find its place, and how large it is."""
    kinds = {state.key: state.kind for state in diagram.states}
    ends = Counter(end for arrow in diagram.arrows for end in (arrow.source, arrow.target))
    boxes = [Box(state.key, *_size(state, ends[state.key])) for state in diagram.states]
    links = [
        Link(
            arrow.source,
            arrow.target,
            max((len(line) * LETTER + 10 for line in arrow.lines), default=0),
            LINE * len(arrow.lines),
            STRAIGHT if kinds[arrow.target] is Kind.STEP else EXIT,
        )
        for arrow in diagram.arrows
    ]
    return boxes, links


def _lines(words: str, letters: int = LETTERS) -> list[str]:
    """The words in as few lines as can be, and these as short as can be."""
    lines = wrap(words, letters)
    return next(made for most in range(letters + 1) if len(made := wrap(words, most or 1)) == len(lines))


def _notes(state: State) -> list[str]:
    return [line for note in state.notes for line in _lines(note, NOTE)]


def _size(state: State, arrows: int) -> tuple[float, float]:
    """As large as its words need, and not too narrow for all its arrows."""
    lines, notes = _lines(state.says), _notes(state)
    wide = max(
        [len(state.name) * NAME, *(len(line) * LETTER for line in lines), *(len(note) * SMALL for note in notes)]
    )
    tall = LINE * (len(lines) + bool(state.name)) + NOTE_LINE * len(notes) + PADDING + (4 if notes else 0)
    return max(round(wide) + 24, ARROW * arrows), tall + (0 if state.kind is Kind.STEP else 6)


# --- elements ---------------------------------------------------------------------------------------------------------


def _beginning(at: Point, tall: float) -> Iterator[str]:
    """Where one begins to read."""
    x, y = at[0], at[1] - tall / 2
    yield f'<circle class="tip" cx="{px(x)}" cy="{px(y - 24)}" r="5"/>'
    yield f'<path class="way" d="M{px(x)} {px(y - 20)}V{px(y - 8)}"/>'
    yield _tip((x, y), 1, "tip")


def _state(state: State, at: Point, size: tuple[float, float]) -> Iterator[str]:
    """A box; an end is round and has a second rim."""
    (wide, tall), lines, notes = size, _lines(state.says), _notes(state)
    left, top = at[0] - wide / 2, at[1] - tall / 2
    radius = 6 if state.kind is Kind.STEP else min(tall / 2, 20)
    place = f'x="{px(left)}" y="{px(top)}" width="{px(wide)}" height="{px(tall)}" rx="{px(radius)}"'
    yield f'<rect class="page" {place}/>'
    yield f'<rect class="box {state.kind.value}" {place}/>'
    if state.kind is not Kind.STEP:
        inner = f'x="{px(left + 3)}" y="{px(top + 3)}" width="{px(wide - 6)}" height="{px(tall - 6)}"'
        yield f'<rect class="rim {state.kind.value}" {inner} rx="{px(radius - 3)}"/>'
    y = at[1] - (LINE * (len(lines) + bool(state.name)) + NOTE_LINE * len(notes) + (4 if notes else 0)) / 2 + 12
    if state.name:
        yield words_at("ink middle name", at[0], y, state.name)
    for row, line in enumerate(lines, bool(state.name)):
        yield words_at("faint middle" if state.name else "ink middle", at[0], y + LINE * row, line)
    y += LINE * (len(lines) + bool(state.name)) + 2
    for row, note in enumerate(notes):
        yield words_at("faint middle note", at[0], y + NOTE_LINE * row, note)


def _way(route: Route) -> Iterator[str]:
    """A line with a tip: curves between layers, straight across them."""
    first, *others = route.joints
    kind = " back" if route.back else ""
    if route.back and len(route.joints) == ITSELF:
        (x, y), (_, low) = route.joints
        out, far = px(x + 32), px(x + 8)
        yield f'<path class="way back" d="M{px(x)} {px(y)}C{out} {px(y - 8)} {out} {px(low + 8)} {far} {px(low)}"/>'
        yield f'<path class="tip back" d="M{px(x)} {px(low - 1)}l10 -3.5l-2 9.5z"/>'
        return
    forth = 1 if others[-1][1] > first[1] else -1
    x, y = others[-1]
    others[-1] = x, y - 7 * forth
    parts = [f"M{px(first[0])} {px(first[1])}"]
    for at, (start, end) in enumerate(pairwise([first, *others])):
        if at % 2 or start[0] == end[0]:
            parts.append(f"L{px(end[0])} {px(end[1])}")
        else:
            half = (start[1] + end[1]) / 2
            parts.append(f"C{px(start[0])} {px(half)} {px(end[0])} {px(half)} {px(end[0])} {px(end[1])}")
    yield f'<path class="way{kind}" d="{"".join(parts)}"/>'
    yield _tip((x, y), forth, f"tip{kind}")


def _tip(at: Point, forth: int, kind: str) -> str:
    return f'<path class="{kind}" d="M{px(at[0])} {px(at[1] - forth)}l-5 {px(-9 * forth)}h10z"/>'


def _words(arrow: Arrow, route: Route) -> Iterator[str]:
    """An arrow's words, on its line."""
    if not arrow.says:
        return
    x, y = route.label
    wide, tall = max(map(len, arrow.lines)) * LETTER + 8, LINE * len(arrow.lines)
    place = f'x="{px(x - wide / 2)}" y="{px(y - tall / 2)}" width="{px(wide)}" height="{px(tall)}"'
    yield f'<rect class="page" {place} rx="3"/>'
    kind = "word back middle" if route.back else "word ink middle"
    for row, line in enumerate(arrow.lines):
        yield words_at(kind, x, y - tall / 2 + 12 + LINE * row, line)


def words_at(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{px(x)}" y="{px(y)}">{escape(words)}</text>'


def px(number: float) -> str:
    """A coordinate, as short as it can be said."""
    return f"{number:.1f}".rstrip("0").rstrip(".") or "0"
