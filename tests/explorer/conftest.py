"""What the explorer's tests share: counts of the specification, a browser where there is one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checkedpool_model import runs
from checkedpool_model.explorer.addressed import subject_of
from checkedpool_model.explorer.page import html
from tests.explorer.browser import CHROMIUM, FLAGS


@pytest.fixture
def counted() -> Callable[[str], runs.ScopeRun]:
    """What a scope comes to, by the specification."""
    known = {run.name: run for run in runs.read().scopes}
    return known.__getitem__


@pytest.fixture(scope="package")
def browser() -> Iterator[object]:
    """A real browser, without a window; where there is none, what it would be asked is skipped.

    It keeps a loop of asyncio running in this thread, so it is gone before other tests make one.
    """
    api = pytest.importorskip("playwright.sync_api", reason="the extra 'browser' is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium here (Debian: apt-get install chromium)")
    with api.sync_playwright() as player:
        launched = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file for a subject, written once."""
    folder = tmp_path_factory.mktemp("explorer")
    made: dict[str, Path] = {}

    def write(word: str) -> Path:
        if word not in made:
            made[word] = folder / f"{len(made)}.html"
            made[word].write_text(html(subject_of(word)), encoding="utf-8")
        return made[word]

    return write
