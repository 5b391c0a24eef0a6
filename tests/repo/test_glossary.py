"""The glossary. Decides: that its words are the project's. Must not know: what they mean."""

import re

import pytest

from tests.repo.tree import ROOT, sources, texts

GLOSSARY = ROOT / "docs" / "glossary.md"
ROWS = [line.strip("| ").split(" | ") for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")]
WORDS = [word for row in ROWS if row[0] not in {"word", "---"} for word in row[0].split(", ")]
USED = " ".join(
    re.sub(r"[\W_]+", " ", path.read_text()).lower()
    for path in {*sources(), *texts("docs", "spec")}
    if path != GLOSSARY
)


@pytest.mark.parametrize("word", WORDS)
def test_the_project_uses_each_word_of_the_glossary(word: str) -> None:
    assert f" {re.sub(r'[^a-z0-9]+', ' ', word.lower())} " in USED


def test_every_word_has_a_meaning_and_stands_there_once() -> None:
    assert [row for row in ROWS if len(row) != len(("word", "meaning", "note")) or not all(row)] == []
    assert sorted(set(WORDS)) == sorted(WORDS)
