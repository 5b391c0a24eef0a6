"""The kill matrix. Decides: that the page is what the model and the stated kills come to."""

from pathlib import Path

from checkedpool_model.mutants.generated import mutants
from checkedpool_model.mutants.kill_matrix import claims, page
from checkedpool_model.mutants.kills import ByHand, Killed, Kills, Same
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP

PAGE = Path(__file__).parents[2] / "docs" / "generated" / "kill-matrix.md"
FOUR = [mutant for mutant in mutants() if mutant.action == "ClientIsRefused"] + [
    mutant for mutant in mutants() if mutant.action == "ClientPosts"
]
NAMES = [mutant.name for mutant in FOUR]


def small() -> str:
    """A page about a few mutants."""
    killed = Killed(NAMES[0], "accepted_task_1_ends", "gate#0", 3)
    by_hand = [ByHand(name, ("gate#0",), "they go on alike") for name in NAMES[2:4]]
    return page(FOUR, Kills((killed,), (Same(NAMES[1], "gate#0"),), tuple(by_hand), ()))


def test_the_page_is_up_to_date() -> None:
    again = "make it again: python -m checkedpool_model.mutants.kill_matrix > docs/generated/kill-matrix.md"
    assert PAGE.read_text(encoding="utf-8") == page(), again


def test_a_mutant_has_a_mark_at_the_claim_that_notices_it_without_the_number_of_a_task() -> None:
    lines = small().splitlines()
    assert "| without is_submitting |  | ● |" in lines
    assert "| 1 | accepted_task_ends | 1 |" in lines


def test_a_mutant_in_which_nothing_differs_has_no_claim() -> None:
    assert "| without may_begin | = |  |" in small().splitlines()


def test_survivors_of_the_same_sentence_stand_together() -> None:
    assert f"- {NAMES[2]}, {NAMES[3]}: they go on alike" in small().splitlines()


def test_every_claim_is_a_column_or_named_below() -> None:
    whole = page()
    assert {claim.name for claim in ALWAYS} | {claim.name for claim in ON_STEP} <= set(claims())
    assert not [claim for claim in claims() if claim not in whole]
