"""A counterexample as a Mermaid ``sequenceDiagram``, which GitHub and many documentation tools draw.

Decides: how events are written in that language, and that no text in them is taken for a part of it. Must not know:
where the events come from (``sequence``).
"""

import re
from collections.abc import Iterable, Iterator

from checkedpool_model.checker.sequence import Diagram, Event, shortened

__all__ = ["drawn"]

NOTES = 4
"""How many changes of one step are shown."""

MEANS_SOMETHING = re.compile(r"[^\w .,()\[\]/'+?!→-]")
"""Every character that is not known to be harmless, the colon among them: ``a: wrap: b`` is an instruction."""


def drawn(diagram: Diagram) -> str:
    """The diagram's text."""
    return "".join(f"{line}\n" for line in ("sequenceDiagram", *(f"    {line}" for line in _lines(diagram))))


def _lines(diagram: Diagram) -> Iterator[str]:
    yield f"title {_harmless(diagram.title)}"
    yield "autonumber"
    for lane, actor in enumerate(diagram.actors or (diagram.title,)):
        yield f"participant a{lane} as {_harmless(actor)}"
    everybody = f"a0,a{len(diagram.actors) - 1}" if len(diagram.actors) > 1 else "a0"
    for place, event in enumerate((*diagram.events, None)):
        if place == diagram.owed:
            yield _note(f"over {everybody}", ["from here on it is owed"])
        if place == diagram.loop:
            yield "loop for ever" if event else _note(f"over {everybody}", ["nothing happens any more"])
        for words in diagram.said_before(place):
            yield _note(f"over {everybody}", [words])
        if event:
            yield from _step(event)
    if diagram.repeated:
        yield "end"
    if diagram.waiting:
        yield _note(f"over {everybody}", [diagram.waiting.says])
        for event in diagram.waiting.events:
            yield f"a{event.source}-->>a{event.target}: {_harmless(event.label)}"
    yield _note(f"over {everybody}", [diagram.ending])


def _step(event: Event) -> Iterator[str]:
    """The arrow, and a note with what it changes."""
    yield f"a{event.source}->>a{event.target}: {_harmless(event.label)}"
    if event.notes:
        yield _note(f"right of a{max(event.source, event.target)}", shortened(event.notes, NOTES))


def _note(where: str, texts: Iterable[str]) -> str:
    return f"Note {where}: {'<br/>'.join(map(_harmless, texts))}"


def _harmless(text: str) -> str:
    """The text with every character that could mean something given by its number."""
    return MEANS_SOMETHING.sub(lambda found: f"#{ord(found[0])};", text.replace(" -> ", " → "))
