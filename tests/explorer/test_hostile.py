"""What a trace or a scenario says is data: a page that was made of hostile ones is inert, or it is refused.

Decides: which hostile things are tried. Must not know: how the page shows anything.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from checkedpool_model.explorer import traces
from checkedpool_model.explorer.addressed import NothingToExploreError, subject_of
from checkedpool_model.explorer.page import MODULES, html, script
from checkedpool_model.explorer.subjects import Subject, of_exhibit
from checkedpool_model.museum import exhibit_named
from checkedpool_model.traces import size
from checkedpool_spec import cli
from tests.explorer.test_in_a_browser import Page
from tests.explorer.tracing import traced

pytestmark = pytest.mark.slow

EVIL = (
    "</script><script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "]]><svg onload=window.pwned=1>",
    "<!-- <script>",
    "@data@ @script@ \u2028 \u2029 \x00 \ud800",
)


def hostile_subject() -> Subject:
    """An exhibit whose every word is hostile."""
    made = of_exhibit(exhibit_named("full-pipe"))
    return Subject(EVIL[0], list(EVIL), EVIL[1], made.graphs, list(EVIL))


def test_no_letter_of_what_is_said_can_end_its_element() -> None:
    page = html(hostile_subject())
    (data,) = re.findall(r'id="book">(.*?)</script>', page, re.DOTALL)
    assert not set("<>&") & set(data)
    assert json.loads(data)["title"] == EVIL[0]
    assert page.count("<script") == 2 + 2  # the book, two graphs, the page's own
    assert page.isascii() or not re.search("[\ud800-\udfff]", page)


def test_hostile_words_are_shown_as_they_are_and_do_nothing(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(html(hostile_subject()), encoding="utf-8")
    page = Page(browser, path)
    assert page.text("#title") == EVIL[0]
    assert EVIL[1] in page.text("#says")
    assert page.page.evaluate("window.pwned") is None
    page.close()


def test_hostile_names_in_a_trace_become_an_inert_page_or_are_refused(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every string of the trace is replaced in turn; what is made has no element that the clean page has not."""
    monkeypatch.setattr(traces, "AROUND", 10)
    clean = elements(html(subject_of(str(trace))))
    lines = [json.loads(line) for line in (trace / "parent.jsonl").read_text().splitlines()]
    places = sorted({text for line in lines for text in strings(line)})
    refused = 0
    for number, place in enumerate(places):
        folder = tmp_path / f"trace{number}"
        folder.mkdir()
        for file in trace.glob("*.jsonl"):
            told = [replaced(json.loads(line), place, EVIL[number % 2]) for line in file.read_text().splitlines()]
            (folder / file.name).write_text("".join(f"{json.dumps(line)}\n" for line in told), encoding="utf-8")
        try:
            made = subject_of(str(folder))
        except NothingToExploreError:
            refused += 1
        else:
            assert elements(html(made)) == clean
    assert 0 < refused < len(places)


def test_a_page_that_has_an_element_more_is_found() -> None:
    assert elements(f"<p>{EVIL[1]}</p>") != elements("<p>words</p>")


class Elements(HTMLParser):
    """The elements of a page, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag, *(name for name, _ in attrs)]


def elements(page: str) -> list[str]:
    parser = Elements()
    parser.feed(page)
    return parser.found


def strings(value: object) -> set[str]:
    if isinstance(value, dict):
        return {text for part in value.values() for text in strings(part)}
    if isinstance(value, list):
        return {text for part in value for text in strings(part)}
    return {value} if isinstance(value, str) else set()


def replaced(value: object, text: str, word: str) -> object:
    if isinstance(value, dict):
        return {name: replaced(part, text, word) for name, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, text, word) for part in value]
    return word if value == text else value


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trace of a small real run."""
    return traced(tmp_path_factory.mktemp("traces") / "small")


# --- refused ----------------------------------------------------------------------------------------------------------


def test_a_trace_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "parent.jsonl").open("wb") as file:
        file.truncate(1_000_000_000)
    shown = CliRunner().invoke(cli.build(), ["explore", str(tmp_path), "-o", str(tmp_path / "page.html")])
    assert shown.exit_code == 2
    words = " ".join(shown.output.replace("│", " ").split())
    assert "its files have 1,000,000,000 bytes; a trace of at most 20,000,000 bytes can be shown" in words
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    "line",
    ["[" * 200_000, '{"e":' * 100_000, '{"e":"begin"}', "{}", "\x00\x01", "9" * 50_000],
    ids=["lists", "objects", "short", "empty", "bytes", "digits"],
)
def test_a_line_that_is_none_is_refused_in_a_sentence(tmp_path: Path, line: str) -> None:
    (tmp_path / "parent.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(NothingToExploreError, match=r"parent\.jsonl"):
        subject_of(str(tmp_path))


def test_the_limit_of_size_is_looked_at(monkeypatch: pytest.MonkeyPatch, trace: Path) -> None:
    monkeypatch.setattr(traces, "AROUND", 10)
    assert subject_of(str(trace)).graphs
    monkeypatch.setattr(size, "LARGEST", 10)
    with pytest.raises(NothingToExploreError, match="at most 10 bytes"):
        subject_of(str(trace))


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("stale-tken", "did you mean stale-token"),
        ("v1:two:c0:00000000", "does not fit"),
        ("gate#99", "scope gate has 5 graphs, 0 to 4"),
        ("gate#0:nonsense:", "nothing claims 'nonsense'"),
        ("<script>", "is no scope"),
    ],
)
def test_what_cannot_be_explored_is_refused_in_a_sentence(word: str, says: str) -> None:
    with pytest.raises(NothingToExploreError, match=re.escape(says)):
        subject_of(word)


# --- the page's own text ----------------------------------------------------------------------------------------------


def test_the_scripts_never_make_markup_of_text() -> None:
    markup = r"innerHTML|outerHTML|insertAdjacent|document\.write|srcdoc"
    forbidden = markup + r"|eval\(|new Function|fetch\(|XMLHttp|WebSocket|import\("
    assert re.findall(forbidden, script()) == []


def test_no_name_stands_in_two_modules() -> None:
    names = re.findall(r"^(?:async )?(?:function|class|const|let) (?:\[([^\]]+)\]|(\w+))", script(), re.MULTILINE)
    all_names = [name for many, one in names for name in (one or many).split(", ")]
    assert sorted(all_names) == sorted(set(all_names))
    assert len(all_names) > 100
    assert "import " not in re.sub(r"//.*", "", script())


def test_every_module_is_in_the_page(written: Callable[[str], Path]) -> None:
    folder = files("checkedpool_model.explorer").joinpath("page")
    assert sorted(MODULES) == sorted(file.name for file in folder.iterdir() if file.name.endswith(".js"))


def test_the_policy_names_the_sums_of_what_is_in_the_page(written: Callable[[str], Path]) -> None:
    page = written("full-pipe").read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    (code,) = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    assert f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_a_script_that_is_not_the_pages_own_does_not_run(
    browser: Any, written: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "changed.html"
    page = written("full-pipe").read_text(encoding="utf-8")
    path.write_text(page.replace("</body>", "<script>window.pwned = 1</script></body>"), encoding="utf-8")
    opened = Page(browser, path)
    assert opened.page.evaluate("window.pwned") is None
    assert any("Content Security Policy" in error for error in opened.errors)
    opened.errors.clear()
    opened.close()
