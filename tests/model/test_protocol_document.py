"""The protocol's text and the table of actions. Decides: that neither speaks of what the other does not have."""

import re
from pathlib import Path

from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP

TEXT = (Path(__file__).parents[2] / "spec" / "protocol.md").read_text()
CLAUSES = dict(re.findall(r"^\*\*(P-\d\d) (.*?)(?=^\*\*P-|^## )", TEXT, re.MULTILINE | re.DOTALL))
NAME = re.compile(r"\b(?:Client|Manager|Worker|Thread|Starter|Start|Boot|Status|Parent)[A-Z]\w+")


def test_every_action_is_named_in_the_clause_that_it_cites() -> None:
    assert not [action.name for action in ACTIONS if action.name not in NAME.findall(CLAUSES[action.clause])]


def test_every_action_that_the_text_names_is_in_the_table() -> None:
    assert set(NAME.findall(TEXT)) - {"BrokenProcessPool"} <= {action.name for action in ACTIONS}


def test_a_clause_without_an_action_says_so() -> None:
    for number, text in CLAUSES.items():
        if not NAME.search(text):
            assert re.search(r"\((No\s+action|Not\s+in\s+the\s+model|Claims?)\b", text), number


def test_every_claim_that_the_text_names_exists() -> None:
    claims = {claim.name for claim in ALWAYS} | {claim.name for claim in ON_STEP}
    named = {name for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", TEXT) if f"`{name}`" in TEXT}
    assert named <= claims


def test_clauses_are_numbered_upwards() -> None:
    assert list(CLAUSES) == sorted(CLAUSES)
