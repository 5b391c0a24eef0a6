"""``checkedpool audit`` as it is called.  Decides: exit statuses and messages.  Must not know: how audits are made."""

import json
import shlex
from pathlib import Path

import pytest
from typer.testing import Result

from checkedpool.testing.audit import Scenario, Work, scenarios
from checkedpool.testing.audit.judge.events import Call, Event, Kind, line_of, parse
from checkedpool.testing.audit.show.commands import audit
from tests.model.invoking import invoke

OURS = "checkedpool:ProcessPoolExecutor"
MUTANT = "tests.audit.mutants:RunsWhatWaits"
LINE = "1: submit held; settle; submit quick; look 1; settle; open 0; settle"


def words_of(done: Result) -> str:
    """What it says, without the box around it."""
    return " ".join(done.output.replace("│", " ").split())


def test_an_executor_that_agrees_gives_status_0() -> None:
    done = invoke(audit, OURS, "--replay", LINE)
    assert done.exit_code == 0
    assert "No history left the contract." in done.stdout


def test_one_that_differs_gives_status_1_and_the_command_that_shows_it_again() -> None:
    done = invoke(audit, MUTANT, "--replay", LINE)
    assert done.exit_code == 1
    assert f'again: checkedpool audit {MUTANT} --replay "{LINE}"' in done.stdout


def test_the_command_that_shows_it_again_is_whole_and_shows_it_again() -> None:
    given = ("--start-method", "spawn", "--policy", "replace", "--limit", "20", "--allow", "c-6, C-48")
    done = invoke(audit, MUTANT.replace("RunsWhatWaits", "WithOptions"), *given, "--replay", LINE)
    (again,) = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("again: ")]
    _, _, _, *words = shlex.split(again)
    assert words[1:-2] == ["--start-method", "spawn", "--policy", "replace", "--limit", "20", "--allow", "C-06,C-48"]
    assert invoke(audit, *words).stdout.splitlines()[1:] == done.stdout.splitlines()[1:]


def test_the_same_as_json() -> None:
    done = invoke(audit, MUTANT, "--replay", LINE, "--json")
    assert done.exit_code == 1
    (difference,) = json.loads(done.stdout)["differences"]
    assert difference["clause"] == "C-04"
    assert [parse(line).kind for line in difference["history"]][-1] is Kind.END


def test_the_report_is_written_as_html_with_its_histories_beside_it(tmp_path: Path) -> None:
    done = invoke(audit, MUTANT, "--replay", LINE, "--report", str(tmp_path / "pool.html"))
    assert done.exit_code == 1
    page = (tmp_path / "pool.html").read_text(encoding="utf-8")
    assert "RUNNING means begun." in page
    assert 'href="./pool-histories.html#g=0"' in page
    assert "<script" not in page
    assert 'id="graph-0"' in (tmp_path / "pool-histories.html").read_text(encoding="utf-8")
    assert "again: checkedpool audit" in done.stdout


def test_one_that_agrees_has_a_report_and_no_histories(tmp_path: Path) -> None:
    done = invoke(audit, OURS, "--replay", LINE, "--report", str(tmp_path / "pool.html"))
    assert done.exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["pool.html"]


def test_a_report_that_has_no_place_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    done = invoke(audit, "no_such_module:Pool", "--report", str(tmp_path / "nowhere" / "pool.html"))
    assert done.exit_code == 2
    assert "there is no folder" in words_of(done)


def test_one_without_a_verdict_gives_status_3() -> None:
    done = invoke(audit, "tests.audit.mutants:ForOneOnly", "--replay", LINE.replace("1:", "2:"))
    assert done.exit_code == 3


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("a-pool", "does not read MODULE:CLASS"),
        ("lokey", "did you mean 'loky'?"),
        ("no_such_module:Pool", "cannot import 'no_such_module'"),
        ("checkedpool:NoSuchPool", "has no 'NoSuchPool'"),
        ("checkedpool:ProcessPoolExecuter", "did you mean 'ProcessPoolExecutor'?"),
        ("tests.audit.mutants:not_an_executor_at_all", "makes int, which is no executor"),
        ("tests.audit.mutants:CannotBeMade", "cannot be made: OSError: no room for 1"),
        ("checkedpool:__all__", "does not make executors"),
    ],
)
def test_what_cannot_be_imported_gives_status_2_and_says_why(target: str, says: str) -> None:
    done = invoke(audit, target)
    assert done.exit_code == 2
    assert says in words_of(done)


@pytest.mark.parametrize(("allow", "says"), [("D-04", "did you mean 'C-04'?"), ("C-04,999", "no clause 'C-999'")])
def test_what_is_no_clause_cannot_be_allowed(allow: str, says: str) -> None:
    done = invoke(audit, OURS, "--allow", allow, "--replay", LINE)
    assert done.exit_code == 2
    assert says in words_of(done)


@pytest.mark.parametrize("line", ["submit quick", "1: fly", "1: open", "x: settle", "1: submit slowly", "1: kill wait"])
def test_a_line_that_is_no_scenario_gives_status_2(line: str) -> None:
    done = invoke(audit, OURS, "--replay", line)
    assert done.exit_code == 2
    assert "not a scenario" in words_of(done)


def test_a_scenario_is_read_as_it_is_written() -> None:
    for scenario in scenarios(seed=7, rounds=120):
        assert Scenario.parse(str(scenario)) == scenario


def test_the_same_seed_gives_the_same_scenarios() -> None:
    assert scenarios(3, 80) == scenarios(3, 80) != scenarios(4, 80)


def test_an_event_is_read_as_it_is_written() -> None:
    event = Event(Kind.BEGIN, task=1, call=2, what=Call.SUBMIT, work=Work.HELD, who="main")
    assert parse(line_of(event).strip()) == event
    with pytest.raises(ValueError, match="not an event"):
        parse('{"kind": "begin", "colour": "red"}')
