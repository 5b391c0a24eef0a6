"""The lanes of a run as characters.

Decides: which letter stands in which column, what is drawn as one since it has no room. Must not know: what a lane
means (``lanes``).
"""

from collections.abc import Iterator
from textwrap import wrap

from checkedpool_model.pictures.lanes import Bar, Row, rows
from checkedpool_model.pictures.scale import Scale, duration, scale_of
from checkedpool_model.traces.timed import TimedRun

__all__ = ["lanes"]

NAMES = 14
NO_BREAK = "\N{NO-BREAK SPACE}"
PAUSE, MARK = 8, 12
LETTERS = {"runs": "█", "job": "█", "boots": "░", "leaves": "░", "stalls": "░", "idle": "─", "ended": "┄"}
CALL = "▒"
MARKS = {"step": "|", "revoked": "▲", "dies": "✗", "fails": "✗", "stalls": "✗"}


def lanes(made: TimedRun, width: int) -> Iterator[str]:
    """The lanes, in so many columns, and what their letters mean."""
    found, left_out = rows(made)
    wide = max(width - NAMES - 1, 2 * PAUSE)
    scale = scale_of([one.at for one in made.happened], made.lasts, wide, pause=PAUSE, mark=MARK)
    lines = [f"{'':{NAMES}}{_axis(scale, wide)}", *(_line(row, scale, wide) for row in found)]
    if made.refused:
        place = NAMES + int(min(scale.place(made.refused.at), wide - 1))
        lines.append(f"{made.stop} here ✗".rjust(place + 1))
    lines += ["", *wrap("   ".join(_legend(found, left_out, scale)), width)]
    yield from (line.replace(NO_BREAK, " ").rstrip()[:width] for line in lines)


def _axis(scale: Scale, wide: int) -> str:
    """Marks of time where there is room, and the pauses."""
    row = [" "] * wide
    for one in scale.pauses:
        _put(row, int(scale.place(one.begins)) + 1, f"//{duration(one.ends - one.begins)}")
    for moment in scale.marks():
        at, words = int(scale.place(moment)), scale.label(moment)
        around = row[max(at - 1, 0) : at + len(words) + 1]
        if at + len(words) <= wide and not "".join(around).strip():
            _put(row, at, words)
    return "".join(row)


def _line(row: Row, scale: Scale, wide: int) -> str:
    cells = [" "] * wide
    for bar in sorted(row.bars, key=lambda one: one.kind not in ("idle", "ended")):
        _bar(cells, bar, scale)
    for point in sorted(row.points, key=lambda one: one.kind != "step"):
        cells[min(int(scale.place(point.at)), wide - 1)] = MARKS[point.kind]
    name = row.name if len(row.name) < NAMES else f"{row.name[: NAMES - 2]}…"
    return f"{name:{NAMES}}{''.join(cells)}"


def _bar(cells: list[str], bar: Bar, scale: Scale) -> None:
    begins = min(int(scale.place(bar.begins)), len(cells) - 1)
    ends = max(int(scale.place(bar.ends)), begins + 1)
    _put(cells, begins, LETTERS.get(bar.kind, CALL) * (ends - begins))
    if bar.kind not in ("idle", "ended", "boots", "leaves") and len(bar.label) + 2 <= ends - begins:
        _put(cells, begins + 1, bar.label)


def _put(row: list[str], at: int, text: str) -> None:
    text = text[: max(len(row) - at, 0)]
    row[at : at + len(text)] = text


def _legend(found: list[Row], left_out: int, scale: Scale) -> Iterator[str]:
    kinds = {bar.kind for row in found for bar in row.bars} | {point.kind for row in found for point in row.points}
    told = [
        (f"{CALL} a call", True), ("█ a task, with its number", "runs" in kinds), ("░ boots, leaves", "boots" in kinds),
        ("─ waits for a ticket", "idle" in kinds), ("| a step", "step" in kinds),
        ("┄ has ended", "ended" in kinds),
        ("▲ tickets came back", "revoked" in kinds),
        ("✗ a death or a failure", bool(kinds & {"dies", "fails"})), ("// a pause, shortened", bool(scale.pauses)),
        (f"{left_out} lanes are left out", left_out > 0),
    ]  # fmt: skip
    yield from (words.replace(" ", NO_BREAK) for words, there in told if there)
