"""CrossHair proves the contracts of `contracts` over all paths and all integers; a false contract is refused.

It is a tool of its own, so it runs as one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.machines import contracts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(110)]
CONFIRMED = "Confirmed over all paths."


def crosshair(file: Path) -> tuple[int, list[str]]:
    """Its exit code, and a line for each postcondition."""
    done = subprocess.run(
        [sys.executable, "-m", "crosshair", "check", str(file), "--report_all", "--per_condition_timeout", "30"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


def test_frame_numbers_are_proved_to_be_free_for_all_integers() -> None:
    file = Path(contracts.__file__)
    code, lines = crosshair(file)
    assert code == 0, lines
    assert len(lines) == file.read_text().count("    post: ")
    assert all(line.endswith(CONFIRMED) for line in lines), lines


def test_a_false_contract_is_found_out(tmp_path: Path) -> None:
    """The same function, said to leave one number more than it does."""
    text = Path(contracts.__file__).read_text()
    true = "(last - read) % LAST_SEQ + 1"
    assert true in text
    false = tmp_path / "false_contracts.py"
    false.write_text(text.replace(true, "(last - read) % LAST_SEQ + 2"))
    code, lines = crosshair(false)
    assert code == 1, lines
