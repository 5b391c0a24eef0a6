"""The site in real Chromium, opened from the disk: nothing is fetched, everybody can read it, the explorers open.

Decides: what a reader can do who has no network. Must not know: how the site is built. Where there is no browser, or
nothing that builds the site, all of it is skipped, and says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from checkedpool_model.museum import EXHIBITS
from tests.explorer.axe import faults, serious

pytestmark = [pytest.mark.slow, pytest.mark.left_to("make docs builds the site, and refuses what leads nowhere")]
MAIN = (
    "index", "use", "shutdown", "museum/index", "museum/stale-token", "spec/contract", "generated/clauses", "api/pool",
    "generated/init-next-fairness", "verification", "generated/assurance", "architecture", "tour", "claims",
)  # fmt: skip
HELD = (
    "index", "use", "shutdown", "tour", "claims", "museum/index", "museum/stale-token", "spec/contract", "api/pool",
    "upstream/index", "upstream/stale-token", "verification", "generated/audit", "generated/kill-matrix",
    "generated/init-next-fairness", "generated/clauses", "impl/checkedpool/_os/locks.py",
)  # fmt: skip
"""Against axe-core, one of each kind: prose, programs, drawings, tables, an explorer's frame, signatures, sources."""
FIT = ("index", "museum/stale-token", "api/pool", "shutdown", "generated/clauses")
SIZES = {"desk": (1440, 900), "tablet": (820, 1100), "phone": (390, 844)}


class Page:
    """A page that was opened, and all that it asked for."""

    def __init__(self, browser: Any, site: Path, size: tuple[int, int] = SIZES["desk"]) -> None:
        self.site = site
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, name: str) -> None:
        self.page.goto(f"{(self.site / name).as_uri()}.html")

    def left(self) -> list[str]:
        """Requests that are for no file of the site."""
        own = (self.site.as_uri(), "data:", "blob:", "about:")
        return [url for url in self.requests if not url.startswith(own)]


@pytest.fixture
def opened(browser: Any, site: Path) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_(name: str, size: str = "desk") -> Page:
        pages.append(Page(browser, site, SIZES[size]))
        pages[-1].open(name)
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()
        assert page.wrong == []
        assert page.left() == []


class Fetched(HTMLParser):
    """Whatever a page would fetch by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = "src" if tag != "link" else "href"
        self.found += (value for name, value in attrs if name in {named, "srcset", "poster", "data"} and value)


def fetched(text: str) -> list[str]:
    """From elsewhere."""
    parser = Fetched()
    parser.feed(text)
    return [url for url in parser.found if "//" in url.partition("?")[0]]


def test_no_page_of_the_site_names_anything_elsewhere_that_it_would_fetch(site: Path) -> None:
    pages = [*site.rglob("*.html")]
    assert len(pages) > len(EXHIBITS)
    assert not {page.name: found for page in pages if (found := fetched(page.read_text(encoding="utf-8")))}
    assert not [path.name for path in site.rglob("*.css") if "//" in "".join(path.read_text().split("url(")[1:2])[:8]]


def test_what_a_page_would_fetch_is_noticed(browser: Any, site: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "site"
    shutil.copytree(site, wrong, ignore=shutil.ignore_patterns("museum", "generated", "impl"))
    text = wrong.joinpath("index.html").read_text().replace("</body>", '<img src="http://localhost:9/a.png"></body>')
    wrong.joinpath("index.html").write_text(text)
    page = Page(browser, wrong)
    page.open("index")
    page.context.close()
    assert page.left() == fetched(text) == ["http://localhost:9/a.png"]


def test_each_main_page_opens_without_a_word_in_the_console(opened: Callable[..., Page]) -> None:
    page = opened(MAIN[0])
    for name in MAIN:
        page.open(name)
        assert page.page.inner_text("h1")
        assert page.wrong == [], name


@pytest.mark.parametrize("size", ["phone", "tablet", "desk"])
def test_the_pages_fit_the_screen(opened: Callable[..., Page], size: str) -> None:
    page = opened(MAIN[0], size)
    for name in FIT:
        page.open(name)
        assert page.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], name


@pytest.mark.parametrize("name", HELD)
def test_axe_finds_no_serious_fault(opened: Callable[..., Page], name: str) -> None:
    assert serious(opened(name).page, cut=True) == {}


def test_a_page_can_fail(opened: Callable[..., Page]) -> None:
    page = opened("LICENSE")
    assert page.page.evaluate("document.querySelector('.md-search').getAttribute('aria-label')") == "Search"
    page.page.evaluate("document.querySelector('.md-search').removeAttribute('aria-label')")
    assert "aria-dialog-name" in {fault["id"] for fault in faults(page.page)}


def test_an_explorer_opens_inside_the_page_of_its_exhibit(opened: Callable[..., Page]) -> None:
    page = opened("museum/full-pipe")
    page.page.locator("iframe.explorer").scroll_into_view_if_needed()
    explorer = page.page.frame_locator("iframe.explorer")
    explorer.locator("html[data-ready]").wait_for(timeout=20_000)
    explorer.locator("#on").click()
    assert explorer.locator("#step-now").inner_text() == "Step 1 of 5: client takes lock."


def test_each_exhibit_has_its_explorer(site: Path) -> None:
    for exhibit in EXHIBITS:
        page = (site / f"museum/{exhibit.name}.html").read_text()
        assert f'src="explore/{exhibit.name}.html"' in page
        assert (site / f"museum/explore/{exhibit.name}.html").exists()


def test_a_search_finds_without_a_server(opened: Callable[..., Page]) -> None:
    page = opened("index")
    page.page.click(".md-search__input")
    page.page.keyboard.type("lifeline")
    page.page.wait_for_selector(".md-search-result__item")
    assert "lifeline" in page.page.inner_text(".md-search-result__list").lower()


def test_a_clause_leads_to_what_the_contract_says(opened: Callable[..., Page]) -> None:
    page = opened("limits")
    clause = page.page.locator("a.clause").first
    name = clause.inner_text()
    clause.click()
    assert page.page.url.endswith(f"spec/contract.html#{name.lower()}")
    assert page.page.locator(f"#{name.lower()} + strong").inner_text().startswith(name)


def test_the_reference_shows_public_names_and_no_others(opened: Callable[..., Page]) -> None:
    page = opened("api/pool")
    text = page.page.inner_text("article")
    public = [
        "ProcessPoolExecutor",
        "submit",
        "map",
        "shutdown",
        "terminate_workers",
        "kill_workers",
        "max_workers",
        "print_stack",
    ]
    assert not [name for name in public if name not in text]
    assert not [name for name in ("_processes", "_NoQueue", "_broken", "__reduce__", "Args:", "``") if name in text]
