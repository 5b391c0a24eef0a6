"""The programs of README do what README says.  Decides: what each prints.  Must not know: what the pool does."""

import re
from pathlib import Path

import pytest

from tests.behaviour.kinds import Kind
from tests.behaviour.scripts import Script

README = Path(__file__).parents[2] / "README.md"
PROGRAMS = [
    program
    for program in re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    if "__main__" in program
]
PRINTED = (
    "[1, 1, 4, 27, 256]",
    "checkedpool 119",
    "stopped: True behind it: 1",
    "ended with TimeoutError\ncancelled: True",
    "499500",
    "first device, 1",
    "250000",
    "[('busy', 'time.sleep')]",
    "and its value: 1249999975000000",
    "-6 __main__.crash True\n1024",
)
"""With which the output of each ends, in their order."""


def test_each_program_of_the_readme_has_something_to_say() -> None:
    assert len(PROGRAMS) == len(PRINTED)


@pytest.mark.slow
@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize(
    ("program", "printed"),
    [*zip(PROGRAMS, PRINTED, strict=True)],
    ids=["map", "crash", "stop", "options", "bounds", "workers", "progress", "stats", "stack", "error"],
)
def test_a_program_of_the_readme_prints_what_it_is_to_show(program: str, printed: str, tmp_path: Path) -> None:
    script = Script(tmp_path, Kind.parse("ours-forkserver"), program)  # which executor the program itself says
    try:
        ended = script.run()
        assert ended.code == 0, ended.err
        assert ended.out.strip().endswith(printed)
    finally:
        script.abandon()
