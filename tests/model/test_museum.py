"""The museum. Decides: that each exhibit is what it says, and is found if it is not. Must not know: the bugs."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from checkedpool_model import museum
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.checker.system import Fair
from checkedpool_model.museum import EXHIBITS, commands
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.page import pages
from checkedpool_model.museum.table import Design, changed, changes, row
from checkedpool_model.museum.visit import look, visit
from tests.model.invoking import invoke

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs/museum"

each_exhibit = pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)


# --- the exhibits -----------------------------------------------------------------------------------------------------


@each_exhibit
def test_an_exhibit_is_what_it_says(exhibit: Exhibit) -> None:
    """Broken by that claim, in so many steps, of so many states; cured it holds, and every action happens."""
    assert visit(exhibit).problems == ()


@each_exhibit
def test_the_failure_is_of_the_kind_that_the_exhibit_says(exhibit: Exhibit) -> None:
    found = look(exhibit.broken).found
    assert found is not None
    end = found.states[-1]
    stuck = not any(
        action.enabled(None, end, index)
        for action in exhibit.broken.actions
        for index in exhibit.broken.indices(action)
    )
    if exhibit.failure is Failure.LASSO:
        assert found.lasso_from is not None
        assert found.lasso_from < len(found.moves)
    else:
        assert found.lasso_from is None
        assert stuck
        assert (found.claim == "no_deadlock") == (exhibit.failure is Failure.DEADLOCK)


@each_exhibit
def test_an_exhibit_whose_cure_is_not_applied_is_found(exhibit: Exhibit) -> None:
    problems = visit(replace(exhibit, fixed=exhibit.broken)).problems
    assert f"{exhibit.name}: in the cured design {exhibit.claim} fails: violated" in problems


@each_exhibit
def test_an_exhibit_that_was_cured_already_is_found(exhibit: Exhibit) -> None:
    problems = visit(replace(exhibit, broken=exhibit.fixed)).problems
    assert f"{exhibit.name}: the broken design is not found broken: holds" in problems


@each_exhibit
def test_every_part_of_a_cure_that_can_happen_matters(exhibit: Exhibit) -> None:
    for name, partly in partly_cured(exhibit):
        seen = look(partly)
        assert seen.verdict is Verdict.VIOLATED or name not in seen.fired, name


@each_exhibit
def test_without_any_fairness_nothing_must_happen_at_last(exhibit: Exhibit) -> None:
    unfair = tuple(replace(action, fair=Fair.NONE) for action in exhibit.fixed.actions)
    seen = look(replace(exhibit.fixed, actions=unfair))
    assert seen.verdict is Verdict.VIOLATED
    assert seen.claim in {claim.name for claim in exhibit.fixed.leads_to}


@each_exhibit
def test_wrong_numbers_and_a_wrong_claim_are_found(exhibit: Exhibit) -> None:
    wrong = replace(
        exhibit,
        claim="another",
        steps=exhibit.steps + 1,
        broken_states=exhibit.broken_states + 1,
        fixed_states=exhibit.fixed_states + 1,
    )
    assert len(visit(wrong).problems) == 4


def test_an_action_that_never_happens_is_found() -> None:
    exhibit = museum.exhibit_named("lost-task")
    never = row("PoolDreams", never_holds, then=lambda _k, s, _i: s)
    dreaming = replace(exhibit.fixed, actions=(*exhibit.fixed.actions, never))
    assert "lost-task: PoolDreams never happens in the cured design" in visit(replace(exhibit, fixed=dreaming)).problems


def never_holds(_k: None, _s: object, _i: int) -> bool:
    return False


def partly_cured(exhibit: Exhibit) -> Iterator[tuple[str, Design]]:
    """The cured design with one row as it was before, for each row that the cure changes."""
    old = {action.name: action for action in exhibit.broken.actions}
    new = {action.name: action for action in exhibit.fixed.actions}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        table = {other: action for other, action in (new | {name: old.get(name)}).items() if action}
        yield name, replace(exhibit.fixed, actions=tuple(table.values()))


# --- what is said of them ---------------------------------------------------------------------------------------------


@each_exhibit
def test_the_clauses_that_an_exhibit_names_exist(exhibit: Exhibit) -> None:
    protocol = (ROOT / "spec/protocol.md").read_text()
    assert all(f"**{clause} " in protocol for clause in exhibit.clauses)


@each_exhibit
def test_exhibits_that_an_exhibit_names_exist(exhibit: Exhibit) -> None:
    named = re.findall(r"see `([a-z-]+)`", " ".join(exhibit.words))
    assert set(named) <= {other.name for other in EXHIBITS}


def test_exhibits_have_different_names_and_designs_different_titles() -> None:
    titles = [design.name for exhibit in EXHIBITS for design in (exhibit.broken, exhibit.fixed)]
    assert len({exhibit.name for exhibit in EXHIBITS}) == len(EXHIBITS)
    assert len(set(titles)) == len(titles)


def test_a_docstring_without_its_five_paragraphs_is_refused() -> None:
    for broken in (None, "Title.", "Title.\n\nStory.\n\nCure: so.\n\nHere: so.\n\nLeft out: that."):
        with pytest.raises(ValueError, match="five paragraphs"):
            told(broken)


def test_a_table_cannot_lose_a_row_that_it_does_not_have() -> None:
    with pytest.raises(ValueError, match="no PoolDreams"):
        changed(museum.exhibit_named("lost-task").broken.actions, without=["PoolDreams"])


def test_what_a_cure_changes_is_told_row_by_row() -> None:
    exhibit = museum.exhibit_named("stale-token")
    assert list(changes(exhibit.broken, exhibit.fixed)) == [
        "`ManagerTrustsToken` is gone",
        "`ManagerReplacesWorker` no longer asks whether no token is there",
    ]


# --- the pages --------------------------------------------------------------------------------------------------------


def test_the_pages_in_the_documents_are_up_to_date() -> None:
    """If not: ``checkedpool museum --write docs/museum``."""
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCS.iterdir()}
    assert written == pages(visit(exhibit) for exhibit in EXHIBITS)


# --- the command ------------------------------------------------------------------------------------------------------


def run(*words: str) -> Result:
    return invoke(commands.museum, *words)


def test_all_exhibits_are_listed() -> None:
    shown = run()
    assert shown.exit_code == 0, shown.output
    assert all(exhibit.name in shown.output for exhibit in EXHIBITS)


def test_an_exhibit_is_shown_with_story_failure_and_cure() -> None:
    shown = run("full-pipe")
    assert shown.exit_code == 0, shown.output
    for said in (
        "The full wake-up pipe",
        "no_deadlock fails",
        "after 5 steps nothing can happen",
        "cured: holds, 17 states",
        "Left out:",
    ):
        assert said in shown.output


def test_an_unknown_exhibit_is_misuse_and_the_known_ones_are_listed() -> None:
    shown = run("nonsense")
    assert shown.exit_code == 2
    words = shown.output.replace("│", " ").split()
    assert {"known", "full-pipe,", "fork-hooks"} <= set(words)


def test_json_has_what_was_found_in_both_designs() -> None:
    shown = json.loads(run("eaten-wakeup", "--json").output)
    assert (shown["broken"]["verdict"], shown["broken"]["steps"]) == ("violated", 7)
    assert shown["cured"]["verdict"] == shown["verdict"] == "holds"
    assert shown["broken"]["story"][0] == "no_deadlock fails after 7 steps:"
    assert [each["name"] for each in json.loads(run("--json").output)] == [exhibit.name for exhibit in EXHIBITS]


def test_the_pages_are_written(tmp_path: Path) -> None:
    assert run("--write", str(tmp_path / "museum")).exit_code == 0
    written = {path.name for path in (tmp_path / "museum").iterdir()}
    assert written == {"README.md"} | {f"{exhibit.name}.md" for exhibit in EXHIBITS}
    assert run("full-pipe", "--write", str(tmp_path)).exit_code == 2


def test_an_exhibit_that_is_not_what_it_says_exits_with_one_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = replace(museum.exhibit_named("full-pipe"), steps=6)
    monkeypatch.setattr(museum, "EXHIBITS", (wrong,))
    monkeypatch.setattr(commands, "EXHIBITS", (wrong,))
    for words in ([], ["full-pipe"], ["--json"], ["--write", str(tmp_path / "museum")]):
        shown = run(*words)
        assert shown.exit_code == 1
        assert "full-pipe: the steps to the failure: 5, the exhibit says 6" in shown.output
    assert not list(tmp_path.iterdir())
