"""The bugs of others, as ``bugs.toml`` lists them.

Decides: where the words and the program of each are.  Must not know: on which versions one was seen; how pages look.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

from checkedpool_model.museum import exhibit_named
from checkedpool_model.museum.exhibit import Exhibit
from tests.repo.tree import ROOT

__all__ = ["LOKY", "PEBBLE", "PROGRAMS", "STANDARD", "Bug", "bugs", "given"]

STANDARD, LOKY, PEBBLE = "concurrent.futures", "loky", "pebble"
EXHIBITED = Path("model/checkedpool_model/museum/programs")
AUDITED = Path("tests/audit/programs")
PROGRAMS = (EXHIBITED, AUDITED)
_IMPORTS = re.compile(r"^from concurrent\.futures import ProcessPoolExecutor\b(?:, (.*))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bug:
    """One of them."""

    name: str
    title: str
    clause: str
    """The first one that it breaks."""
    program: Path
    story: str
    executors: tuple[str, ...] = (STANDARD,)
    """Those that were asked."""
    links: tuple[str, ...] = ()
    exhibit: Exhibit | None = None

    @property
    def text(self) -> str:
        """Its program."""
        return (ROOT / self.program).read_text(encoding="utf-8")


def given(text: str, module: str) -> str:
    """The same program with the executor of this module."""
    return _IMPORTS.sub(
        lambda line: (
            f"from {module} import ProcessPoolExecutor"
            + (f"\nfrom concurrent.futures import {line[1]}" if line[1] else "")
        ),
        text,
    )


class Listed(TypedDict):
    """An entry of the list: of an exhibit, or with words of its own."""

    clause: str
    exhibit: NotRequired[str]
    executors: NotRequired[list[str]]
    name: NotRequired[str]
    title: NotRequired[str]
    story: NotRequired[str]
    links: NotRequired[list[str]]
    program: NotRequired[str]


@cache
def bugs() -> tuple[Bug, ...]:
    """All, in the order of the list."""
    listed: list[Listed] = tomllib.loads((ROOT / "tests/upstream/bugs.toml").read_text(encoding="utf-8"))["bug"]
    return tuple(_of_the_museum(one) if "exhibit" in one else _of_the_audit(one) for one in listed)


def _of_the_museum(one: Listed) -> Bug:
    name, clause = one["exhibit"], one["clause"]
    shown, program = exhibit_named(name), EXHIBITED / f"{name.replace('-', '_')}.py"
    executors = tuple(one.get("executors", (shown.project,)))
    return Bug(name, shown.words.title, clause, program, shown.words.story, executors, shown.links, shown)


def _of_the_audit(one: Listed) -> Bug:
    program = AUDITED / f"{one.get('program', one['clause'].lower().replace('-', '_'))}.py"
    executors, links = tuple(one.get("executors", (STANDARD,))), tuple(one.get("links", ()))
    return Bug(one["name"], one["title"], one["clause"], program, " ".join(one["story"].split()), executors, links)
