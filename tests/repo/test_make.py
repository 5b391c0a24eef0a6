"""What the Makefile does about environments, with a counterfeit interpreter instead of real installs.

Decides: when an environment is made, when it is brought up to date, what a failure leaves. Must not know: the verbs'
programs.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.repo.tree import ROOT

# It is "Python 3.99": it makes environments that contain itself, and fails to install where a file says so.
COUNTERFEIT = """#!/bin/sh
echo "$*" >> "{log}"
case "$*" in
    "-c import sys; print"*) echo 3.99 ;;
    "-m venv --clear "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
    "-m pip install"*) test ! -e "{fails}" ;;
esac
"""


@dataclass(frozen=True)
class Clone:
    """A directory with nothing but the Makefile, the requirements and the counterfeit interpreter."""

    folder: Path

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "PYTHON"}
        command = ["make", *arguments]
        return subprocess.run(command, cwd=self.folder, env=clean, capture_output=True, text=True, check=False)

    def installs(self) -> int:
        return (self.folder / "log").read_text().count("-m pip install")

    def environments(self) -> int:
        return (self.folder / "log").read_text().count("-m venv")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    for name in ("Makefile", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    python = tmp_path / "python3.99"
    python.write_text(COUNTERFEIT.format(log=tmp_path / "log", fails=tmp_path / "fails"))
    python.chmod(0o755)
    return Clone(tmp_path)


def test_help_is_the_default_and_needs_no_environment(clone: Clone) -> None:
    shown = clone.make()
    assert shown.returncode == 0
    assert "make verify" in shown.stdout
    assert not (clone.folder / ".venv").exists()


def test_each_interpreter_version_has_an_environment_of_its_own(clone: Clone) -> None:
    assert clone.make("types", "PYTHON=./python3.99").returncode == 0
    assert (clone.folder / ".venv-3.99/.ready").exists()
    assert not (clone.folder / ".venv").exists()
    assert " .venv/.ready" in clone.make("--dry-run", "types").stdout


def test_a_second_call_installs_nothing(clone: Clone) -> None:
    for _ in range(2):
        assert clone.make("types", "PYTHON=./python3.99").returncode == 0
    assert clone.installs() == 1


def test_changed_requirements_are_installed_into_the_same_environment(clone: Clone) -> None:
    clone.make("types", "PYTHON=./python3.99")
    later = (clone.folder / ".venv-3.99/.ready").stat().st_mtime + 10
    os.utime(clone.folder / "pyproject.toml", (later, later))
    assert clone.make("types", "PYTHON=./python3.99").returncode == 0
    assert clone.installs() == 2
    assert clone.environments() == 1


def test_a_failed_install_leaves_no_stamp_and_is_tried_again(clone: Clone) -> None:
    (clone.folder / "fails").touch()
    assert clone.make("types", "PYTHON=./python3.99").returncode != 0
    assert not (clone.folder / ".venv-3.99/.ready").exists()
    (clone.folder / "fails").unlink()
    assert clone.make("types", "PYTHON=./python3.99").returncode == 0
    assert clone.installs() == 2


def test_an_interpreter_that_does_not_exist_fails_and_leaves_nothing(clone: Clone) -> None:
    before = sorted(clone.folder.iterdir())
    assert clone.make("types", "PYTHON=./python4.0").returncode != 0
    assert sorted(clone.folder.iterdir()) == before
