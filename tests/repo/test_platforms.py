"""What is type-checked for other systems: the list of names is compared with what mypy misses, both ways."""

from __future__ import annotations

import tomllib

import pytest

from tests.repo.platforms import LIST, Foreign, complaints, found, listed

REPORT = """\
impl/checkedpool/_os/system.py:554: error: Module has no attribute "fork"; maybe "work"?  [attr-defined]
impl/checkedpool/_os/system.py:555: error: Name "select.poll" is not defined  [name-defined]
impl/checkedpool/_os/system.py:556: note: Error code "attr-defined" not covered by "type: ignore[union-attr]" comment
impl/checkedpool/_os/system.py:557: error: Returning Any from function declared to return "int"  [no-any-return]
impl/checkedpool/testing/audit/run/tasks.py:98: error: Module has no attribute "setrlimit"  [attr-defined]
"""
FORK, POLL = (Foreign("win32", "_os/system.py", name) for name in ("fork", "select.poll"))


def test_names_that_are_missing_are_found_in_the_pool_alone() -> None:
    assert set(found("win32", REPORT)) == {FORK, POLL}


def test_any_other_error_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="Incompatible"):
        list(found("darwin", "impl/checkedpool/errors.py:1: error: Incompatible types  [assignment]"))


def test_a_name_without_a_guard_and_a_guard_without_a_name_are_complaints() -> None:
    assert complaints({FORK}, {FORK}) == []
    assert "uses fork, which is not there" in complaints({FORK}, set())[0]
    assert "stale" in complaints(set(), {POLL})[0]


def test_each_guard_of_the_list_says_why() -> None:
    guards = tomllib.loads(LIST.read_text())["guard"]
    assert set(listed(guards))
    with pytest.raises(ValueError, match="because"):
        list(listed([{**guards[0], "because": ""}]))
