"""The table of actions as a page: ``python -m checkedpool_model.cli.document`` prints it.

Decides: how the table is shown.  Must not know: what the actions mean; their names, conjuncts and clauses are words of
the model, and the page says no more than these.
"""

from collections.abc import Iterator
from itertools import groupby

from checkedpool_model.checker.system import Action, Fair
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.verify.refines_contract import SEEN

__all__ = ["page"]

Row = Action[Bounds, State]

HEAD = """\
# The table of actions

Made by `python -m checkedpool_model.cli.document` from the model; a test compares. Everything that can happen, of all
actors: {count} actions. An action can happen when all conjuncts of its guard hold; then its effect is one step that
nobody can look into. *fair* says what may be assumed of it for claims that something happens at last: weak, it happens
if it stays possible; strong, if it is possible again and again; none, it need never happen. *to a caller* names the
rules of the contract machine that the step can be; a hyphen: no caller can tell.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((HEAD.format(count=len(ACTIONS)), *_sections())) + "\n"


def _sections() -> Iterator[str]:
    for actor, rows in groupby(sorted(ACTIONS, key=_actor), key=_actor):
        yield f"## {actor}\n"
        yield "| action | clause | when | fair | to a caller |"
        yield "| --- | --- | --- | --- | --- |"
        yield from map(_line, rows)
        yield ""


def _actor(row: Row) -> str:
    return row.by.replace(" {i}", "")


def _line(row: Row) -> str:
    when = ", ".join(holds.__name__.replace("_", " ") for holds in row.guard)
    fair = "" if row.fair is Fair.NONE else row.fair.value
    rules = sorted({" then ".join(names) for names in SEEN.get(row.name, ()) if names})
    return f"| {row.name} | {row.clause} | {when} | {fair or 'none'} | {' / '.join(rules) or '-'} |"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - that is what it is for
