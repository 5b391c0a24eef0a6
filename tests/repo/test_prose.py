"""What a sentence of the documents must be. Decides: how long it may be. Must not know: what any sentence says."""

from pathlib import Path

import pytest

from tests.repo.prose import sentences
from tests.repo.tree import ROOT, relative

LONGEST = 35
"""Words."""
FOLDERS = (".", "docs", "docs/museum", "spec")
DOCUMENTS = sorted(path for folder in FOLDERS for path in ROOT.joinpath(folder).glob("*.md"))
DIARIES = {"CHANGELOG.md"}
"""What was written once and is not written anew."""


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.name not in DIARIES], ids=relative)
def test_no_sentence_is_longer_than_a_reader_holds(document: Path) -> None:
    found = [sentence for sentence in sentences(document.read_text()) if len(sentence.split()) > LONGEST]
    assert not found


def words(count: int, end: str = ".") -> str:
    return " ".join(["A", *["word"] * (count - 1)]) + end


@pytest.mark.parametrize(
    "text",
    [
        words(36),
        words(20, ";") + " " + words(16),
        words(20, ":") + " `so`" + words(16),
        words(20, "\n") + words(16),
        "- " + words(36),
        "`two. words` " + words(34),
        "Short. " + words(36) + " Short.",
        "# Heading\n\n| cell |\n\n```\ncode\n```\n\n" + words(36) + "\n\n# Heading\n\n```\ncode\n```\n",
    ],
)
def test_a_long_sentence_is_found(text: str) -> None:
    assert max(len(sentence.split()) for sentence in sentences(text)) > LONGEST


@pytest.mark.parametrize(
    "text",
    [
        words(20) + " " + words(20),
        "(" + words(20, ".)") + " " + words(20),
        "**" + words(20, ".**") + " `code` " + words(20),
        "- " + words(20) + "\n- " + words(20),
        "Before.\n\n```\n" + words(40) + "\n```\n\nAfter.",
        "| " + words(40) + " |",
        "# " + words(40),
    ],
)
def test_what_is_no_long_sentence_is_not(text: str) -> None:
    assert max((len(sentence.split()) for sentence in sentences(text)), default=0) <= LONGEST
