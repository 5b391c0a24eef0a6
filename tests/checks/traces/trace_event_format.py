"""What a file in the Trace Event Format must be, as far as we use it: Google's document of that name, put as a check.

Decides: which fields an event of each phase has, how slices nest, what an arrow needs. Must not know: who writes it.

Of the phases that the document has, these are known here: complete (X), instant (i), metadata (M), flow (s, f). Another
one is a problem, although the document may allow it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

__all__ = ["problems"]

NUMBER = (int, float)
COMMON: dict[str, tuple[type, ...]] = {"name": (str,), "ph": (str,), "pid": (int,), "tid": (int,), "ts": NUMBER}
FIELDS: dict[str, dict[str, tuple[type, ...]]] = {
    "X": {"dur": NUMBER, "cat": (str,), "args": (dict,)},
    "i": {"s": (str,), "cat": (str,), "args": (dict,)},
    "M": {"args": (dict,)},
    "s": {"id": (int, str), "cat": (str,)},
    "f": {"id": (int, str), "cat": (str,)},
}
METADATA = {"process_name": "name", "thread_name": "name", "process_sort_index": "sort_index"}
"""The names that metadata events can have here, each with its argument."""

Event = dict[str, Any]


def problems(text: str) -> list[str]:
    """Where the file is not what it must be; []: nowhere."""
    whole = json.loads(text)
    if not isinstance(whole, dict) or not isinstance(whole.get("traceEvents"), list):
        return ["the file is an object with traceEvents, a list"]
    if whole.get("displayTimeUnit", "ms") not in ("ms", "ns"):
        return ["displayTimeUnit is ms or ns"]
    events: list[Event] = whole["traceEvents"]
    found = [f"event {at}: {wrong}" for at, event in enumerate(events) for wrong in _fields(event)]
    return found or [*_nesting(events), *_flows(events), *_tracks(events)]


def _fields(event: Event) -> list[str]:
    phase = event.get("ph")
    if phase not in FIELDS:
        return [f"unknown phase {phase!r}"]
    wrong = [
        f"{name} is no {' or '.join(one.__name__ for one in types)}"
        for name, types in {**COMMON, **FIELDS[phase]}.items()
        if not isinstance(event.get(name), types) or isinstance(event.get(name), bool)
    ]
    if wrong:
        return wrong
    if event["ts"] < 0 or event.get("dur", 0) < 0:
        wrong.append("time before the beginning")
    if phase == "i" and event["s"] not in ("g", "p", "t"):
        wrong.append("the scope of an instant is g, p or t")
    if phase == "f" and event.get("bp", "e") != "e":
        wrong.append("bp is e")
    if phase == "M" and METADATA.get(event["name"], "") not in event["args"]:
        wrong.append(f"metadata {event['name']} lacks its argument")
    return wrong


def _by_track(events: list[Event]) -> dict[tuple[int, int], list[Event]]:
    tracks: dict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append(event)
    return tracks


def _nesting(events: list[Event]) -> list[str]:
    """Slices of one thread lie in one another or apart."""
    found = []
    for track, slices in _by_track(events).items():
        around: list[float] = []
        for event in sorted(slices, key=lambda one: (one["ts"], -one["dur"])):
            begins, ends = event["ts"], event["ts"] + event["dur"]
            while around and around[-1] <= begins + EPSILON:
                around.pop()
            if around and ends > around[-1] + EPSILON:
                found.append(f"track {track}: {event['name']} at {begins} lies half in another")
            around.append(ends)
    return found


EPSILON = 0.002
"""Microseconds that rounding can cost."""


def _flows(events: list[Event]) -> list[str]:
    """Each arrow begins once, ends once, not before it began, each time in a slice."""
    tracks, found = _by_track(events), []
    ends: dict[tuple[str, str, Any], list[Event]] = defaultdict(list)
    for event in events:
        if event["ph"] in ("s", "f"):
            ends[event["cat"], event["name"], event["id"]].append(event)
            slices = tracks.get((event["pid"], event["tid"]), [])
            inside = (one["ts"] - EPSILON <= event["ts"] <= one["ts"] + one["dur"] + EPSILON for one in slices)
            if not any(inside):
                found.append(f"arrow {event['id']}: an end in no slice")
    for (_, _, number), both in ends.items():
        if [one["ph"] for one in both] != ["s", "f"]:
            found.append(f"arrow {number}: not a beginning and an end")
        elif both[0]["ts"] > both[1]["ts"] + EPSILON:
            found.append(f"arrow {number}: it ends before it begins")
    return found


def _tracks(events: list[Event]) -> list[str]:
    """Each thread that has something, and its process, has a name."""
    named = {(event["name"], event["pid"], event["tid"]) for event in events if event["ph"] == "M"}
    used = {(event["pid"], event["tid"]) for event in events if event["ph"] != "M"}
    return [
        f"no {name} of {pid}, {tid}"
        for pid, tid in sorted(used)
        for name, of in (("thread_name", tid), ("process_name", 0))
        if (name, pid, of) not in named
    ]
