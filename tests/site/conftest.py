"""What the site's tests share: the site, built once, and the explorer's browser."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest

from tests.explorer.conftest import browser  # noqa: F401 - a fixture
from tests.repo.tree import ROOT

PYTHON = ROOT / ".venv-docs/bin/python"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, as strict as ``make docs`` builds it; processes that test beside each other share it."""
    if not PYTHON.with_name("mkdocs").exists():
        pytest.skip("what builds the site is not here: make docs")
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared
    folder = shared / "built-site"
    with shared.joinpath("site-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            words = [str(PYTHON), "-m", "mkdocs", "--quiet", "build", "--strict", "--site-dir", str(folder)]
            done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder
