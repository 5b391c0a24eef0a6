"""README's table of pools: whatever it says of ours is shown by the test that it names."""

from __future__ import annotations

import re

from tests.repo.tree import ROOT

ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<ours>[^|]+) \|", re.MULTILINE)
SHOWN = re.compile(r"\[[^\]]+\]\((?P<file>tests/\S+) \"(?P<test>test_\w+)\"\)")


def test_each_feature_of_ours_names_the_test_that_shows_it() -> None:
    _, _, section = (ROOT / "README.md").read_text().partition("## Beside other pools")
    _, _, table = section.partition("\n## ")[0].partition("| --- |")
    cells = {row["what"]: row["ours"] for row in ROW.finditer(table.partition("\n")[2])}
    wrong = {what: ours for what, ours in cells.items() if ours != "no" and not _is_shown(ours)}
    assert wrong == {}
    assert sum(ours != "no" for ours in cells.values()) >= 15, "the table was found"


def _is_shown(cell: str) -> bool:
    found = SHOWN.fullmatch(cell)
    return found is not None and f"\ndef {found['test']}(" in (ROOT / found["file"]).read_text()
