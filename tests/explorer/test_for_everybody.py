"""Each kind of page that the explorer writes is held against axe-core: graphs of all four sources, and reports.

Decides: that there is no serious fault, in light and in dark, and that one would be found. Must not know: how a page
is made. Where there is no browser, all of it is skipped, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checkedpool.testing.audit.show import written as of_audit
from checkedpool.testing.schedules.schedule import Schedule
from checkedpool.testing.simulated.catalogue import scope_named
from checkedpool_model.explorer import schedules, traces
from checkedpool_model.explorer.addressed import subject_of
from checkedpool_model.explorer.page import html
from tests.explorer.axe import faults, serious
from tests.explorer.test_in_a_browser import Page
from tests.explorer.test_sheets import WORDS, Sheet, audited, verification
from tests.explorer.tracing import traced

pytestmark = pytest.mark.slow

Make = Callable[[Path], Path]
FEW = 30
"""States around a trace or a schedule."""


def explored(word: str) -> Make:
    def make(folder: Path) -> Path:
        path = folder / "explored.html"
        path.write_text(html(subject_of(word)), encoding="utf-8")
        return path

    return make


def of_trace(folder: Path) -> Path:
    return explored(str(traced(folder / "run")))(folder)


def of_verification(folder: Path) -> Path:
    path = folder / "verify.html"
    path.write_text(verification(WORDS), encoding="utf-8")
    return path


KINDS: dict[str, tuple[type[Page], Make]] = {
    "exhibit": (Page, explored("full-pipe")),
    "scope": (Page, explored("boot#0")),
    "trace": (Page, of_trace),
    "schedule": (Page, explored(str(Schedule("two", scope_named("two"), ())))),
    "histories of an audit": (Page, lambda folder: of_audit.write(audited("a pool"), folder / "audit.html")[1]),
    "audit": (Sheet, lambda folder: of_audit.write(audited("a pool"), folder / "audit.html")[0]),
    "verification": (Sheet, of_verification),
}


@pytest.fixture
def opened(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Page]]:
    for module in (traces, schedules):
        monkeypatch.setattr(module, "AROUND", FEW)
    pages: list[Page] = []

    def open_(kind: str) -> Page:
        page, make = KINDS[kind]
        pages.append(page(browser, make(tmp_path)))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_serious_fault(opened: Callable[[str], Page], kind: str) -> None:
    page = opened(kind)
    page.press("End")
    page.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert serious(page.page, cut=True) == {}


def test_a_page_can_fail(opened: Callable[[str], Page]) -> None:
    page = opened("exhibit").page
    page.evaluate("document.getElementById('slider').removeAttribute('aria-label')")
    assert "label" in {fault["id"] for fault in faults(page)}
    page.evaluate("document.getElementById('step-now').style.color = '#777'")
    assert {"label, light", "color-contrast, dark"} <= serious(page).keys()
