"""Faults are made by rule, each reaches the processes of a check, and the list of arguments is held against them."""

import ast
import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.checks.mutation import __main__ as mutation
from tests.checks.mutation.checks import PACKAGE, PAGE, ROOT, rungs, targets
from tests.checks.mutation.climb import Climber
from tests.checks.mutation.grow import Mutant, mutants
from tests.checks.mutation.results import Argued, Results
from tests.whole import HowMany

SOURCE = '''
class Pool:
    """It is one."""

    def may(self, room: int = 3) -> bool:
        """Whether."""
        if room > 0 and not self.level:
            self.count += 1
            self.wake()
        return room == 2 if self.open else False
'''
FAULTS = {
    "Pool.may: and-or 1": "if (room > 0 or not self.level):",
    "Pool.may: comparison 1": "if (room >= 0) and not self.level:",
    "Pool.may: constant 1": "if room > (1) and not self.level:",
    "Pool.may: not 1": "if room > 0 and (self.level):",
    "Pool.may: condition 1": "if not (room > 0 and (not self.level)):",
    "Pool.may: dropped 1": "            pass\n            self.wake()",
    "Pool.may: dropped 2": "self.count += 1\n            pass",
    "Pool.may: swapped 1": "self.wake()\n            self.count += 1",
    "Pool.may: constant 2": "self.count += (2)",
    "Pool.may: choice 1": "return (False if self.open else room == 2)",
    "Pool.may: comparison 2": "return (room != 2) if self.open else False",
    "Pool.may: constant 3": "return room == (3) if self.open else False",
    "Pool.may: constant 4": "return room == 2 if self.open else (True)",
}


def test_each_rule_makes_its_faults_and_nothing_else() -> None:
    seen = {mutant.name: mutant for mutant in mutants(SOURCE)}
    assert seen.keys() == FAULTS.keys()
    for name, words in FAULTS.items():
        assert words in seen[name].source, name
        changed = [
            pair for pair in zip(SOURCE.splitlines(), seen[name].source.splitlines(), strict=True) if len({*pair}) > 1
        ]
        assert 0 < len(changed) <= 2, name


def test_what_stands_above_a_function_does_not_change_its_mutants_names() -> None:
    later = [mutant.name for mutant in mutants("LIMIT = 3\n\n\ndef other() -> None: ...\n" + SOURCE)]
    assert later == [mutant.name for mutant in mutants(SOURCE)]


@pytest.mark.parametrize("target", list(targets()), ids=lambda target: target.name)
def test_every_file_that_has_functions_has_mutants_and_checks(target: Path) -> None:
    source = target.read_text(encoding="utf-8")
    has_code = any(isinstance(node, ast.If) for node in ast.walk(ast.parse(source)))
    assert (next(mutants(source), None) is not None) >= has_code
    for rung in rungs(target):
        assert all((ROOT / word).exists() for word in rung if word.startswith("tests/"))


@pytest.mark.slow
@pytest.mark.one_in(4, "make test-all alone")
@pytest.mark.parametrize("target", list(targets()), ids=lambda target: target.name)
def test_no_mutant_is_caught_because_it_is_no_program(target: Path, so_many: HowMany) -> None:
    for mutant in islice(mutants(target.read_text(encoding="utf-8")), None, None, so_many(1, 5)):
        compile(mutant.source, mutant.name, "exec", dont_inherit=True)


@pytest.mark.slow
@pytest.mark.left_to("make mutation runs mutants")
def test_a_mutant_reaches_the_check_and_no_mutant_passes(tmp_path: Path) -> None:
    asks = tmp_path / "test_asks.py"
    asks.write_text(
        "from checkedpool import rooms\n\n\ndef test_asks():\n    assert rooms.PLAIN == 'CHECKEDPOOL_PLAIN'\n"
    )
    target, climber = PACKAGE / "rooms.py", Climber(tmp_path)
    whole = target.read_text(encoding="utf-8")
    broken = {name: whole.replace('PLAIN = "CHECKEDPOOL_PLAIN"', f'PLAIN = "{name}"') for name in ("other", "OTHER")}
    for name, source in broken.items():  # of one length: the second is not the first, compiled
        fate = climber.climbed(target, source, [(), (str(asks),)])
        assert (fate.killer, fate.said.split()[0]) == (str(asks), "FAILED")
        assert name in fate.said
    assert climber.climbed(target, whole, [(str(asks),)]).killer == ""
    assert climber.climbed(target, broken["OTHER"], [], known=str(asks)).killer == str(asks)


@pytest.mark.slow
def test_a_check_that_fails_without_a_mutant_too_has_seen_nothing(tmp_path: Path) -> None:
    fails = tmp_path / "test_fails.py"
    fails.write_text("def test_fails():\n    assert not 'always'\n")
    fate = Climber(tmp_path).climbed(PACKAGE / "rooms.py", "", [(str(fails),)])
    assert fate.killer == ""
    assert fate.said.startswith("without the mutant too: FAILED")


# --- what is written down ---------------------------------------------------------------------------------------------

CAUGHT = {"a.py f: dropped 1": "tests/shell/test_a.py::test_f", "b.py g: not 1": ""}
ARGUED = {"a.py f: not 1": Argued("x  ->  y", "nobody asks")}


def test_what_is_written_is_read_again_in_the_order_of_the_mutants(tmp_path: Path) -> None:
    caught, argued = tmp_path / "caught.toml", tmp_path / "argued.toml"
    argued.write_text('"a.py f: not 1" = { change = "x  ->  y", because = "nobody asks" }\n')
    Results(CAUGHT | {"gone": ""}, ARGUED).write(reversed(CAUGHT), caught)
    again = Results.read(caught, argued)
    assert (list(again.caught), again.caught, again.argued) == (list(reversed(CAUGHT)), CAUGHT, ARGUED)


def test_the_page_counts_and_names_what_nobody_sees() -> None:
    page = Results(CAUGHT, ARGUED).page()
    assert "| a.py | 2 | 1 | 1 | 0 | 100 % |" in page
    assert "| b.py | 1 | 0 | 0 | 1 | 0 % |" in page
    assert "| all | 3 | 1 | 1 | 1 | 50 % |" in page
    assert "- b.py g: not 1" in page
    assert "nobody asks" in page


def test_the_page_is_what_was_written_down() -> None:
    assert PAGE.read_text(encoding="utf-8") == Results.read().page(), "make it again: make mutation"


def test_who_sees_others_of_the_function_is_asked_first() -> None:
    seen = {"a.py f: not 1": "t::1", "a.py g: not 1": "t::2", "a.py g: not 2": "t::2", "b.py f: not 1": "t::3"}
    assert Results(seen).likely("a.py", "f") == ("t::1", "t::2")
    assert Results(seen).likely("a.py", "h", many=1) == ("t::2",)


# --- which are tried --------------------------------------------------------------------------------------------------


def test_the_share_of_one_function_does_not_hang_on_another() -> None:
    def trial(name: str) -> mutation.Trial:
        return mutation.Trial(PACKAGE / "rooms.py", Mutant(name, 1, "", "", ""))

    many = [trial(f"f: dropped {n}") for n in range(40)]
    share = mutation.share(many, 10, seed=1)
    assert len(share) == 10
    assert set(mutation.share([*many[:20], trial("g: dropped 1"), *many[20:]], 11, seed=1)) >= set(share)
    assert mutation.share(many, 10, seed=2) != share


def test_what_is_argued_holds_for_one_change_of_one_mutant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = PACKAGE / "_core/tables.py"
    there = next(mutants(target.read_text(encoding="utf-8")))
    names = [f"_core/tables.py {there.name}", "_core/tables.py nobody: dropped 1"]
    argued = {name: Argued("x  ->  y", "nobody asks") for name in names}
    monkeypatch.setattr(Results, "read", lambda: Results({}, argued))
    monkeypatch.setattr(mutation, "targets", lambda: [target])
    monkeypatch.setattr(sys, "argv", ["mutation", "--only", names[0]])
    assert mutation.main() == 1
    said = capsys.readouterr().out
    assert all(f"NOT THERE: {name} " in said for name in names)
    argued[names[0]] = Argued(there.change, "nobody asks")
    del argued[names[1]]
    assert mutation.main() == 0
