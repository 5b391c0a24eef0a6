"""What the site's tests share: the site, built once, and the explorer's browser."""

from __future__ import annotations

import fcntl
import re
import subprocess
from pathlib import Path

import pytest

from tests.explorer.conftest import browser  # noqa: F401 - a fixture
from tests.repo.tree import ROOT

PYTHON = ROOT / ".venv-docs/bin/python"


def build(config: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """As `make docs` does; skipped where what builds it is not here."""
    if not PYTHON.with_name("mkdocs").exists():
        pytest.skip("what builds the site is not here: make docs")
    recipe = re.search(r"-m mkdocs (build .*) \$\(ARGS\)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    words = [str(PYTHON), "-m", "mkdocs", *recipe[1].split(), "--config-file", str(config), "--site-dir", str(folder)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built as `make docs` builds it; processes that test beside each other share it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared
    folder = shared / "built-site"
    with shared.joinpath("site-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (built := shared / "site-built").exists():
            done = build(ROOT / "mkdocs.yml", folder)
            assert done.returncode == 0, done.stdout + done.stderr
            built.touch()
    return folder
