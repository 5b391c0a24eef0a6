"""The parts of the site that need no site.  Decides: what a link, a clause, a sequence, an entry becomes.

Must not know: the program that builds the site.
"""

from pathlib import Path

import pytest

from checkedpool_spec.clauses import sentences
from tests.repo.tree import ROOT
from tests.site import clauses, links, sequences
from tests.site.conftest import build
from tests.site.navigation import Entry, filled


@pytest.mark.slow
@pytest.mark.left_to("make docs builds the site")
def test_a_link_or_an_anchor_that_leads_nowhere_ends_the_build(tmp_path: Path) -> None:
    page = tmp_path / "docs/index.md"
    page.parent.mkdir()
    page.write_text("# One\n\nA [page](nothing.md), a [place](index.md#nowhere).\n")
    config = tmp_path / "mkdocs.yml"
    config.write_text(f"INHERIT: {ROOT}/mkdocs.yml\nhooks: []\nnav: [index.md]\nplugins: []\nextra_css: []\n")
    done = build(config, tmp_path / "site")
    assert done.returncode != 0
    assert "'nothing.md', but the target is not found" in done.stderr
    assert "'index.md#nowhere', but there is no such anchor" in done.stderr


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("docs/one-minute.md", "index.md"),
        ("docs/museum/README.md", "museum/README.md"),
        ("docs/generated/table-life.svg", "generated/table-life.svg"),
        ("README.md", "use.md"),
        ("spec/contract.md", "spec/contract.md"),
        ("impl/checkedpool/rooms.py", "impl/checkedpool/rooms.py.md"),
        ("LICENSE", "LICENSE.md"),
        ("tests/site/api/pool.md", "api/pool.md"),
    ],
)
def test_each_file_has_its_place(path: str, place: str) -> None:
    assert links.place(path) == place


def test_a_link_leads_to_where_its_file_is_on_the_site() -> None:
    places = {path: links.place(path) for path in ("docs/a/b.md", "docs/one-minute.md", "spec/c.md", "impl/d.py")}
    text = "[1](../one-minute.md) [2](../../spec/c.md#c-01) ![3](../../impl/d.py) [4](https://e.f/g.md) [5](h.md)"
    assert links.led(text, "docs/a/b.md", places) == (
        "[1](../index.md) [2](../spec/c.md#c-01) ![3](../impl/d.py.md) [4](https://e.f/g.md) [5](h.md)"
    )
    assert links.led('[6](../../impl/d.py "a title")', "docs/a/b.md", places) == '[6](../impl/d.py.md "a title")'


def test_what_a_page_links_to_is_on_the_site_wherever_it_lies() -> None:
    found = links.pages(ROOT)
    assert {"docs/limits.md", "docs/generated/table-life.svg", "README.md", "spec/contract.md"} <= found.keys()
    assert found["impl/checkedpool/_core/manager.py"] == "impl/checkedpool/_core/manager.py.md"
    assert "tests/repo/tree.py" not in found


def test_a_file_that_is_no_markdown_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""```"""\n')
    shown = links.page(tmp_path, "a.py")
    assert "# `a.py`" in shown
    assert '````````python\n"""```"""\n' in shown


# --- clauses ----------------------------------------------------------------------------------------------------------


def linked(html: str) -> str:
    return clauses.linked(html, {"C-05": "It says <so>."}.get, lambda clause: f"contract.html#{clause.lower()}")


def test_a_clause_in_a_text_is_a_link_that_says_what_it_says() -> None:
    link = '<a class="clause" href="contract.html#c-05" title="It says &lt;so&gt;.">C-05</a>'
    assert linked("<p>see (C-05), <b>C-05</b></p>") == f"<p>see ({link}), <b>{link}</b></p>"


@pytest.mark.parametrize(
    "html",
    [
        "<a href='x'>C-05</a>",
        "<pre><code>C-05</code></pre>",
        '<h2 id="c-05">C-05 A title</h2>',
        "<p title='C-05'>no clause: C-999</p>",
    ],
)
def test_elsewhere_it_stays_as_it_is(html: str) -> None:
    assert linked(html) == html


def test_a_link_to_the_whole_contract_that_names_a_clause_leads_to_the_clause() -> None:
    assert linked('<a href="../spec/contract.html">C-05</a>') == '<a href="../spec/contract.html#c-05">C-05</a>'
    assert linked('<a href="../spec/contract.html">it</a>') == '<a href="../spec/contract.html">it</a>'


def test_each_clause_of_the_specification_can_be_linked_to() -> None:
    text = clauses.anchored((ROOT / "spec/contract.md").read_text())
    assert '<span id="c-01"></span>**C-01 Every accepted future' in text
    assert text.count("<span") == len(sentences())


# --- sequences --------------------------------------------------------------------------------------------------------


def test_a_sequence_is_read_with_its_notes() -> None:
    read = sequences.read("participant A as one\nparticipant B as two\nA->>B: x\nNote over B: y\nB-->>A: z\n")
    assert read.actors == ("one", "two")
    assert [(event.source, event.target, event.label, event.notes) for event in read.events] == [
        (0, 1, "x", ("y",)),
        (1, 0, "z", ()),
    ]


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="loop"):
        sequences.read("participant A as one\nloop every day\n")


def test_a_page_has_pictures_instead_of_mermaid() -> None:
    page = sequences.pictured((ROOT / "docs/architecture.md").read_text())
    assert "```mermaid" not in page
    assert page.count('<div class="sequence">') == 1
    assert "fails" not in page[page.index("<svg") : page.index("</svg>")].partition("</style>")[2]


# --- navigation -------------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_left_out_and_a_star_takes_what_is_left() -> None:
    pages = ["index.md", "a/README.md", "a/x.md", "a/y.md", "z.md"]
    written: list[Entry] = [
        {"One": "index.md"},
        {"Two": "missing.md"},
        {"A": ["a/README.md", "a/*"]},
        {"No": ["no/*"]},
        {"More": ["*"]},
    ]
    assert filled(written, pages) == [
        {"One": "index.md"},
        {"A": ["a/README.md", "a/x.md", "a/y.md"]},
        {"More": ["z.md"]},
    ]
