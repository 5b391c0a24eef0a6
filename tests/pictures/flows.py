"""What a request makes of each future, as an SVG file.

Decides: how it looks, and with which words.  Must not know: what becomes of a future (``ends`` reads that off the
contract machine).

The boxes stand in three columns: not begun, begun, over.  Every picture has the same places for them, so that two
requests are compared at a glance.  What only the request brings about is thick and has the colour of its end.  What
happens anyhow is thin, and dashed where the request may be quicker.
"""

from collections.abc import Iterator, Sequence
from html import escape

from checkedpool_spec.contract import State as Future
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.pictures.drawing import STYLE, px, words_at
from tests.pictures.ends import REQUESTS, Change, Ends, places

__all__ = ["flow"]

WIDTH, HEIGHT = 760, 272
LEFT, MIDDLE, RIGHT = 60, 318, 566
"""Where the columns begin."""
COLUMN = {Future.PENDING: LEFT, Future.RUNNING: MIDDLE}
WIDE, WIDEST, TALL = 112, 170, 36
"""The size of a box; those of the last column have more to say."""
TOP = {"accepted": 92, "sent ahead": 156, "begun": 124, "done": 76, "broken": 132, "cancelled": 188}
FOOT, BEFORE = 252, 16
"""Where it is said when which call returns; how far before a column the line is for that."""

DONE = (Future.SUCCEEDED, Future.FAILED)
BOXES = {**dict.fromkeys(DONE, "done"), Future.BLAMED: "broken", Future.CANCELLED: "cancelled"}
"""The box of each end."""
KINDS = {"done": "end", "broken": "failure", "cancelled": "cut"}
SAYS = {
    "done": ("done", "its own value or exception"),
    "broken": ("BrokenProcessPool", "cut off: ran is True"),
    "cancelled": ("cancelled", "whoever waits is told"),
}
ANYHOW = {Future.PENDING: "a worker begins it", Future.RUNNING: "the call ends"}
QUICKER = {Future.PENDING: "if a worker was quicker", Future.RUNNING: "if its answer was there"}
"""The words on a way that happens anyhow, and on one beside which the request has another."""

MORE = """
.fsm .cut { fill: #8250df; stroke: #8250df }
.fsm .way.asked { stroke-width: 3 }
.fsm .way.end { stroke: #1a7f37 }
.fsm .way.failure { stroke: #cf222e }
.fsm .way.cut { stroke: #8250df }
.fsm .way { fill: none }
.fsm .tip.failure { fill: #cf222e; stroke: none }
.fsm .tip.cut { fill: #8250df; stroke: none }
.fsm .quicker { stroke-dasharray: 5 4 }
.fsm .until { stroke: #6e7781; stroke-width: 1; stroke-dasharray: 2 3 }
@media (prefers-color-scheme: dark) {
.fsm .cut { fill: #ab7df8; stroke: #ab7df8 }
.fsm .way.end { stroke: #3fb950 }
.fsm .way.failure { stroke: #f85149 }
.fsm .way.cut { stroke: #ab7df8 }
.fsm .way { fill: none }
.fsm .tip.failure { fill: #f85149 }
.fsm .tip.cut { fill: #ab7df8 }
.fsm .until { stroke: #9198a1 }
}
"""


def flow(ends: Ends) -> str:
    """The text of the file."""
    call = REQUESTS[ends.level]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fsm" role="img" {size}>',
        f"<title>{escape(f'{call}: {told(ends)}')}</title>",
        f"<style>{STYLE}{MORE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="10"/>',
        words_at("ink title", 24, 37, call),
        *_returns(ends),
        *(part for change in ends.changes for part in _ways(ends, change)),
        *(part for name in _boxes(ends) for part in _box(name)),
        "</svg>",
    )
    return "".join(f"{part}\n" for part in whole)


def told(ends: Ends) -> str:
    """The same in words, for whoever does not see it: each place, and what may become of a future there."""
    return "; ".join(f"{name}: {_becomes(ends, future)}" for name, future in places().items())


def _becomes(ends: Ends, before: Future) -> str:
    after = dict.fromkeys(BOXES.get(change.after, "begun") for change in sorted(ends.after(before), key=_asked_first))
    return " or ".join(after) or "stays so"


def _asked_first(change: Change) -> bool:
    return not change.asked_for


def _boxes(ends: Ends) -> list[str]:
    """The places where a future may be, and the ends to which one may come."""
    return list(dict.fromkeys([*places(), *(BOXES[change.after] for change in ends.changes if change.after in BOXES)]))


# --- elements ---------------------------------------------------------------------------------------------------------


def _box(name: str) -> Iterator[str]:
    kind = KINDS.get(name, "step")
    left, wide = (RIGHT, WIDEST) if name in KINDS else (MIDDLE if name == "begun" else LEFT, WIDE)
    title, says = SAYS.get(name, (name, ""))
    place = f'x="{left}" y="{TOP[name]}" width="{wide}" height="{TALL}" rx="{TALL // 2 if name in KINDS else 6}"'
    yield f'<rect class="page" {place}/>'
    yield f'<rect class="box {kind}" {place}/>'
    yield words_at("ink middle name", left + wide / 2, TOP[name] + (15 if says else 22), title)
    if says:
        yield words_at("faint middle note", left + wide / 2, TOP[name] + 29, says)


def _ways(ends: Ends, change: Change) -> Iterator[str]:
    """From each box that the future may be in; both outcomes of a call are one end."""
    if change.after is Future.FAILED:
        return
    target = BOXES.get(change.after, "begun")
    rivals = any(other.asked_for for other in ends.after(change.before))
    kind = ("asked", KINDS[target]) if change.asked_for else ("quicker",) if rivals else ()
    for source in [name for name, future in places().items() if future is change.before]:
        yield from _way(source, target, kind)
    if not change.asked_for:
        yield from _label(change.before, (QUICKER if rivals else ANYHOW)[change.before], target)


def _way(source: str, target: str, kind: Sequence[str]) -> Iterator[str]:
    start = (MIDDLE if source == "begun" else LEFT) + WIDE
    end = MIDDLE if target == "begun" else RIGHT
    high, low = TOP[source] + TALL / 2, TOP[target] + TALL / 2
    bend = MIDDLE if target == "cancelled" else end - 9  # below the box in the middle, and straight on
    half = px((start + bend) / 2)
    path = f"M{start} {px(high)}C{half} {px(high)} {half} {px(low)} {bend} {px(low)}H{end - 9}"
    yield f'<path class="{" ".join(("way", *kind))}" d="{path}"/>'
    yield f'<path class="{" ".join(("tip", *kind[1:]))}" d="M{end - 1} {px(low)}l-10 -5v10z"/>'


def _label(before: Future, says: str, target: str) -> Iterator[str]:
    """Above the way, between its columns."""
    left, right = COLUMN[before] + WIDE, (MIDDLE if before is Future.PENDING else RIGHT) - BEFORE
    high = TOP["accepted"] - 4 if before is Future.PENDING else TOP[target] + 4
    yield words_at("faint middle note", (left + right) / 2, high, says)


def _returns(ends: Ends) -> Iterator[str]:
    """Two lines: right of which every future is when which call returns."""
    waits = ends.level <= ShutdownLevel.CANCEL
    yield from _line(ends.seen_at_once, "faint note", 6, f"{'wait=False' if waits else 'it'} returns at once")
    call = "wait=True" if waits else "shutdown(wait=True)"
    yield from _line(ends.seen_at_last, "faint middle note", 0, f"{call} returns when all are right of this line")


def _line(futures: frozenset[Future], kind: str, beside: int, says: str) -> Iterator[str]:
    x = min(COLUMN.get(future, RIGHT) for future in futures) - BEFORE
    yield f'<path class="until" d="M{x} 58V{FOOT - 14}"/>'
    yield words_at(kind, x + beside, FOOT, says)
