"""The pages of docs/upstream: one for each bug, and an index.

    python -m tests.upstream.page

Decides: what a page shows and in which order.  Must not know: what any bug is; how a program is run.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from checkedpool_model.museum.program import Ending, Shows, said
from checkedpool_spec.clauses import sentence
from tests.repo.tree import ROOT
from tests.upstream.bugs import LOKY, Bug, bugs
from tests.upstream.seen import FILE, Table, read, shown

__all__ = ["FOLDER", "pages", "written"]

FOLDER = FILE.parent
INDEX = "index.md"
LINE = 120
GLUE = "\0"
"""Stands for a space at which no line ends."""
SHOWN = (Shows.BUG, Shows.HANG)

HEAD = """\
# Bugs to be told upstream

Each of these bugs was seen in an executor of others, by the [audit](../audit.md) or by an exhibit of the
[museum](../museum/README.md). A page has a program of at most 30 lines that needs nothing of this project. It says on
which versions we ran it, and what we saw. An issue is named where we know of one that tells of the bug or of its cause.

What an executor does on purpose is not here: that pebble's `cancel()` ends a task that runs, that its errors are no
`BrokenExecutor`, that futures end after its `stop()` only when somebody calls `join()`. The
[report of the audit](../generated/audit.md) has that too.

"""

FOOT = """
`checkedpool museum NAME --run` runs the program of an exhibit with the executor that is installed, ends it if it hangs,
and says whether the bug shows. `python -m tests.upstream.seen` asks another interpreter, and writes down what was seen
in `seen.json`. Of it `python -m tests.upstream.page` makes these pages.
"""


def pages(table: Table) -> dict[str, str]:
    """The text of every page, by its name."""
    return {INDEX: index(table)} | {f"{bug.name}.md": page(bug, table.get(bug.name, {})) for bug in bugs()}


def index(table: Table) -> str:
    """The list of all."""
    rows = ["| bug | executor | seen on | clause | exhibit |", "| --- | --- | --- | --- | --- |"]
    for bug in bugs():
        exhibit = f"[{bug.name}](../museum/{bug.name}.md)" if bug.exhibit else ""
        on = _versions([name for name, note in table.get(bug.name, {}).items() if _is_shown(note)])
        rows.append(
            f"| [{bug.title}]({bug.name}.md) | {', '.join(bug.executors)} | {on} | {_clause(bug)} | {exhibit} |"
        )
    return HEAD + "\n".join(rows) + "\n" + FOOT


def page(bug: Bug, seen: dict[str, str]) -> str:
    """One bug."""
    text = bug.text
    parts = [
        f"# {bug.title}",
        f"Executor: {', '.join(bug.executors)}. {_reported(bug)}",
        _wrapped(bug.story),
        _wrapped(f"It breaks {_clause(bug)} of the contract: {sentence(bug.clause)}"),
        "## The program",
        f"[{bug.program.name}](../../{bug.program})" + _with_loky(bug),
        f"```python\n{text}```",
        "## Where it was seen",
        _wrapped(_says(said(text))),
        "\n".join(["| executor | what its program showed |", "| --- | --- |", *_rows(seen)]),
        *_model(bug),
        f"[All of them]({INDEX})",
    ]
    return "\n\n".join(parts) + "\n"


def _is_shown(note: str) -> bool:
    return shown(note) in SHOWN


def _clause(bug: Bug) -> str:
    return f"[{bug.clause}](../../spec/contract.md)"


def _reported(bug: Bug) -> str:
    if not bug.links:
        return "We know of no report."
    return f"Reported, it or its cause: {' · '.join(map(_link, bug.links))}."


def _link(target: str) -> str:
    found = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)", target)
    assert found is not None, target
    return f"[{found[1]}#{found[2]}]({target})"


def _with_loky(bug: Bug) -> str:
    return "; with `from loky import ProcessPoolExecutor` it asks loky" if LOKY in bug.executors else ""


def _says(ending: Ending) -> str:
    with_bug = f"its last line ends with `{ending.with_bug}`" if ending.with_bug else "it does not end"
    return f"Where the bug is, {with_bug}. Elsewhere its last line ends with `{ending.without}`."


def _rows(seen: dict[str, str]) -> Iterator[str]:
    for name in sorted(seen, key=_order):
        _, _, error = seen[name].partition(": ")
        yield f"| {name} | {shown(seen[name]).value}{f': `{error}`' if error else ''} |"


def _order(name: str) -> tuple[str, list[int]]:
    """By the executor, then by the versions."""
    words = re.split(r"[\s,]+", name)
    return words[0], [int(part) for part in re.findall(r"\d+", name)]


def _versions(names: list[str]) -> str:
    """The same in few words: CPython's versions in one row, and each peer by its own version."""
    ordered = sorted(names, key=_order)
    standard = [name.removeprefix("CPython ") for name in ordered if name.startswith("CPython")]
    peers = [name.partition(",")[0] for name in ordered if not name.startswith("CPython")]
    return "; ".join([*([f"CPython {', '.join(standard)}"] if standard else []), *peers])


def _model(bug: Bug) -> Iterator[str]:
    if bug.exhibit is None:
        return
    yield "## The model"
    yield _wrapped(
        f"[The exhibit {bug.name}](../museum/{bug.name}.md) has it in its smallest model, beside a cure. "
        f"`checkedpool museum {bug.name}` explores both designs, and with `--run` it runs the program."
    )


def _wrapped(words: str) -> str:
    """In lines that break no code."""
    whole = re.sub(r"`[^`]+`", lambda code: code[0].replace(" ", GLUE), words)
    return fill(whole, LINE, break_long_words=False, break_on_hyphens=False).replace(GLUE, " ")


def written(folder: Path) -> dict[str, str]:
    """The pages that lie in a folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}


def main() -> None:
    """Write the pages."""
    for name, text in pages(read()).items():
        (ROOT / FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
