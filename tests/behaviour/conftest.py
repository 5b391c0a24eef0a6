"""What the tests of the pool get: pools of the kind at hand, gates, journals, scripts; and that nothing is left.

Decides: how tests are multiplied by kinds, and the order in which a test's things are torn down: first every gate is
opened, then every pool is shut down, then everything is counted.
Must not know: any single behaviour.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tests import leaks
from tests.behaviour.gates import Aside, Gate, Journal
from tests.behaviour.kinds import Kind
from tests.behaviour.marks import kinds_for
from tests.behaviour.scripts import Script

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        kinds = kinds_for(metafunc.definition, str(metafunc.config.getoption("--implementation")))
        metafunc.parametrize("kind", [pytest.param(kind, id=str(kind)) for kind in kinds], scope="function")


@pytest.fixture(autouse=True)
def _nothing_is_left(counted_process: None, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail the test that leaves a process, a thread, a descriptor or a file behind."""
    before = leaks.take()
    yield
    for record in caplog.get_records("call"):
        record.exc_info = None  # the frames in it refer to what ought to be gone
    left = leaks.left_behind(before)
    if left:
        leaks.end_processes(before)
        pytest.fail("left behind:\n  " + "\n  ".join(left), pytrace=False)


# ------------------------------------------------------------------------------------------------ one test


class Pools:
    """Makes executors of the kind at hand and shuts down those that the test did not."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._made: list[ProcessPoolExecutor] = []

    def make(self, max_workers: int | None = 1, **options: Any) -> ProcessPoolExecutor:
        pool = self.kind.make(max_workers, **options)
        self._made.append(pool)
        return pool

    def forget(self) -> None:
        """Keep no reference: the test is about an executor that is collected."""
        self._made.clear()

    def end(self) -> None:
        while self._made:
            pool = self._made.pop()
            try:
                Aside(pool.shutdown, wait=True, cancel_futures=True).result()
            except TimeoutError:
                pytest.fail("the pool does not end: shutdown(wait=True, cancel_futures=True) hangs", pytrace=False)


class Gates:
    """Makes gates and opens all of them at the end."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made: list[Gate] = []

    def make(self) -> Gate:
        self._made.append(Gate(self._directory, f"gate{len(self._made)}"))
        return self._made[-1]

    def open_all(self) -> None:
        for gate in self._made:
            gate.open_wide()

    def close(self) -> None:
        for gate in self._made:
            gate.close()


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[Gates]:
    made = Gates(tmp_path)
    yield made
    made.close()


@pytest.fixture
def gate(gates: Gates) -> Gate:
    return gates.make()


@pytest.fixture
def pools(kind: Kind, gates: Gates) -> Iterator[Pools]:
    made = Pools(kind)
    yield made
    gates.open_all()
    made.end()


@pytest.fixture
def pool(pools: Pools) -> ProcessPoolExecutor:
    """An executor with one worker."""
    return pools.make()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "journal"))


MakeScript: TypeAlias = Callable[[str], Script]


@pytest.fixture
def script(kind: Kind, tmp_path: Path) -> Iterator[MakeScript]:
    """Makes programs of their own: for what happens to a whole interpreter."""
    made: list[Script] = []

    def make(source: str) -> Script:
        made.append(Script(tmp_path, kind, source))
        return made[-1]

    yield make
    for program in made:
        sys.stderr.write(program.abandon())
