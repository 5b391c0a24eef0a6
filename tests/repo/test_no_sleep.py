"""The pool waits for what happens, never for time to pass. Decides: which code is looked at, what counts as a sleep."""

import ast
from collections.abc import Iterator

import pytest

from tests.repo.tree import relative, sources

POOL = [f"impl/checkedpool/{part}" for part in ("_core", "_os", "_payload", "_worker", "_pool", "_fast", "_trace")]
GIVEN_UP = {"0"}
"""As what a turn is given up where the system has no call for it."""


def sleeps(source: str) -> Iterator[int]:
    """The lines in which something sleeps, or is prepared to, for longer than no time."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            named = [getattr(part, "attr", getattr(part, "id", "")) for part in (node.func, *node.args)]
            if "sleep" in named and not {ast.unparse(argument) for argument in node.args} & GIVEN_UP:
                yield node.lineno


def test_nothing_of_the_pool_sleeps() -> None:
    for folder in POOL:
        for path in sources(folder):
            assert not [*sleeps(path.read_text())], relative(path)


@pytest.mark.parametrize("line", ["time.sleep(0.1)", "sleep(PAUSE)", "partial(time.sleep, 5e-5)()"])
def test_a_sleep_is_found(line: str) -> None:
    assert [*sleeps(f"import time\n{line}")] == [2]
