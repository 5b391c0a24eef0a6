"""The frame of an HTML file that carries everything in itself: its policy, its style, elements that are made of text.

Decides: what a file may do, how a page without a script is written, that nothing that is said can become markup. Must
not know: what a page says.

The policy forbids every connection, picture, frame and form, and every script and style whose sum does not stand in it.
Text becomes text, in ``written``; there is no other way to write. A link leads to a file that lies beside the page.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from urllib.parse import quote

__all__ = ["Element", "Part", "coded", "el", "link", "no_such_letters", "policy", "put_in", "read", "sheet", "table"]

POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src 'none'; connect-src 'none';"
    " base-uri 'none'; form-action 'none'"
)
PLACES = re.compile(r"@(\w+)@")
UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


# --- the file ---------------------------------------------------------------------------------------------------------


def read(name: str) -> str:
    """A file of the page's own."""
    return files(__package__).joinpath("page", name).read_text(encoding="utf-8")


def put_in(text: str, parts: dict[str, str]) -> str:
    """The text with each part in its place; what a part says is not looked at again."""
    return PLACES.sub(lambda place: parts.get(place[1], place[0]), text)


def policy(style: str, script: str | None = None) -> str:
    """What a file may do that has this style, and this script or none."""
    return POLICY.format(script="'none'" if script is None else _sum(script), style=_sum(style))


def _sum(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# --- elements ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Element:
    """One element."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: "tuple[Part, ...]"


Part = Element | str
"""What stands on a page: text is text, whatever it looks like."""


def el(tag: str, *children: Part, **attributes: str) -> Element:
    """An element; an attribute that is a word of Python ends with an underscore."""
    return Element(tag, tuple((name.strip("_").replace("_", "-"), text) for name, text in attributes.items()), children)


def coded(words: str) -> Element:
    """Words in which something stands between backticks: that is code."""
    return el("span", *(el("code", part) if place % 2 else part for place, part in enumerate(words.split("`"))))


def link(file: str, text: str, fragment: str = "") -> Element:
    """To a file that lies beside this one."""
    return el("a", text, href=f"./{quote(file, safe='')}{fragment}")


def table(head: Iterable[Part], rows: Iterable[Iterable[Part]], **attributes: str) -> Element:
    """A table; the first cell of a row is its head."""
    body = (el("tr", el("th", first, scope="row"), *(el("td", cell) for cell in cells)) for first, *cells in rows)
    heads = el("thead", el("tr", *(el("th", cell, scope="col") for cell in head)))
    return el("div", el("table", heads, el("tbody", *body), **attributes), class_="scroll-x", tabindex="0")


def written(part: Part) -> str:
    """As HTML."""
    if isinstance(part, str):
        return escape(no_such_letters(part))
    attributes = "".join(f' {name}="{escape(no_such_letters(text))}"' for name, text in part.attributes)
    return f"<{part.tag}{attributes}>{''.join(map(written, part.children))}</{part.tag}>"


def no_such_letters(text: str) -> str:
    """The text without what no file can hold, or nobody sees."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def sheet(title: str, says: str, body: Iterable[Part]) -> str:
    """A page that is read from above to below, and has no script."""
    style = f"{read('style.css')}\n{read('sheet.css')}"
    parts = {
        "policy": policy(style),
        "style": style,
        "title": written(title),
        "says": written(says),
        "body": "\n".join(map(written, body)),
    }
    return put_in(read("sheet.html"), parts)
