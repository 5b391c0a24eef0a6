"""Sequences that the documents write in Mermaid, as pictures that need no script.

Decides: which lines of Mermaid are read: who takes part, arrows, notes.  Must not know: how a picture looks.
"""

from __future__ import annotations

import re
from dataclasses import replace

from checkedpool_model.checker.sequence import Diagram, Event
from checkedpool_model.checker.show.drawing_svg import drawn

__all__ = ["pictured", "read"]

FENCED = re.compile(r"^```mermaid\nsequenceDiagram\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINE = re.compile(
    r"\s*(?:participant (?P<name>\w+) as (?P<title>.+)"
    r"|(?P<source>\w+)-{1,2}>>(?P<target>\w+): (?P<label>.+)"
    r"|Note over \w+: (?P<note>.+))"
)


class _Sequence(Diagram):
    """No run of a checker: it says nothing at its end."""

    @property
    def ending(self) -> str:
        return ""


def pictured(markdown: str) -> str:
    """The page with each sequence drawn."""
    return FENCED.sub(lambda fenced: f'<div class="sequence">\n{_picture(read(fenced[1]))}</div>', markdown)


def _picture(told: Diagram) -> str:
    """The picture, with a title for who cannot see it."""
    return drawn(told).replace("<title></title>", f"<title>Who sends what: {', '.join(told.actors)}</title>", 1)


def read(text: str) -> Diagram:
    """The sequence; a note goes with the step before it.  ValueError if a line is of another kind."""
    actors: dict[str, str] = {}
    events: list[Event] = []
    for line in text.splitlines():
        found = LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"no line of a sequence that can be drawn: {line!r}")
        if found["name"]:
            actors[found["name"]] = found["title"]
        elif found["note"]:
            events[-1] = replace(events[-1], notes=(*events[-1].notes, found["note"]))
        else:
            source, target = (list(actors).index(found[side]) for side in ("source", "target"))
            events.append(Event(len(events) + 1, source, target, found["label"], ()))
    return _Sequence("", tuple(actors.values()), tuple(events), "")
