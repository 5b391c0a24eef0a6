"""A report as one HTML file. Decides: what a reader sees first, what is folded. Must not know: where a row comes from.

Frame and elements are the explorer's (``checkedpool_model.explorer.frame``): no script, nothing fetched, text is text.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from checkedpool_model.explorer.frame import Element, Part, coded, el, link, sheet, table
from tests.checks.verify.report import Report, Row, Table, Verdict

__all__ = ["TONES", "sheet_of"]

TONES = {Verdict.HOLDS: "good", Verdict.VIOLATED: "bad", Verdict.NOT_FINISHED: "warn"}

Explorers = Mapping[str, str]
"""By the word of a run the file beside the report, or a sentence on why there is none, which begins with "no"."""


def sheet_of(report: Report, made_by: str, assurance: Table, explorers: Explorers) -> str:
    """The whole file."""
    troubled = [row for row in report.rows if row.verdict is not Verdict.HOLDS]
    body = [
        el("p", _verdict(report), class_="verdict", data_tone=TONES[report.verdict]),
        _contents(bool(troubled or report.left)),
        *_troubles(report, troubled, explorers),
        el("section", el("h2", "All checks"), *_checks(report), id="checks"),
        el("section", el("h2", "Assurance"), el("p", assurance.title), _table(assurance, "of-clauses"), id="assurance"),
    ]
    return sheet(f"Verification: {report.verdict.value}", made_by, body)


def _verdict(report: Report) -> str:
    counts = ((sum(row.verdict is one for row in report.rows), one.value) for one in Verdict)
    took = "" if report.elapsed is None else f", in {report.elapsed:.0f} s"
    return f"{report.verdict.value}: {', '.join(f'{many} {verdict}' for many, verdict in counts if many)}{took}"


def _contents(is_trouble: bool) -> Element:
    parts = {"trouble": "What does not hold"} if is_trouble else {}
    parts |= {"checks": "All checks", "assurance": "Assurance: which clause is carried by what"}
    items = (el("li", el("a", says, href=f"#{part}")) for part, says in parts.items())
    return el("nav", el("ul", *items), aria_label="contents")


# --- what does not hold -----------------------------------------------------------------------------------------------


def _troubles(report: Report, troubled: Sequence[Row], explorers: Explorers) -> Iterator[Element]:
    if not troubled and not report.left:
        return
    parts = [_trouble(row, explorers) for row in troubled]
    if report.left:
        parts.append(el("p", f"Interrupted. These checks are not done: {', '.join(report.left)}."))
    yield el("section", el("h2", "What does not hold"), *parts, id="trouble")


def _trouble(row: Row, explorers: Explorers) -> Element:
    parts: list[Part] = [el("h3", f"{row.title}, {row.name}: {row.verdict.value}")]
    if row.trouble:
        parts.append(el("pre", "\n".join(row.trouble), tabindex="0"))
    parts += [_explorer(word, explorers) for word in row.words if word in explorers]
    if row.again:
        parts.append(el("p", "again: ", el("code", row.again)))
    return el("div", *parts, class_="trouble", data_tone=TONES[row.verdict])


def _explorer(word: str, explorers: Explorers) -> Element:
    found = explorers[word]
    if found.startswith("no "):
        return el("p", f"{found}: ", el("code", word))
    return el("p", link(found, "Walk through it in the explorer"), ": ", el("code", word))


# --- all checks -------------------------------------------------------------------------------------------------------


def _checks(report: Report) -> Iterator[Element]:
    for section, rows in groupby(report.rows, key=lambda row: row.section):
        title, _, under_what = section.partition(": ")
        yield el("h3", title)
        if under_what:
            yield el("p", under_what, class_="quiet")
        yield _section(list(rows))


def _section(rows: Sequence[Row]) -> Element:
    """Columns of counts only where something was counted."""
    counted = any(row.states is not None for row in rows)
    numbers = ("seconds", "states", "transitions") if counted else ("seconds",)
    head: tuple[Part, ...] = ("check", "verdict", *map(_number, numbers), "looked at")
    return table(head, (_cells(row, len(numbers)) for row in rows), class_="of-checks")


def _cells(row: Row, numbers: int) -> tuple[Part, ...]:
    counts = ("" if count is None else f"{count:,}" for count in (row.states, row.transitions))
    return (
        row.name,
        el("span", row.verdict.value, class_="badge", data_tone=TONES[row.verdict]),
        *map(_number, (f"{row.seconds:.1f}", *counts)[:numbers]),
        el("div", row.seen, *map(_folded, row.tables), class_="seen"),
    )


def _number(text: str) -> Element:
    return el("span", text, class_="amount")


def _folded(one: Table) -> Element:
    return el("details", el("summary", one.title), _table(one))


def _table(one: Table, sort: str = "") -> Element:
    rows = (tuple(map(coded, row)) for row in one.rows)
    return table(one.head, rows, class_=sort) if sort else table(one.head, rows)
