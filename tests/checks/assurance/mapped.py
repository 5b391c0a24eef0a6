"""The map: of each clause what is claimed of every state, which files test it, and which bugs are known that broke it.

Decides: where bugs are written down, and how the map reads. Must not know: where a check says what it carries
(``carriers``), what a clause promises.

Bugs are written down in four places: an issue that the contract or the deviations cite, an exhibit of the museum that
is about such an issue, the list of bugs that were seen in executors of others, the diary of our own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from checkedpool_model.museum import EXHIBITS
from tests.checks.assurance.asking import CLAUSE, ROOT, asking
from tests.checks.assurance.carriers import Carrier
from tests.checks.assurance.page import Assurance
from tests.upstream import bugs as upstream

__all__ = ["MADE_BY", "MAP", "bugs", "map_page"]

MAP = ROOT / "docs/generated/clauses.md"
MADE_BY = "python -m tests.checks.assurance --map > docs/generated/clauses.md"
INVARIANTS = {"model": "model", "proof": "proof", "contract": "contract machine", "CrossHair": "CrossHair"}
"""Kinds of checks that claim something of every state, step or value, and what the map calls them."""

HEAD = f"""\
# The contract, clause by clause

Made by `{MADE_BY}` from what claims, tests and texts
say themselves. A test compares. Of each clause of the [contract](../../spec/contract.md):

- **Claims**: what names the clause and is asked of every state, step, run or value: of the model, in the proof, of the
  contract machine, by CrossHair. [What checks each clause](assurance.md) says which of them were seen failing.
- **Tests**: the files whose tests name the clause.
- **Known bugs**: issues of CPython that the [contract](../../spec/contract.md) or the
  [deviations](../../spec/deviations.md) cite, with the [museum](../museum/README.md)'s exhibit of it; what was
  [seen](../upstream/index.md) in an executor of others; entries of [our own diary](../divergences.md).
"""

PROTOCOL = """\
## Clauses of the protocol that famous bugs are about

The [protocol](../../spec/protocol.md) says how the promises are kept. These of its clauses keep bugs of other executors
out.

| clause | | exhibits |
| --- | --- | --- |"""

CITED = re.compile(r"\b(gh|bpo)-(\d+)")
ISSUE = {"gh": "https://github.com/python/cpython/issues/{}", "bpo": "https://bugs.python.org/issue{}"}
TEXT = re.compile(r"^\*\*(C-\d+) (.+?)(?=\n\n)", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(
    r"^### (?P<title>[^\n]+)\n\n- \*\*Sides\*\*: (?P<sides>.+?)(?=\n- \*\*|\n\n)", re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r"^\*\*(P-\d+) (.+?)\*\*", re.MULTILINE | re.DOTALL)
NOT_A_WORD = re.compile(r"[^\w\- ]")


def map_page() -> str:
    """All of it."""
    found = Assurance()
    parts = (part for clause, title in found.clauses.items() for part in _of_one(found, clause, title))
    return "\n".join([HEAD, *parts, PROTOCOL, *_protocol()]) + "\n"


def _of_one(found: Assurance, clause: str, title: str) -> Iterator[str]:
    yield f"## {clause} {title}\n"
    for name, said in (("Claims", claimed(found, clause)), ("Tests", tested(clause)), ("Known bugs", bugs(clause))):
        yield f"- **{name}**: {'; '.join(said) or 'none'}"
    yield ""


def claimed(found: Assurance, clause: str) -> Iterator[str]:
    """What is claimed of every state, a kind of check each."""
    for column, name in INVARIANTS.items():
        claims = dict.fromkeys(one.name for one in found.carriers[column] if clause in one.clauses and _is_one(one))
        if claims:
            yield f"{name} {', '.join(f'`{claim}`' for claim in claims)}"


def _is_one(carrier: Carrier) -> bool:
    """A deadlock is one of everything: it says little about a clause."""
    return carrier.name != "no_deadlock"


def tested(clause: str) -> Iterator[str]:
    """The files of its tests."""
    yield from (f"`{file}`" for file in sorted({test.file for test in asking() if clause in test.clauses}))


def _protocol() -> Iterator[str]:
    for clause, title in TITLE.findall((ROOT / "spec/protocol.md").read_text(encoding="utf-8")):
        exhibits = [_exhibit(one.name, one.words.title) for one in EXHIBITS if clause in one.clauses]
        if exhibits:
            yield f"| {clause} | {' '.join(title.split()).rstrip('.')} | {'; '.join(exhibits)} |"


# --- bugs -------------------------------------------------------------------------------------------------------------


def bugs(clause: str) -> Iterator[str]:
    """All that are known."""
    for cited in _cited()[clause]:
        tracker, number = cited.split("-")
        shown = "".join(f" ({_exhibit(name, title)})" for name, title in _shown(number))
        yield f"[{cited}]({ISSUE[tracker].format(number)}){shown}"
    for bug in upstream.bugs():
        if bug.clause == clause:
            yield f"{', '.join(bug.executors)}: [{bug.title}](../upstream/{bug.name}.md)"
    for title in _diary()[clause]:
        yield f"here: [{title.partition(' · ')[2]}](../divergences.md#{_slug(title)})"


def _exhibit(name: str, title: str) -> str:
    return f"[{title}](../museum/{name}.md)"


@cache
def _cited() -> defaultdict[str, tuple[str, ...]]:
    """By clause the issues that its text or its row cites."""
    found = defaultdict[str, tuple[str, ...]](tuple)
    contract, rows = (ROOT / f"spec/{name}.md" for name in ("contract", "deviations"))
    texts = [(clause, text) for clause, text in TEXT.findall(contract.read_text(encoding="utf-8"))]
    for row in rows.read_text(encoding="utf-8").splitlines():
        texts += [(clause, row) for clause in CLAUSE.findall(row.rstrip("| ").rpartition("|")[2])]
    for clause, text in texts:
        found[clause] = tuple(dict.fromkeys((*found[clause], *("-".join(cited) for cited in CITED.findall(text)))))
    return found


def _shown(number: str) -> Iterator[tuple[str, str]]:
    """The exhibits of an issue: name and title."""
    for exhibit in EXHIBITS:
        if any(link == ISSUE["gh"].format(number) for link in exhibit.links):
            yield exhibit.name, exhibit.words.title


@cache
def _diary() -> defaultdict[str, list[str]]:
    """By clause the titles of the entries in which it was one of the sides."""
    found = defaultdict[str, list[str]](list)
    for entry in ENTRY.finditer((ROOT / "docs/divergences.md").read_text(encoding="utf-8")):
        for clause in dict.fromkeys(CLAUSE.findall(entry["sides"])):
            found[clause].append(entry["title"])
    return found


def _slug(title: str) -> str:
    """The address of a heading."""
    return NOT_A_WORD.sub("", title.lower()).replace(" ", "-")
