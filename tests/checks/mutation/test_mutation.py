"""Faults are made by rule, each reaches the processes of a check, and the list of arguments is held against them."""

import ast
import sys
from pathlib import Path

import pytest

from tests.checks.mutation import __main__ as mutation
from tests.checks.mutation.checks import PACKAGE, ROOT, rungs, targets
from tests.checks.mutation.climb import BrokenCheckError, Climber
from tests.checks.mutation.grow import mutants

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
def test_a_mutant_reaches_the_check_and_no_mutant_passes(tmp_path: Path) -> None:
    asks = tmp_path / "test_asks.py"
    asks.write_text(
        "from checkedpool import rooms\n\n\ndef test_asks():\n    assert rooms.PLAIN == 'CHECKEDPOOL_PLAIN'\n"
    )
    target = PACKAGE / "rooms.py"
    broken = target.read_text(encoding="utf-8").replace('PLAIN = "CHECKEDPOOL_PLAIN"', 'PLAIN = "other"')
    fate = Climber().climbed(target, broken, [(str(asks),)])
    assert (fate.killer, fate.said.split()[0]) == (str(asks), "FAILED")
    assert Climber().climbed(target, target.read_text(encoding="utf-8"), [(str(asks),)]).killer == ""


@pytest.mark.slow
def test_a_check_that_fails_without_a_mutant_too_has_seen_nothing(tmp_path: Path) -> None:
    fails = tmp_path / "test_fails.py"
    fails.write_text("def test_fails():\n    assert not 'always'\n")
    with pytest.raises(BrokenCheckError, match="fails where nothing is broken"):
        Climber().climbed(PACKAGE / "rooms.py", "", [(str(fails),)])


def test_a_mutant_that_is_argued_away_and_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argued = tmp_path / "equivalent.toml"
    argued.write_text('"rooms.py nobody: dropped 1" = "it was here once"\n')
    monkeypatch.setattr(mutation, "ARGUED", argued)
    monkeypatch.setattr(mutation, "targets", list)
    monkeypatch.setattr(sys, "argv", ["mutation"])
    assert mutation.main() == 1
    assert "NOT THERE: rooms.py nobody: dropped 1" in capsys.readouterr().out
