"""The page about the table of actions says what the table says."""

from pathlib import Path

from checkedpool_model.cli.document import page
from checkedpool_model.protocol.actions import ACTIONS

PAGE = Path(__file__).parents[2] / "docs" / "generated" / "actions.md"


def test_the_page_is_up_to_date() -> None:
    again = "make it again: python -m checkedpool_model.cli.document > docs/generated/actions.md"
    assert PAGE.read_text(encoding="utf-8") == page(), again


def test_every_action_has_its_line_and_its_actor() -> None:
    lines = page().splitlines()
    for action in ACTIONS:
        assert sum(line.startswith(f"| {action.name} |") for line in lines) == 1
        assert action.by, f"{action.name} does not say who does it"
