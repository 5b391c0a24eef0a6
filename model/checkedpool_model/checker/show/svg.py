"""The elements of a picture in SVG, and its frame: no script, no font, light or dark as its reader has it.

Decides: the form of each element, the colours, that every text is escaped. Must not know: what is drawn.

How wide a text is, only its reader's fonts know. It is taken for wider than in any common one.
"""

from collections.abc import Iterable, Sequence
from html import escape

__all__ = [
    "COLOURS", "LETTER", "LINE", "MARGIN", "SMALL", "SMALL_LINE", "STYLE",
    "box", "escaped", "frame", "line", "short", "text",
]  # fmt: skip

BLANKS, UNKNOWN = "\n\N{NO-BREAK SPACE}", "\N{REPLACEMENT CHARACTER}"
MARGIN = 24
LETTER, LINE = 8, 17
"""A letter of the words, and a line of them."""
SMALL, SMALL_LINE = 7, 15
"""Likewise of the notes."""

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
.seq .waits { stroke-dasharray: 5 4 }
.seq .small { font-size: 11px }
.seq .last { text-anchor: end }
.seq .pause { fill: #818b98; fill-opacity: .13; stroke: none }
.seq .idle { fill: #818b98; fill-opacity: .55 }
.seq .gone { fill: #cf222e; fill-opacity: .45 }
.seq path.hill, .seq rect.hill { fill-opacity: .6; stroke: none }
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


def box(kind: str, x: float, y: float, size: tuple[float, float], radius: int = 0) -> str:
    """A rectangle: where, how large, how round."""
    width, height = size
    place = f'x="{short(x)}" y="{short(y)}" width="{short(width)}" height="{short(height)}"'
    return f'<rect class="{kind}" {place} rx="{radius}"/>'


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """From one point to another."""
    return f'<path class="{kind}" d="M{short(x1)} {short(y1)}L{short(x2)} {short(y2)}"/>'


def text(x: float, y: float, lines: Sequence[str], kind: str, pitch: int = LINE) -> str:
    """Lines of text, one below the other."""
    spans = (
        f'<tspan x="{short(x)}" y="{short(y + pitch * row)}">{escaped(words)}</tspan>'
        for row, words in enumerate(lines)
    )
    return f'<text class="{kind}">{"".join(spans)}</text>'


def frame(title: str, says: str, size: tuple[int, int], parts: Iterable[str]) -> str:
    """The text of the file."""
    width, height = size
    place = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="seq" role="img" {place}>',
        f"<title>{escaped(title)}</title>",
        f"<desc>{escaped(says)}</desc>",
        f"<style>{STYLE}</style>",
        box("page", 0, 0, size, 10),
        *parts,
        "</svg>",
    )
    return "".join(f"{part}\n" for part in whole)


def escaped(words: str) -> str:
    """As text, whatever it says; without what no XML can have."""
    return escape("".join(letter if letter.isprintable() or letter in BLANKS else UNKNOWN for letter in words))


def short(number: float) -> str:
    """A coordinate, as short as it can be said."""
    return f"{number:.1f}".rstrip("0").rstrip(".") or "0"
