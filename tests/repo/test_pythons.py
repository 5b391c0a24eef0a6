"""Where the newest Pythons cannot be had, `.ci/pythons` says why, with a status of its own, and leaves nothing.

Decides: the reasons.  Must not know: what is run in the root folder that it makes where it can.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests import limits
from tests.repo.tree import ROOT

UNAVAILABLE = 69
USAGE = 64


def pythons(folder: Path, *arguments: str, counterfeits: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run it with these programs in front of the system's: a name, and the shell's words for what it does."""
    programs = folder / "programs"
    programs.mkdir()
    for name, body in counterfeits.items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHECKEDPOOL")}
    where = {"PATH": f"{programs}:{os.environ['PATH']}", "CHECKEDPOOL_PYTHONS": str(folder / "pythons")}
    command = [str(ROOT / ".ci/pythons"), *arguments]
    return subprocess.run(
        command, env=clean | where, cwd=ROOT, capture_output=True, text=True, check=False, timeout=limits.HANG
    )


@pytest.mark.parametrize(
    ("counterfeits", "reason"),
    [
        ({"uname": "echo Darwin"}, "needs Linux; this is Darwin"),
        ({"uname": "echo Linux", "id": "echo 1000"}, "need root"),
        ({"uname": "echo Linux", "id": "echo 0", "unshare": "false"}, "allows no mount namespace"),
        (
            {"uname": "echo Linux", "id": "echo 0", "unshare": "true", "debootstrap": "echo no such mirror; false"},
            "debootstrap failed; the end of",
        ),
    ],
)
def test_where_they_cannot_be_had_it_says_why(tmp_path: Path, counterfeits: dict[str, str], reason: str) -> None:
    for arguments in ((), ("run", "true")):
        folder = tmp_path / str(len(arguments))
        folder.mkdir()
        ended = pythons(folder, *arguments, counterfeits=counterfeits)
        assert ended.returncode == UNAVAILABLE, ended
        assert reason in ended.stderr
        assert not (folder / "pythons/forky").exists()


def test_another_verb_shows_how_it_is_used(tmp_path: Path) -> None:
    ended = pythons(tmp_path, "help", counterfeits={})
    assert ended.returncode == USAGE
    assert ".ci/pythons run COMMAND..." in ended.stdout
    assert "set -euo" not in ended.stdout
