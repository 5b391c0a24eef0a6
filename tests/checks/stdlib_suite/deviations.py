"""Decides: how the list of tests that are known not to pass is read from `spec/deviations.md`.

Under the heading HEADING stands one table, with a column `test` (a name or a shell pattern of names such as
`test_wait.ProcessPoolForkWaitTest.test_timeout`), a column `reason`, and, if wanted, a column `fails with`: words that
the failure must contain, so that a test that begins to fail in another way is seen; and `how often`: empty or `always`,
or `sometimes` for a test whose outcome depends on who is faster; and `since`: empty, or the first version of Python for
which the row counts. Other columns are for the reader.
Must not know: which tests exist, how a run went.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

HEADING = "CPython's own tests that do not pass here"


class UnreadableListError(Exception):
    """The section exists but is not the table described above."""


@dataclass(frozen=True)
class Deviation:
    """One row: these tests do not pass, and why our answer is the better one."""

    pattern: str
    reason: str
    fails_with: str = ""
    sometimes: bool = False
    since: tuple[int, ...] = ()

    def counts_for(self, python: str) -> bool:
        """Whether this Python, such as 3.14.1, is new enough for it."""
        return tuple(map(int, python.split("."))) >= self.since

    def covers(self, test: str) -> bool:
        return fnmatchcase(test, self.pattern)


def read_deviations(path: Path) -> list[Deviation]:
    """The rows of the file; none if the file does not exist: then every test must pass."""
    return parse_deviations(path.read_text(encoding="utf-8")) if path.exists() else []


def parse_deviations(text: str) -> list[Deviation]:
    """The rows of the section's table; none if there is no such section."""
    lines = [line for line in _section(text) if line.startswith("|")]
    if not lines:
        return []
    header, *rows = map(_cells, lines)
    names = [name.lower() for name in header]
    if "test" not in names or "reason" not in names:
        raise UnreadableListError(f"the table under '{HEADING}' needs the columns 'test' and 'reason', it has {header}")
    if not rows or any(cell.strip(":-") for cell in rows[0]):
        raise UnreadableListError(f"the table under '{HEADING}' has no line of dashes under its header")
    found = [_deviation(dict(zip(names, row, strict=False)), row, names) for row in rows[1:]]
    patterns = [row.pattern for row in found]
    twice = sorted({pattern for pattern in patterns if patterns.count(pattern) > 1})
    if twice:
        raise UnreadableListError(f"listed twice: {', '.join(twice)}")
    return found


def _section(text: str) -> list[str]:
    """The lines between our heading and the next one of the same or a higher level."""
    section: list[str] = []
    inside = False
    for line in text.splitlines():
        heading = re.match(r"(#{1,2})\s+(.*?)\s*#*$", line)
        if heading:
            inside = heading[1] == "##" and _plain(heading[2]) == HEADING
        elif inside:
            section.append(line.strip())
    return section


def _cells(line: str) -> list[str]:
    """Split at bars that are not escaped."""
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.replace(r"\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _deviation(row: dict[str, str], cells: list[str], names: list[str]) -> Deviation:
    if len(cells) != len(names):
        raise UnreadableListError(f"a row has {len(cells)} cells instead of {len(names)}: {cells}")
    pattern = row["test"].strip("`")
    if not pattern or not row["reason"]:
        raise UnreadableListError(f"a row without a test or without a reason: {cells}")
    often = row.get("how often", "") or "always"
    if often not in ("always", "sometimes"):
        raise UnreadableListError(f"how often is '{often}'? 'always' or 'sometimes': {cells}")
    since = row.get("since", "")
    if not re.fullmatch(r"(\d+\.\d+)?", since):
        raise UnreadableListError(f"since '{since}'? A version such as 3.14: {cells}")
    words = row.get("fails with", "").strip("`")
    return Deviation(
        pattern, row["reason"], words, often == "sometimes", tuple(map(int, since.split("."))) if since else ()
    )


def _plain(heading: str) -> str:
    """Typographic apostrophes are as good as straight ones."""
    return heading.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
