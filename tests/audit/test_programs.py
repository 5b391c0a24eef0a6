"""Each clause that the standard executor breaks has a program that shows it by itself.

Decides: which programs those are, and that each says the one with the standard executor and the other with ours.
Must not know: the audit.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from checkedpool_spec.clauses import sentence
from tests.audit.known import STANDARD

PROGRAMS = sorted(Path(__file__).with_name("programs").glob("c_*.py"))
SAYS = re.compile(r"The standard executor ends the line with '(.+)', this project's with '(.+)'\.")
THEIRS = re.compile(r"^from concurrent\.futures import ProcessPoolExecutor\b(?:, (.*))?$", re.MULTILINE)
LONGEST = 30
"""Lines of one."""


def clause(program: Path) -> str:
    return program.stem.upper().replace("_", "-")


def with_ours(text: str) -> str:
    """The same program with our executor."""
    rest = "\nfrom concurrent.futures import {}"
    return THEIRS.sub(
        lambda line: "from checkedpool import ProcessPoolExecutor" + (rest.format(line[1]) if line[1] else ""), text
    )


def test_every_clause_that_is_known_to_be_broken_has_its_program() -> None:
    assert [clause(program) for program in PROGRAMS] == sorted(STANDARD)
    assert len(STANDARD) >= 10
    for program in PROGRAMS:
        text = program.read_text()
        assert len(text.splitlines()) <= LONGEST
        assert " ".join(text.split()).startswith(f'"""{clause(program)}: {sentence(clause(program))}')


@pytest.mark.slow
@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("program", PROGRAMS, ids=clause)
def test_the_program_shows_it_by_itself(program: Path, tmp_path: Path) -> None:
    text = program.read_text()
    said = SAYS.search(" ".join(text.split()))
    assert said is not None
    ours = tmp_path / program.name
    ours.write_text(with_ours(text))
    assert ours.read_text() != text
    started = [
        subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for path in (program, ours)
    ]
    seen = [process.communicate(timeout=150)[0].splitlines() for process in started]
    assert [line.endswith(end) for (line,), end in zip(seen, said.groups(), strict=True)] == [True, True], seen
