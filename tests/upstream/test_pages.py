"""The pages of docs/upstream.  Decides: that they say what was seen, of every bug.  Must not know: any bug."""

import pytest

from checkedpool_model.museum import EXHIBITS
from checkedpool_model.museum.program import LONGEST, NoProgramError, Shows, program_of, said
from checkedpool_spec.clauses import sentences
from tests.repo.tree import ROOT, imported
from tests.upstream.bugs import LOKY, PROGRAMS, Bug, bugs, given
from tests.upstream.page import FOLDER, index, page, pages, written
from tests.upstream.seen import read, shown

WITHOUT = {"fork-hooks": "was our own", "stolen-pill": "is C++, and cured"}
"""The exhibits that are of no executor of others which can be run here."""

each = pytest.mark.parametrize("bug", bugs(), ids=lambda bug: bug.name)


def test_the_pages_are_up_to_date() -> None:
    """If not: ``python -m tests.upstream.page``."""
    assert written(FOLDER) == pages(read())


def test_every_exhibit_of_an_executor_of_others_has_a_program_and_a_page() -> None:
    exhibited = {exhibit.name for exhibit in EXHIBITS} - set(WITHOUT)
    assert {bug.exhibit.name for bug in bugs() if bug.exhibit} == exhibited
    assert [program_of(name) for name in sorted(exhibited)]
    for name in WITHOUT:
        with pytest.raises(NoProgramError, match=f"no program shows '{name}'"):
            program_of(name)


def test_every_program_is_somebodys() -> None:
    lying = {path.relative_to(ROOT) for folder in PROGRAMS for path in (ROOT / folder).glob("*.py")}
    assert lying == {bug.program for bug in bugs()}


@each
def test_a_program_is_short_needs_nothing_of_ours_and_says_what_one_sees(bug: Bug) -> None:
    assert len(bug.text.splitlines()) <= LONGEST
    assert not [name for name in imported(bug.text) if name.startswith("checkedpool")]
    assert said(bug.text).without


@each
def test_a_bug_was_seen_on_some_version_and_breaks_a_clause_that_there_is(bug: Bug) -> None:
    assert bug.clause in sentences()
    assert {shown(note) for note in read()[bug.name].values()} & {Shows.BUG, Shows.HANG}


def test_what_is_written_down_is_of_bugs_that_are_listed() -> None:
    assert set(read()) == {bug.name for bug in bugs()}


def test_the_index_has_only_those_versions_that_show_it() -> None:
    bug = next(bug for bug in bugs() if LOKY in bug.executors)
    seen = {
        "CPython 3.9.18": "none",
        "CPython 3.13.5": "bug",
        "CPython 3.8.1": "hang",
        "CPython 3.7.1": "unknown: no",
        "loky 3.7.0, CPython 3.11.7": "bug",
    }
    (row,) = [line for line in index({bug.name: seen}).splitlines() if f"]({bug.name}.md)" in line]
    assert "| CPython 3.8.1, 3.13.5; loky 3.7.0 |" in row
    rows = [line for line in page(bug, seen).splitlines() if line.startswith(("| CPython", "| loky"))]
    assert rows == [
        "| CPython 3.7.1 | it ended in another way: `no` |",
        "| CPython 3.8.1 | the bug shows: it hangs |",
        "| CPython 3.9.18 | the bug does not show |",
        "| CPython 3.13.5 | the bug shows |",
        "| loky 3.7.0, CPython 3.11.7 | the bug shows |",
    ]


def test_a_program_is_given_another_executor_and_nothing_else_of_its_module() -> None:
    text = "import os\nfrom concurrent.futures import ProcessPoolExecutor, wait\nwait\n"
    theirs = "import os\nfrom loky import ProcessPoolExecutor\nfrom concurrent.futures import wait\nwait\n"
    assert given(text, "loky") == theirs
