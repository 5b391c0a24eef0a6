"""The page is made of the list, a line is seen or it is not, and cheap claims are shown here."""

import json

import pytest

from tests.checks.answers import Answer
from tests.checks.claims import __main__ as claims
from tests.checks.claims.claim import Claim
from tests.checks.claims.listed import CLAIMS, SETUP, WHEN
from tests.checks.claims.page import PAGE, page
from tests.checks.claims.run import Shown, shown

CHEAP = ("mutant", "museum", "layers")
"""Whose commands take a second at most; ``make claims`` runs them all, CI those of seconds."""
HALF_AN_HOUR = 1800


def test_the_page_is_made_of_the_list() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(CLAIMS, SETUP, WHEN), "make it again: make claims ARGS=--write"


def test_half_an_hour_is_enough() -> None:
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS) >= 12
    assert all(claim.seconds > 0 for claim in CLAIMS)
    assert sum(claim.seconds for claim in CLAIMS) < HALF_AN_HOUR
    assert not [claim.name for claim in CLAIMS if "|" in claim.command.replace("||", "") + claim.line]


@pytest.mark.parametrize(
    ("line", "said", "seen"),
    [
        ("holds … s", "  holds   1.5 s ", "holds   1.5 s"),
        ("2x2 60 115,758 … holds", "2x2      60   115,758  1.2  holds", "2x2      60   115,758  1.2  holds"),
        ("holds", "holds not", ""),
        ("holds", "it holds", ""),
        ("2 (of 2) caught.", "2 (of 2) caughts", ""),
        ("… caught", "nothing is", ""),
    ],
)
def test_a_line_is_the_one_to_be_seen_or_it_is_not(line: str, said: str, seen: str) -> None:
    assert Claim("it", "It holds.", "true", line, 1, 1).seen_in(["before", said]) == seen


@pytest.mark.parametrize(
    ("status", "lines", "verdict"),
    [
        (0, ("it holds",), "holds"),
        (1, ("it holds",), "violated"),
        (0, (), "violated"),
        (None, ("it holds",), "not finished"),
    ],
)
def test_a_claim_is_shown_by_its_line_and_its_status(status: int | None, lines: tuple[str, ...], verdict: str) -> None:
    assert Shown(Claim("it", "It holds.", "true", "it holds", 1, 1), Answer(status, lines, 1.0)).verdict == verdict


@pytest.mark.slow
@pytest.mark.one_in(3, "make claims")
@pytest.mark.parametrize("name", CHEAP)
def test_a_cheap_claim_is_shown(name: str) -> None:
    (claim,) = (one for one in CLAIMS if one.name == name)
    done = shown(claim)
    assert done.verdict == "holds", done.answer.lines


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that holds, and one that does not."""
    right = Claim("right", "It says so.", "echo it holds", "it holds", 1, 1)
    wrong = Claim("wrong", "It says so.", "echo it does; echo not", "it holds", 1, 1)
    monkeypatch.setattr(claims, "CLAIMS", (right, wrong))


@pytest.mark.usefixtures("two")
def test_each_claim_has_a_row_and_what_is_not_shown_its_last_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert claims.main(["right"]) == 0
    assert "violated" not in capsys.readouterr().out
    assert claims.main([]) == 1
    shown = capsys.readouterr().out
    assert "violated" in shown
    assert "│ not" in shown
    assert claims.main(["2", "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["verdict"], row["seen"]) == ("wrong", "violated", "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["musem"], "no claim is named 'musem' (did you mean 'museum'?); they are 1 to "),
        (["0"], "no claim is named '0'; they are 1 to "),
        (["--al"], "unrecognized arguments: --al"),
    ],
)
def test_misuse_says_what_was_meant(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        claims.main(words)
    assert left.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("two")
def test_who_is_interrupted_sees_what_was_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def until_the_second(claim: Claim) -> Shown:
        if claim.name == "wrong":
            raise KeyboardInterrupt
        return shown(claim)

    monkeypatch.setattr(claims, "shown", until_the_second)
    assert claims.main([]) == 130
    printed = capsys.readouterr()
    assert "right" in printed.out
    assert "interrupted: 1 of 2 were run" in printed.err
