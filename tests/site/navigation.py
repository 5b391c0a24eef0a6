"""The site's navigation, from what ``mkdocs.yml`` says and what pages there are.

Decides: that a page which is not there is left out, and that an entry with a star is all pages that it fits and that no
other entry names.  Must not know: any page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from typing import TypeAlias

__all__ = ["Entry", "filled"]

Entry: TypeAlias = "str | dict[str, str | list[Entry]]"


def filled(entries: list[Entry], pages: Iterable[str]) -> list[Entry]:
    """The navigation with nothing in it that is not there.  What fits two stars is with the first."""
    left = sorted(set(pages) - set(_named(entries)))
    known = set(pages)
    return list(_filled(entries, known, left))


def _named(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from [value] if isinstance(value, str) else _named(value)


def _filled(entries: list[Entry], known: set[str], left: list[str]) -> Iterator[Entry]:
    for entry in entries:
        if isinstance(entry, str):
            yield from _pages(entry, known, left)
            continue
        for title, value in entry.items():
            if isinstance(value, list):
                if inside := list(_filled(value, known, left)):
                    yield {title: inside}
            elif value in known:
                yield {title: value}


def _pages(pattern: str, known: set[str], left: list[str]) -> Iterator[str]:
    if "*" not in pattern:
        yield from [pattern] if pattern in known else []
        return
    fitting = [page for page in left if fnmatch(page, pattern)]
    left[:] = [page for page in left if page not in fitting]
    yield from fitting
