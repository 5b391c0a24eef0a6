"""The lanes of a run as a part of a picture in SVG.

Decides: where each lane, bar and mark stands, what is drawn as one since it has no room. Must not know: what a lane
means (``lanes``), which colours there are (``svg``).

What is narrower than can be seen is drawn together with its neighbours, and says how many they are. Whoever points at
a mark reads what it is.
"""

from collections.abc import Iterable, Iterator

from checkedpool_model.checker.show.svg import MARGIN, box, escaped, line, short, text
from checkedpool_model.pictures.lanes import Bar, Row, rows
from checkedpool_model.pictures.scale import Scale, duration, scale_of
from checkedpool_model.traces.timed import TimedRun

__all__ = ["lanes"]

NAMES = 132
"""How wide the names of the lanes are."""
AXIS = 26
ROW, BAR, TICKETS = 34, 18, 7
"""From lane to lane; how tall a bar is, and the tickets below it."""
PAUSE, MARK = 72, 90
NARROW = 3
"""What is narrower is drawn together with its neighbours."""
LETTER = 6.4
LEGEND = 58

LOOKS = {"runs": "k2", "boots": "k5", "leaves": "k5", "stalls": "k1", "job": "k4"}
"""The colours of bars; calls have that of clients."""
MARKS = {"dies": "cross", "fails": "cross", "stalls": "cross", "revoked": "k3", "step": "k5"}


def lanes(made: TimedRun, x: int, y: int, width: int) -> tuple[Iterable[str], int]:
    """The elements, and how tall it is."""
    found, left_out = rows(made)
    moments = [one.at for one in made.happened]
    scale = scale_of(moments, made.lasts, width - NAMES - 2, pause=PAUSE, mark=MARK)
    tall = AXIS + ROW * len(found)
    parts = [
        *_axis(scale, x + NAMES, y, tall),
        *(part for at, row in enumerate(found) for part in _row(row, scale, x, y + AXIS + ROW * at)),
        *_refused(made, scale, x + NAMES, y, tall),
        *_legend([*_shapes(found), *_signs(found, left_out, scale)], x, y + tall + 14, width),
    ]
    return parts, tall + LEGEND + MARGIN


def _axis(scale: Scale, x: float, y: float, tall: float) -> Iterator[str]:
    """Marks of time, and the pauses that are shortened."""
    ends = [(scale.place(one.begins), scale.place(one.ends)) for one in scale.pauses]
    for (left, right), one in zip(ends, scale.pauses, strict=True):
        yield box("pause", x + left, y + AXIS - 8, (right - left, tall - AXIS + 8))
        yield text(x + (left + right) / 2, y + 12, [f"// {duration(one.ends - one.begins)}"], "small middle faint")
    free = -1e9
    for moment in scale.marks():
        place = scale.place(moment)
        yield line("rule", x + place, y + AXIS - 8, x + place, y + tall)
        words = scale.label(moment)
        half = len(words) * LETTER / 2
        crowded = any(left - half < place < right + half for left, right in ends)
        if place - half > free and not crowded:
            yield text(x + place, y + 12, [words], "small middle faint")
            free = place + half + LETTER


def _row(row: Row, scale: Scale, x: float, y: float) -> Iterator[str]:
    left, middle = x + NAMES, y + 4
    yield text(x, middle + 13, [_shortened(row.name)], "small strong ink")
    yield line("life", left, middle + BAR / 2, left + scale.places[-1], middle + BAR / 2)
    for bar, from_, to in _together(row.bars, scale):
        yield _bar(bar, left + from_, to - from_, middle)
    yield from _tickets(row, scale, left, middle + BAR + TICKETS)
    yield from _points(row, scale, left, middle)


def _shortened(name: str) -> str:
    most = int(NAMES / (LETTER + 1))
    return name if len(name) <= most else f"{name[: most - 1]}…"


# --- bars -------------------------------------------------------------------------------------------------------------


def _together(bars: list[Bar], scale: Scale) -> Iterator[tuple[Bar, float, float]]:
    """The bars with their places; narrow ones that touch are one."""
    several: list[Bar] = []
    from_ = to = 0.0
    for bar in sorted(bars, key=lambda one: one.begins):
        left, right = scale.place(bar.begins), scale.place(bar.ends)
        narrow = right - left < NARROW
        if bar.kind in ("idle", "ended"):
            if not narrow:
                yield bar, left, right
            continue
        if several and (not narrow or left > to + 1 or bar.kind != several[0].kind):
            yield _one_of(several), from_, to
            several = []
        if not narrow:
            yield bar, left, right
            continue
        if not several:
            from_ = left
        several.append(bar)
        to = max(right, left + 1)
    if several:
        yield _one_of(several), from_, to


def _one_of(several: list[Bar]) -> Bar:
    if len(several) == 1:
        return several[0]
    first, last = several[0], several[-1]
    label = f"{len(several)} {'tasks' if first.kind in ('runs', 'job') else 'calls'}"
    return Bar(first.begins, last.ends, first.kind, label, f"{label}: {first.says} … {last.says}")


def _bar(bar: Bar, x: float, wide: float, y: float) -> str:
    said = f"{bar.says}; {duration(bar.ends - bar.begins)}, from {duration(bar.begins)} on"
    if bar.kind in ("idle", "ended"):
        look, tall = ("idle", 4.0) if bar.kind == "idle" else ("gone", 4.0)
        shape = box(look, x, y + (BAR - tall) / 2, (wide, tall))
    else:
        size, round_ = (max(wide, 1), BAR), 3 if wide > NARROW * 2 else 0
        shape = box("page", x, y, size, round_) + box(f"box {LOOKS.get(bar.kind, 'k0')}", x, y, size, round_)
        if len(bar.label) * LETTER + 6 <= wide:
            shape += text(x + wide / 2, y + 13, [bar.label], "small middle ink")
    return f"<g><title>{escaped(said)}</title>{shape}</g>"


def _tickets(row: Row, scale: Scale, x: float, bottom: float) -> Iterator[str]:
    """How many lie in the socket, as a hill below the bars."""
    most = max((count for _, count in row.tickets), default=0)
    if not most:
        return
    path, last = [f"M{short(x)} {short(bottom)}"], -1.0
    highest = 0
    for moment, count in row.tickets:
        place = scale.place(moment)
        highest = max(highest, count) if place - last < 1 else count
        if place - last >= 1 or count == highest:
            path.append(f"H{short(x + place)}V{short(bottom - TICKETS * count / most)}")
            last = place
    path.append(f"H{short(x + scale.places[-1])}V{short(bottom)}Z")
    yield f'<g><title>tickets in the socket, at most {most}</title><path class="hill k3" d="{"".join(path)}"/></g>'


# --- marks ------------------------------------------------------------------------------------------------------------


def _points(row: Row, scale: Scale, x: float, y: float) -> Iterator[str]:
    """Steps are strokes, as many as can be told from each other; what is bad is a cross."""
    steps: dict[int, list[str]] = {}
    for point in row.points:
        place = scale.place(point.at)
        if point.kind == "step":
            steps.setdefault(round(place), []).append(point.says)
    for place, says in steps.items():
        said = says[0] if len(says) == 1 else f"{len(says)} steps: {says[0]} … {says[-1]}"
        stroke = line("k5", x + place, y + 2, x + place, y + BAR - 2)
        yield f"<g><title>{escaped(said)}</title>{stroke}</g>"
    for point in row.points:
        place, look = x + scale.place(point.at), MARKS[point.kind]
        if look == "cross":
            shape = f"M{short(place - 6)} {short(y + 3)}l12 12m0 -12l-12 12"
        elif point.kind == "revoked":
            shape = f"M{short(place - 4)} {short(y + BAR + TICKETS)}l4 -8l4 8z"
        else:
            continue
        yield f'<g><title>{escaped(point.says)}</title><path class="{look}" d="{shape}"/></g>'


def _refused(made: TimedRun, scale: Scale, x: float, y: float, tall: float) -> Iterator[str]:
    if made.refused is None:
        return
    place = x + scale.place(made.refused.at)
    said = f"{made.stop}: {made.refused.text} ({made.refused.where})"
    shape = line("cross", place, y + AXIS - 8, place, y + tall)
    yield f"<g><title>{escaped(said)}</title>{shape}</g>"
    yield text(place - 6, y + tall + 2, [f"{made.stop} here"], "small fails last")


def _legend(told: list[tuple[str, str]], x: float, y: float, width: float) -> Iterator[str]:
    """What the shapes and the signs are, in two lines at most."""
    place = x
    for look, says in told:
        wide = len(says) * LETTER + (36 if look else 16)
        if place + wide > x + width:
            place, y = x, y + 17
        if look:
            yield box(look, place, y, (14, 12), 2)
        yield text(place + (20 if look else 0), y + 11, [says], "small faint")
        place += wide


def _shapes(found: list[Row]) -> Iterator[tuple[str, str]]:
    """Of the shapes that there are, each with its words."""
    kinds = _kinds(found)
    told = [
        ("box k0", "a call", True), ("box k2", "a task runs", "runs" in kinds),
        ("box k5", "a worker boots or leaves", bool(kinds & {"boots", "leaves"})),
        ("gone", "it has ended, and is not reaped", "ended" in kinds),
        ("box k4", "user code", "job" in kinds),
        ("hill k3", "tickets in its socket", any(count for row in found for _, count in row.tickets)),
    ]  # fmt: skip
    return ((look, says) for look, says, there in told if there)


def _kinds(found: list[Row]) -> set[str]:
    return {bar.kind for row in found for bar in row.bars} | {point.kind for row in found for point in row.points}


def _signs(found: list[Row], left_out: int, scale: Scale) -> Iterator[tuple[str, str]]:
    """Likewise of the signs, which are letters."""
    kinds = _kinds(found)
    told = [
        ("| a step", "step" in kinds), ("✕ a death or a failure", bool(kinds & {"dies", "fails", "stalls"})),
        ("▲ tickets came back", "revoked" in kinds), ("// a pause, shortened", bool(scale.pauses)),
        (f"{left_out} lanes are left out", left_out > 0),
    ]  # fmt: skip
    return (("", says) for says, there in told if there)
