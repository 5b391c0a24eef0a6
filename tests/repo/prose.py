"""The sentences of a Markdown document.

Decides: where one begins and ends, and what is none: tables, headings, fenced code. Must not know: how long one may be.
"""

import re
from collections.abc import Iterator

_APART = re.compile(r"^```[\s\S]*?^```|^[ \t]*\|.*\|[ \t]*$|^#.*$", re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:[-*]|\d+\.)\s+", re.MULTILINE)
_TARGET = re.compile(r"\]\([^)]*\)")
_CODE = re.compile(r"`[^`]*`")
_END = re.compile(r"(?<=[.!?])[)\]*_\"]*\s+(?=[^a-z\s])")
"""Only a full stop, an exclamation mark or a question mark ends a sentence: neither a semicolon nor a colon does."""


def sentences(document: str) -> Iterator[str]:
    """Every sentence, with its spaces made single.  An item of a list begins one."""
    text = _APART.sub("\n\n", document)
    text = _TARGET.sub("]", _ITEM.sub("\n\n", text))
    for paragraph in re.split(r"\n\s*\n", text):
        words = " ".join(paragraph.split())
        hidden = _CODE.sub(lambda code: re.sub(r"[.!?]", "_", code[0]), words)
        yield from (sentence for sentence in _END.split(hidden) if sentence)
