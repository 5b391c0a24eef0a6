"""Parts of ``make verify``. Decides: that a part is what it is called, and that all parts together are the whole."""

import subprocess
import sys

import pytest

from tests.checks.verify.__main__ import chosen


@pytest.mark.parametrize("long", [False, True])
def test_every_check_is_in_exactly_one_part(long: bool) -> None:
    whole = chosen(long=long)
    names = dict.fromkeys(check.section for check in whole)
    parts = [check for name in names for check in chosen(long=long, only=[name])]
    assert sorted(map(id, parts)) == sorted(map(id, whole))


def test_a_part_with_a_name_that_no_check_has_is_refused_and_the_names_are_said() -> None:
    command = [sys.executable, "-m", "tests.checks.verify", "--only", "Kill"]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert asked.returncode == 2
    assert "Kills" in asked.stderr
