"""The HTML report and the explorers of what failed, as files.

Decides: what they are called, how many explorers there are, what the report says where there is none. Must not know:
how the report reads (``sheet``), how a run is explored.
"""

import platform
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from checkedpool_model.explorer.addressed import NothingToExploreError, subject_of
from checkedpool_model.explorer.page import html
from tests.checks.assurance.page import assurance
from tests.checks.verify.report import Report, Say, Table
from tests.checks.verify.sheet import sheet_of

__all__ = ["write"]

MOST = 12
"""Explorers; each may take seconds and megabytes."""
TITLE = (
    "How many checks of each kind carry a clause of the contract: they name it, and were seen refusing a mutant that"
    " breaks it. Of tests it is how many name the clause, in brackets how many of these were seen failing."
)


def write(report: Report, path: Path, made_by: str, say: Say) -> None:
    """Write the report, and beside it an explorer for each word of what failed. OSError if that cannot be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    explorers = dict(_explorers(report, path, say))
    head, *rows = assurance()
    said = f"{made_by}, Python {platform.python_version()} on {platform.system()}"
    text = sheet_of(report, said, Table(TITLE, head, tuple(rows)), explorers)
    path.write_text(text, encoding="utf-8")


def _explorers(report: Report, path: Path, say: Say) -> Iterator[tuple[str, str]]:
    """By word the file, or why there is none."""
    words = dict.fromkeys(word for row in report.rows for word in row.words)
    for number, word in enumerate(islice(words, MOST), 1):
        file = path.with_name(f"{path.stem}-{number}-{_plain(word)}.html")
        say(f"the explorer of {word}")
        try:
            file.write_text(html(subject_of(word)), encoding="utf-8")
        except NothingToExploreError as error:
            yield word, f"no explorer: {error}"
        else:
            yield word, file.name
    for word in islice(words, MOST, None):
        yield word, f"no explorer, since there are {MOST} of others; checkedpool explore writes one"


def _plain(word: str) -> str:
    """The beginning of a word, for the name of a file."""
    return re.sub(r"[^A-Za-z0-9]+", "-", word.partition(":")[0])[:40].strip("-")
