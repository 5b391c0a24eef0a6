"""Clauses as links: whoever reads C-05 anywhere on the site sees what it says, and gets to it.

Decides: where a clause's name is a link, and where it stays text.  Must not know: what any clause says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

__all__ = ["anchored", "linked"]

BEGINS = re.compile(r"^\*\*(?=([CP]-\d+) )", re.MULTILINE)
NAMED = re.compile(r"\b[CP]-\d+\b")
TAG = re.compile(r"(<[^>]*>)")
PLAIN = re.compile(r"<(/?)(a|code|pre|h[1-6]|svg|style|script)\b")
"""What these hold stays as it is, but for links to the specification as a whole that name one of its clauses."""
WHOLE = re.compile(r'(?<=spec/contract\.html|spec/protocol\.html)">(?P<clause>[CP]-\d+)</a>')


def anchored(markdown: str) -> str:
    """The specification with a place to link to before each clause."""
    return BEGINS.sub(lambda clause: f'<span id="{clause[1].lower()}"></span>**', markdown)


def linked(html: str, says: Callable[[str], str | None], leads: Callable[[str], str]) -> str:
    """The page with a link at each clause that is named in its text.  ``says`` has no words for what is no clause."""

    def link(found: re.Match[str]) -> str:
        words = says(found[0])
        return found[0] if words is None else _link(found[0], words, leads(found[0]))

    html = WHOLE.sub(lambda whole: f"#{whole['clause'].lower()}{whole[0]}", html)
    parts, inside = TAG.split(html), 0
    for place, part in enumerate(parts):
        if tag := PLAIN.match(part):
            inside += -1 if tag[1] else 1
        elif not inside and not part.startswith("<"):
            parts[place] = NAMED.sub(link, part)
    return "".join(parts)


def _link(name: str, words: str, target: str) -> str:
    return f'<a class="clause" href="{escape(target)}" title="{escape(words)}">{name}</a>'
