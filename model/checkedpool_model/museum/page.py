"""The pages of the museum in the documents: one for each exhibit, and an index. Made by ``checkedpool museum --write``.

Decides: what a page shows and in which order. Must not know: how exhibits are explored; any exhibit.
"""

import re
from collections.abc import Iterable
from textwrap import fill

from checkedpool_model.checker.show.drawing_text import drawn
from checkedpool_model.museum.exhibit import Exhibit, Failure
from checkedpool_model.museum.program import has_program
from checkedpool_model.museum.table import changes
from checkedpool_model.museum.visit import Visit
from checkedpool_model.museum.who_waits import drawing_of

__all__ = ["failure", "index", "page", "pages"]

HOW = {
    Failure.DEADLOCK: "A deadlock: after {steps} steps nothing can happen any more, and somebody waits",
    Failure.LOST_FUTURE: "A lost future: after {steps} steps everything is quiet, and a future has no end",
    Failure.LASSO: "A lasso: the last of these {steps} steps can go round for ever, and something is owed",
}

INDEX = "README.md"
VERBS = ("museum", "explore")
WIDTH = 100
"""Of a drawing."""
LINE = 120

HEAD = """\
# Museum of executor bugs

Pools of processes have hung in many ways, and most of them took years to be understood. Here are some of the famous
ones, each as the smallest model of the design that had it. The same checker that explores checkedpool's own protocol
finds the bug. Beside it stands the cured design, which passes the checker.

"""

FOOT = """
A *deadlock* is a state in which nothing can happen and somebody waits. A *lost future* is a future without an end in a
state in which all is quiet and otherwise right. A *lasso* is a finite prefix followed by a cycle: something happens for
ever, and what is owed never does.

The last row of each drawing says who waits for whom, read off the whole graph: an arrow of dashes, and what is waited
for. Where they wait in a circle, the rows of the circle are marked.

The models are of the mechanism, not of the code: each page says what was left out. `checkedpool museum` explores them
all, `checkedpool museum NAME` shows one, and the pages are made by `checkedpool museum --write docs/museum`.
`checkedpool museum NAME --draw svg -o NAME.svg` writes the drawing as a picture. In the file of
`checkedpool explore NAME` one [walks through](../explorer.md) the broken design, and through the cured one.

`checkedpool museum NAME --run` runs a program that shows the bug in the executor that is installed, if that one has it.
[Bugs to be told upstream](../upstream/index.md) says on which versions we saw it.
"""


def pages(visits: Iterable[Visit]) -> dict[str, str]:
    """The text of every file, by its name."""
    visits = tuple(visits)
    return {INDEX: index(visits)} | {f"{visit.exhibit.name}.md": page(visit) for visit in visits}


def index(visits: Iterable[Visit]) -> str:
    """The list of all exhibits."""
    rows = [
        "| exhibit | where | it fails by | steps | states | states, cured |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    for visit in visits:
        shown = visit.exhibit
        where = f"[{shown.words.title}]({shown.name}.md) | {shown.project} | a {shown.failure.value}"
        rows.append(f"| {where} | {visit.broken.steps} | {visit.broken.states} | {visit.fixed.states} |")
    return HEAD + "\n".join(rows) + "\n" + FOOT


def page(visit: Visit) -> str:
    """One exhibit."""
    shown, words = visit.exhibit, visit.exhibit.words
    found = visit.broken.found
    drawing = drawn(drawing_of(shown.broken, found), width=WIDTH) if found else ""
    parts = [
        f"# {words.title}",
        f"{shown.project}: {shown.versions}.\n{' · '.join(map(_link, shown.links))}",
        f"Seen by us: {shown.seen}.{_program(shown)}",
        _wrapped(words.story),
        "## How it fails",
        _wrapped(f"{failure(visit)} The whole design has {visit.broken.states} states."),
        f"```text\n{drawing}```",
        "## The cure",
        _wrapped(words.cure),
        "\n".join(_wrapped(f"- {change}", "  ") for change in changes(shown.broken, shown.fixed)),
        f"With it everything holds: {visit.fixed.states} states.",
        "## What the model leaves out",
        _wrapped(words.left_out),
        "## What checkedpool does",
        _wrapped(words.here + _clauses(shown)),
        " · ".join((f"[All exhibits]({INDEX})", *(f"`checkedpool {verb} {shown.name}`" for verb in VERBS))),
    ]
    return "\n\n".join(parts) + "\n"


def failure(visit: Visit) -> str:
    """How the broken design fails, in a sentence."""
    return HOW[visit.exhibit.failure].format(steps=visit.broken.steps) + f" (`{visit.broken.claim}` fails)."


def _wrapped(words: str, margin: str = "") -> str:
    return fill(words, LINE, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)


def _clauses(shown: Exhibit) -> str:
    if not shown.clauses:
        return ""
    return f" ({', '.join(shown.clauses)} of the [protocol](../../spec/protocol.md))"


def _program(shown: Exhibit) -> str:
    if not has_program(shown.name):
        return ""
    page = f"[A program that shows it](../upstream/{shown.name}.md)"
    return f"\n{page} is run by `checkedpool museum {shown.name} --run`."


def _link(target: str) -> str:
    found = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)", target)
    if found:
        return f"[{found[1]}#{found[2]}]({target})"
    return f"[{target}](../{target.removeprefix('docs/')})"
