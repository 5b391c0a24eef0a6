"""The page that states the protocol: it says what the model says, all of it."""

import re
from pathlib import Path

import pytest

from checkedpool_model.checker.system import Fair
from checkedpool_model.cli import document
from checkedpool_model.cli.document import page
from checkedpool_model.protocol import eventually
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP
from checkedpool_model.protocol.state import Budget, Client, Lane, State, Task
from checkedpool_model.scopes.all import EVERY_SCOPE

PAGE = Path(__file__).parents[2] / "docs" / "generated" / "init-next-fairness.md"
TEXT = page()
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("| ")]
FIRST = [row[0].strip("`") for row in ROWS]
FORMULAS = re.findall(r"```tla\n(.*?)```", TEXT, re.DOTALL)


def test_the_page_is_up_to_date() -> None:
    again = "make it again: python -m checkedpool_model.cli.document > docs/generated/init-next-fairness.md"
    assert PAGE.read_text(encoding="utf-8") == TEXT, again


def test_every_action_has_its_line_with_guard_and_effect_and_its_actor() -> None:
    for action in ACTIONS:
        (row,) = (row for row in ROWS if row[0].partition("(")[0] == action.name)
        assert all(row[1:]), action.name
        assert row[3] == action.fair.value
        assert action.by, f"{action.name} does not say who does it"


def test_every_action_is_in_next_once_and_in_fairness_as_fair_as_it_is() -> None:
    _, following, fairness = FORMULAS
    actions = re.findall(r"\\/ ([A-Z]\w+)", following)
    assert sorted(actions) == sorted(action.name for action in ACTIONS)
    kinds = {name: kind for kind, name in re.findall(r"/\\ ([WS]F)_vars\((\w+)", fairness)}
    fair = {Fair.WEAK: "WF", Fair.STRONG: "SF"}
    assert kinds == {action.name: fair[action.fair] for action in ACTIONS if action.fair is not Fair.NONE}


@pytest.mark.parametrize(
    ("record", "prefix"),
    [(Client, "clients[c]."), (Task, "tasks[t]."), (Lane, "lanes[i]."), (Budget, "budget."), (Bounds, "")],
)
def test_every_field_has_a_line_that_says_what_it_is(record: type, prefix: str) -> None:
    for name in record.__annotations__:
        (row,) = (row for row in ROWS if row[0] == f"`{prefix}{name}`")
        assert row[-1] not in {"", "|"}, name


def test_every_variable_is_there_by_itself_or_by_its_fields() -> None:
    names = {re.sub(r"[\[.].*", "", name) for name in FIRST}
    assert set(State._fields) <= names


def test_init_is_every_value_with_which_a_scope_begins() -> None:
    init = {row[0].strip("`"): row[2] for row in ROWS if len(row) == len(("variable", "domain", "Init", "meaning"))}
    assert init["manager"] == "AWAKE"
    assert init["inbox"] == "<<>>"
    assert init["lanes[i].slot"] == "EMPTY, READY, UP"
    assert init["tasks[t].pending"] == "FALSE, TRUE"


def test_every_row_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE)
    widths = [{len(re.findall(r" \| |^\| | \|$", line)) for line in table.splitlines()} for table in tables]
    assert [len(width) for width in widths] == [1] * len(widths)


def test_every_claim_and_every_scope_has_its_line() -> None:
    claims = [*(claim.name for claim in ALWAYS), *(claim.name for claim in ON_STEP)]
    assert [name for name in (*claims, *eventually.FAMILIES) if FIRST.count(name) != 1] == []
    explored = [name for name in TEXT.partition("## What is explored")[2].splitlines() if name.startswith("| ")]
    assert [line.split(" | ")[0].strip("| ") for line in explored[2:]] == [scope.name for scope in EVERY_SCOPE]


def test_a_claim_about_runs_has_its_own_name_and_its_two_sides_as_they_are_written() -> None:
    makers = document._makers()
    names = [make(*([0] * make.__code__.co_argcount)).name for make in makers]
    assert [eventually.family(name) for name in names] == list(eventually.FAMILIES)
    two = list(document._two_sides(makers[eventually.FAMILIES.index("wait_of_client_returns")]))
    assert two == [
        "s.clients[c].step == Step.WAITING and callbacks_have_called(k, s)",
        "s.clients[c].step != Step.WAITING",
    ]
