"""The reports of a verification and of an audit, as HTML: in real Chromium, and made of hostile words.

Decides: what a reader finds in them, that nothing in them is markup but their own. Must not know: any real check. Where
there is no browser, what it would be asked is skipped, and says so.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checkedpool.testing.audit import Call, Event, Kind, Options, Scenario
from checkedpool.testing.audit.judge.events import Work
from checkedpool.testing.audit.run.rounds import Round, Rounds, Verdict, judged
from checkedpool.testing.audit.show import written
from checkedpool_model.explorer.frame import el, link, no_such_letters, sheet, table
from checkedpool_model.explorer.frame import written as as_html
from tests.checks.verify import report as verified
from tests.checks.verify.sheet import sheet_of
from tests.explorer.test_hostile import EVIL, elements
from tests.explorer.test_in_a_browser import SIZES, Page
from tests.explorer.test_in_a_browser import Page as Explorer

pytestmark = pytest.mark.slow

BUSY = Event(Kind.BEGIN, 0, 0, Call.SUBMIT, Work.HELD, who="MainThread")


class Sheet(Page):
    """A page without a script is ready when it is there."""

    READY = "main.sheet"


# --- what there is to show --------------------------------------------------------------------------------------------


def verification(words: tuple[str, ...]) -> str:
    """A report in which everything that is said is one of these words."""
    word = iter(words * 100)
    folded = verified.Table(next(word), (next(word), next(word)), ((next(word), next(word)),))
    rows = [
        verified.Row(
            section=f"{next(word)}: {next(word)}", name=next(word), verdict=verdict, seconds=1.5, seen=next(word),
            states=12_345, transitions=67_890, trouble=(next(word), next(word)), again=next(word), words=words[:2],
            tables=(folded,),
        )
        for verdict in verified.Verdict
    ]  # fmt: skip
    explorers = {words[0]: f"{words[0]}.html", words[1]: f"no explorer: {words[2]}"}
    assurance = verified.Table(next(word), ("clause", "proof"), ((next(word), "3+"),))
    report = verified.Report(tuple(rows), elapsed=282.4, left=(next(word),))
    return sheet_of(report, next(word), assurance, explorers)


def audited(word: str) -> Rounds:
    """An audit in which a future was lost, and everything that a pool can say is this word."""
    scenario = Scenario.parse("1: submit held; settle")
    events = [
        BUSY._replace(who=word),
        Event(Kind.END, 0, 0, Call.SUBMIT, said="accepted", who=word),
        Event(Kind.BEGIN, 0, 1, Call.RUNNING, who=word),
        Event(Kind.END, 0, 1, Call.RUNNING, said=word, note=word, who=word),
    ]
    differs = judged(scenario, events, Options(word), note=word)
    unfinished = Round(scenario, Verdict.NOT_FINISHED, note=word)
    return Rounds(Options(word), [differs, unfinished, Round(scenario, Verdict.NOT_OFFERED, note=word)], 1.0)


Write = Callable[[str], tuple[Path, ...]]


@pytest.fixture
def audit(tmp_path: Path) -> Write:
    """The files of such an audit."""
    return lambda word: written.write(audited(word), tmp_path / "audit.html")


WORDS = ("drain and wait", "gate#0:claim:Move", "every state of small scopes", "nothing is lost", "3 workers")


# --- frame ------------------------------------------------------------------------------------------------------------


def test_whatever_is_said_is_text() -> None:
    part = el("p", EVIL[0], el("code", EVIL[1]), class_='"><script>')
    assert as_html(part) == (
        '<p class="&quot;&gt;&lt;script&gt;">&lt;/script&gt;&lt;script&gt;window.pwned = 1&lt;/script&gt;'
        "<code>&lt;img src=x onerror=&#x27;window.pwned = 1&#x27;&gt;</code></p>"
    )
    assert no_such_letters("a\x00b\ud800c\n") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\n"
    assert "@data@" in sheet("@says@ @body@", "", [el("p", "@data@ @script@")])


@pytest.mark.parametrize("name", ["javascript:alert(1)", "//example.org/a", "../../etc/passwd", "a?b#c", "é \n"])
def test_a_link_leads_to_a_file_beside_the_page_whatever_it_is_called(name: str) -> None:
    (address,) = re.findall(r'href="([^"]*)"', as_html(link(name, "words")))
    assert re.fullmatch(r"\./[\w%.~-]*", address)


def test_the_policy_allows_no_script_at_all() -> None:
    page = sheet("title", "says", [table(["a"], [["b"]])])
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert "script-src 'none';" in policy
    assert "<script" not in page


def test_hostile_words_make_no_element_that_others_do_not_make(audit: Write) -> None:
    assert elements(verification(EVIL)) == elements(verification(WORDS))
    plain, hostile = (
        [elements(path.read_text(encoding="utf-8")) for path in audit(word)] for word in ("a name", EVIL[0])
    )
    assert hostile == plain
    assert len(plain) == 2


# --- in a browser -----------------------------------------------------------------------------------------------------


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    pages: list[Page] = []

    def open_(path: Path, kind: type[Page] = Sheet, size: str = "desk", fragment: str = "") -> Page:
        pages.append(kind(browser, path, SIZES[size], fragment))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()  # looks whether anything was asked for


def test_the_verification_is_read_from_its_verdict_to_its_assurance(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "verify.html"
    path.write_text(verification(WORDS), encoding="utf-8")
    page = opened(path)
    assert page.text("main > .verdict") == "violated: 1 holds, 1 violated, 1 not finished, in 282 s"
    assert page.page.locator("#trouble .trouble").count() == 2
    assert page.page.locator("#checks > .scroll-x > table > tbody > tr").count() == 3
    assert not page.page.locator("#checks details table").first.is_visible()
    page.page.click("#checks details summary >> nth=0")
    assert page.page.locator("#checks details table").first.is_visible()
    page.page.click("nav a >> text=Assurance")
    assert page.page.url.endswith("#assurance")


def test_each_history_of_an_audit_is_walked_through(opened: Open, audit: Write) -> None:
    report, histories = audit("a pool")
    page = opened(report)
    assert page.text("main > .verdict") == "differs: 1 differs, 1 not finished, 1 not offered, in 1.0 s"
    address = page.page.get_attribute("text=Walk through the history", "href")
    assert address == "./audit-histories.html#g=0"
    walked = opened(histories, Explorer, fragment="#g=0")
    assert walked.steps() == 4
    walked.press("j")
    assert walked.text("#step-now") == "Step 1 of 4: client 0 submit() of task 0 (held)."
    walked.press("End")
    assert walked.text("#verdict") == "A claim fails here: the contract allows the history so far."


def test_hostile_words_are_shown_as_they_are_and_do_nothing(opened: Open, audit: Write, tmp_path: Path) -> None:
    path = tmp_path / "verify.html"
    path.write_text(verification(EVIL), encoding="utf-8")
    pages = [opened(path), *(opened(file, kind) for file, kind in zip(audit(EVIL[1]), (Sheet, Explorer), strict=True))]
    for page in pages:
        assert page.page.evaluate("window.pwned") is None
        assert any(word in page.text("main") for word in EVIL[:2])


@pytest.mark.parametrize("size", SIZES)
def test_a_report_fits_its_screen(opened: Open, audit: Write, tmp_path: Path, size: str) -> None:
    path = tmp_path / "verify.html"
    path.write_text(verification(WORDS), encoding="utf-8")
    for file in (path, audit("a pool")[0]):
        assert opened(file, size=size).page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
