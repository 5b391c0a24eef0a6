"""Decides: the list of deviations is read as written; one that is not understood is an error, not an empty list."""

from pathlib import Path

import pytest

from .deviations import Deviation, UnreadableListError, parse_deviations, read_deviations

SECTION = """
# Deviations

## Something else

| test | reason |
| --- | --- |
| `test_wait.*` | not in our section |

## CPython's own tests that do not pass here

Words before the table.

| test | fails with | our test | how often | reason |
| :--- | --- | --- | --- | --- |
| `test_deadlock.*.test_error_at_task_unpickle` | `Broken not raised` | x | always | costs one task, not the pool |
| test_shutdown.A.test_b | | y | sometimes | either a \\| or b |

### Smaller heading: still ours

## Next

| test | reason |
| --- | --- |
| `test_init.*` | not ours either |
"""


def test_the_rows_of_our_section_are_read() -> None:
    assert parse_deviations(SECTION) == [
        Deviation(
            "test_deadlock.*.test_error_at_task_unpickle",
            "costs one task, not the pool",
            "Broken not raised",
        ),
        Deviation("test_shutdown.A.test_b", "either a | or b", sometimes=True),
    ]


def test_the_column_fails_with_may_be_missing_and_the_apostrophe_may_be_curly() -> None:
    heading = "## CPython\N{RIGHT SINGLE QUOTATION MARK}s own tests that do not pass here"
    text = f"{heading}\n| Test | Reason |\n|---|---|\n| `a.b.c` | because |\n"
    assert parse_deviations(text) == [Deviation("a.b.c", "because")]


def test_a_row_may_count_from_a_version_on() -> None:
    table = "| test | since | reason |\n|---|---|---|\n| `a.b.c` | 3.14 | new there |\n| `d` | | always |\n"
    new, old = parse_deviations(f"## CPython's own tests that do not pass here\n{table}")
    assert [new.counts_for(python) for python in ("3.9.1", "3.13.12", "3.14.0", "3.15.0")] == [False, False, True, True]
    assert old.counts_for("3.11.7")


def test_no_file_and_no_section_mean_that_everything_must_pass(tmp_path: Path) -> None:
    assert read_deviations(tmp_path / "missing.md") == []
    assert parse_deviations("# Deviations\n\nnothing\n") == []


@pytest.mark.parametrize(
    "table",
    [
        "| name | reason |\n| --- | --- |\n| a | b |",
        "| test | reason |\n| a | b |",
        "| test | reason |\n| --- | --- |\n| a | |",
        "| test | reason |\n| --- | --- |\n| | b |",
        "| test | reason |\n| --- | --- |\n| a |",
        "| test | reason |\n| --- | --- |\n| a | b |\n| `a` | c |",
        "| test | reason | how often |\n| --- | --- | --- |\n| a | b | maybe |",
        "| test | reason | since |\n| --- | --- | --- |\n| a | b | newer |",
    ],
    ids=[
        "wrong header",
        "no dashes",
        "no reason",
        "no test",
        "missing cell",
        "listed twice",
        "how often",
        "since when",
    ],
)
def test_a_table_that_is_not_understood_is_an_error(table: str) -> None:
    with pytest.raises(UnreadableListError):
        parse_deviations(f"## CPython's own tests that do not pass here\n\n{table}\n")


def test_patterns_match_whole_names() -> None:
    row = Deviation("test_wait.*Spawn*.test_timeout", "r")
    assert row.covers("test_wait.ProcessPoolSpawnWaitTest.test_timeout")
    assert not row.covers("test_wait.ProcessPoolForkWaitTest.test_timeout")
    assert not row.covers("test_wait.ProcessPoolSpawnWaitTest.test_timeout_too")
