"""Which file of the repository is which page of the site, and where a link of a page leads.

Decides: that what lies in docs keeps its place, that a file elsewhere is a page if a page links to it, that a text
which is no Markdown is shown as it is.  Must not know: the program that builds the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

__all__ = ["DOCS", "led", "page", "pages", "place"]

DOCS = "docs/"
ROOTS = (DOCS, "tests/site/")
"""What lies below keeps its place."""
MARKDOWN = ".md"
RENAMED = {"docs/one-minute.md": "index.md", "README.md": "use.md"}
"""Pages whose names a site has another use for."""
LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)#:\s]+)(?P<after>(?:#[^)\s]*)?(?: \"[^\"]*\")?\))")
FENCE = "`" * 8
"""Longer than any in a file."""
LANGUAGES = {".py": "python", ".toml": "toml", ".tla": "tla"}


def pages(root: Path) -> dict[str, str]:
    """By its path in the repository the place of every file on the site."""
    own = (*root.joinpath(DOCS).rglob("*"), *root.joinpath("tests/site/api").glob("*.md"))
    waiting = [path.relative_to(root).as_posix() for path in own if path.is_file()]
    found: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = place(path)
            waiting += (target for target in _targets(root, path) if (root / target).is_file())
    return dict(sorted(found.items()))


def place(path: str) -> str:
    """Where a file of the repository is on the site."""
    for root in ROOTS:
        if path.startswith(root):
            return RENAMED.get(path, path.removeprefix(root))
    return RENAMED.get(path, path if path.endswith(MARKDOWN) else path + MARKDOWN)


def page(root: Path, path: str) -> str:
    """The Markdown of a page.  What is no Markdown is a page that shows it, and that no search finds."""
    text = (root / path).read_text(encoding="utf-8")
    if path.endswith(MARKDOWN):
        return text
    language = LANGUAGES.get(Path(path).suffix, "text")
    return f"---\nsearch:\n  exclude: true\n---\n\n# `{path}`\n\n{FENCE}{language}\n{text}\n{FENCE}\n"


def led(text: str, path: str, places: Mapping[str, str]) -> str:
    """The text of a file with its links leading to where their files are on the site."""

    def lead(link: re.Match[str]) -> str:
        target = _target(path, link["target"])
        if target not in places:
            return link[0]
        return f"{link['before']}{relpath(places[target], dirname(places[path]) or '.')}{link['after']}"

    return LINK.sub(lead, text)


def _targets(root: Path, path: str) -> Iterator[str]:
    if path.endswith(MARKDOWN):
        for link in LINK.finditer((root / path).read_text(encoding="utf-8")):
            yield _target(path, link["target"])


def _target(path: str, link: str) -> str:
    return normpath(join(dirname(path), link))
