"""The events of a run as a sequence between actors, and the whole picture: lanes above, events below.

Decides: which events are told in words where there are too many, how each is put. Must not know: how a sequence is
drawn (``checker.show``).
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from textwrap import wrap

from checkedpool_model.checker.sequence import Diagram, Event, in_one_line
from checkedpool_model.checker.show import drawing_svg
from checkedpool_model.pictures import lanes_svg, lanes_text
from checkedpool_model.traces.naming import LANES
from checkedpool_model.traces.timed import Happened, TimedRun
from checkedpool_model.traces.verdict import Verdict

__all__ = ["MOST", "sequence", "svg", "text"]

MOST, MOST_IN_TEXT = 160, 80
"""Events that are told in words."""
FEW, AROUND = 12, 4
"""Of each actor so many of its first and of its last events are told, and so many before and after what is bad."""
BAD = {"WorkerCrashes", "BootFails", "StartFails", "WorkerStalls", "ManagerBlamesTask", "ClientIsThrownOut"}
ACTOR = re.compile(r"^(the manager|worker -?\d+|the start thread|a user-code thread)(, |: | )")
NARROWEST = 36
"""Columns for the steps, where they stand beside the events."""
MILLI = 1_000_000
ASCII = str.maketrans("█░─┄▒▲✗✓→…", "#:-.=^x+>~")


def svg(made: TimedRun) -> str:
    """The picture: the text of an SVG file."""
    return drawing_svg.drawn(sequence(made), above=lambda x, y, width: lanes_svg.lanes(made, x, y, width))


def text(made: TimedRun, width: int, *, ascii_only: bool = False) -> str:
    """The drawing of characters, of at most so many columns: an event a line, where it fits."""
    told = sequence(made, MOST_IN_TEXT)
    lines = [*wrap(told.title, width), "", *lanes_text.lanes(made, width), "", *_list(told, width), ""]
    lines += wrap(f"{'✗' if told.claim else '✓'} {told.ending}", width, subsequent_indent="  ")
    whole = "".join(f"{line.rstrip()}\n" for line in lines)
    return whole.translate(ASCII).encode("ascii", "replace").decode("ascii") if ascii_only else whole


def _list(told: Diagram, width: int) -> Iterator[str]:
    """When, who to whom, what, and which step of the model that is: beside it, or below where there is no room."""
    who = [" → ".join(dict.fromkeys((told.actors[one.source], told.actors[one.target]))) for one in told.events]
    at, wide = max((len(one.at) for one in told.events), default=0), max(map(len, who), default=0)
    left = 2 + at + 2 + 4 + 2 + wide + 2
    most = max((len(one.label) for one in told.events), default=0)
    beside = width - left - most - 2 >= NARROWEST
    what = most if beside else max(width - left, 16)
    for place, (one, names) in enumerate(zip(told.events, who, strict=True)):
        yield from (f"  {'…':>{at}}  {words}" for words in told.said_before(place))
        label = wrap(one.label, what) or [""]
        notes = [line for note in one.notes for line in wrap(note, width - left - what - 2 if beside else what)]
        head = f"{'✗' if one.wrong else ' '} {one.at:>{at}}  {one.number:>4}  {names:{wide}}"
        rows = zip_longest(label, notes, fillvalue="") if beside else ((words, "") for words in (*label, *notes))
        for row, (words, note) in enumerate(rows):
            yield f"{'' if row else head:{left - 2}}  {words:{what}}  {note}"


def sequence(made: TimedRun, most: int = MOST) -> Diagram:
    """The events in words; where some are left out it is said how many."""
    kept = _chosen(made.happened, most)
    every = [*kept, *((made.refused,) if made.refused else ())]
    names = sorted({made.names.row(name) for one in every for name in (one.who, one.whom) if name}, key=_place)
    events = [_event(made, one, names) for one in every]
    remarks = tuple(
        (at, f"{one.number - before} events are not told here")
        for at, (one, before) in enumerate(zip(every, [1, *(one.number + 1 for one in every)], strict=False))
        if one.number > before
    )
    wrong = made.verdict in (Verdict.DIVERGED, Verdict.NOT_FINISHED)
    title = f"trace {made.name}: {len(made.happened)} events in {made.lasts / MILLI:.3f} ms"
    return Diagram(
        in_one_line(title), tuple(map(in_one_line, names)), tuple(events), "the trace" if wrong else "",
        remarks=remarks, says=in_one_line(": ".join((made.verdict.value, *made.why))),
    )  # fmt: skip


def _chosen(happened: tuple[Happened, ...], most: int) -> list[Happened]:
    """All events, or of each actor the first and the last, and what lies around what is bad, until they are enough."""
    if len(happened) <= most:
        return list(happened)
    by_actor: dict[str, list[int]] = {}
    for at, one in enumerate(happened):
        by_actor.setdefault(one.who, []).append(at)
    few = max(min(FEW, most // (3 * len(by_actor))), 1)
    kept = {at for own in by_actor.values() for at in (*own[:few], *own[-few:])}
    for at, one in enumerate(happened):
        if BAD & set(one.steps) and len(kept) < most:
            kept |= {near for near in range(at - AROUND, at + AROUND + 1) if 0 <= near < len(happened)}
    return [happened[at] for at in sorted(kept)]


def _place(name: str) -> tuple[int, int, str]:
    kind = next((at for at, kind in enumerate(LANES) if name.startswith(kind)), len(LANES))
    digits = re.findall(r"\d+", name)
    return kind, int(digits[0]) if digits else -1, name


def _event(made: TimedRun, one: Happened, names: list[str]) -> Event:
    """What was recorded, and beside it which step of the model that is, and where it stands."""
    source = names.index(made.names.row(one.who))
    target = names.index(made.names.row(one.whom)) if one.whom else source
    words = ACTOR.sub("", one.text) or one.text
    steps = ", ".join(one.actions) or (
        f"{made.stop}: no step of the protocol" if made.verdict is Verdict.DIVERGED else made.stop
    )
    notes = (f"{steps} ({one.where})", *(made.why[1:] if one is made.refused else ()))
    return Event(
        one.number, source, target, in_one_line(words), tuple(map(in_one_line, notes)),
        f"{one.at / MILLI:.3f} ms", wrong=one is made.refused or bool({"WorkerCrashes"} & set(one.steps)),
    )  # fmt: skip
