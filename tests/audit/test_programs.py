"""Each clause that the standard executor breaks has a program that shows it by itself.

Decides: which programs those are, and that each shows it with the standard executor and not with ours.
Must not know: the audit.
"""

from pathlib import Path

import pytest

from checkedpool_model.museum.program import LONGEST, Shows, run
from checkedpool_spec.clauses import sentence
from tests.audit.known import STANDARD
from tests.upstream.bugs import given

PROGRAMS = sorted(Path(__file__).with_name("programs").glob("c_*.py"))
OF_OTHERS = sorted(Path(__file__).with_name("programs").glob("pebble_c_*.py"))
PATIENT = 150.0


def clause(program: Path) -> str:
    return program.stem.removeprefix("pebble_").upper().replace("_", "-")


def test_every_clause_that_is_known_to_be_broken_has_its_program() -> None:
    assert [clause(program) for program in PROGRAMS] == sorted(STANDARD)
    assert len(STANDARD) >= 10


@pytest.mark.parametrize("program", [*PROGRAMS, *OF_OTHERS], ids=lambda program: program.stem)
def test_a_program_is_short_and_begins_with_its_clause(program: Path) -> None:
    text = program.read_text()
    assert len(text.splitlines()) <= LONGEST
    assert " ".join(text.split()).startswith(f'"""{clause(program)}: {sentence(clause(program))}')


@pytest.mark.slow
@pytest.mark.one_in(6, "make test-all alone")
@pytest.mark.parametrize("program", PROGRAMS, ids=clause)
def test_the_program_shows_it_by_itself(program: Path) -> None:
    text = program.read_text()
    ours = given(text, "checkedpool")
    assert ours != text
    assert run(text, PATIENT).shows is Shows.BUG
    assert run(ours, PATIENT).shows is Shows.NONE
