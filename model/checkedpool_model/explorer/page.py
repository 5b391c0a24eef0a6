"""The HTML file: one page with its style, its script and the graphs in it.

Decides: how the parts lie in the file, that nothing in it is markup but the page's own. Must not know: what a graph
says; what the file may do (``frame``).

Modules are put one behind another, without their imports and exports: a test sees to it that no name is there twice.
What the file says is JSON in which no letter can end the element that it lies in.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator

from checkedpool_model.explorer.frame import policy, put_in, read
from checkedpool_model.explorer.subjects import Subject

__all__ = ["MODULES", "html", "script"]

MODULES = (
    "elements.js", "bytes.js", "names.js", "graph.js", "run.js", "fragment.js", "verdict.js", "stage.js", "moves.js",
    "why.js", "lives.js", "steps.js", "keys.js", "main.js",
)  # fmt: skip
"""In an order in which each comes after those that it imports."""
IMPORT = re.compile(r"^import (?:[^;]*?) from \"[^\"]+\";\n", re.MULTILINE)
EXPORT = re.compile(r"^export ", re.MULTILINE)


def html(subject: Subject) -> str:
    """The whole file."""
    style, code = read("style.css"), script()
    parts = {"policy": policy(style, code), "style": style, "data": "\n".join(_data(subject)), "script": code}
    return put_in(read("index.html"), parts)


def script() -> str:
    """All modules as one."""
    return "\n".join(EXPORT.sub("", IMPORT.sub("", read(name))) for name in MODULES)


def _data(subject: Subject) -> Iterator[str]:
    book: dict[str, object] = {
        "title": subject.title, "says": subject.says, "command": subject.command, "links": subject.links,
        "left out": subject.left_out,
        "graphs": [
            {"name": one.name, "states": one.states, "steps": one.steps, "whole": one.whole} for one in subject.graphs
        ],
    }  # fmt: skip
    yield f'<script type="application/json" id="book">{_inert(book)}</script>'
    for number, graph in enumerate(subject.graphs):
        letters = b64encode(graph.content).decode()
        yield f'<script type="text/plain" id="graph-{number}">{letters}</script>'


def _inert(value: object) -> str:
    """JSON in which nothing can be taken for markup."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
