"""A run of the whole suite: three tests at a time, and of the dear start methods a share in which no clause is missing.

Decides: which runs are of the whole (those that name no file and no words), which tests are in the share, and which
are begun first. A run that names something asks all of it, one test after the other.
Must not know: what a test does, beyond the clauses that it says to ask.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import TypeAlias

import pytest

from tests.behaviour.kinds import Kind

CLAUSE = re.compile(r"\bC-\d+")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")
HowMany: TypeAlias = Callable[[int, int], int]
"""Of so many cases of a whole run so many of a share."""
DEAR = ("spawn", "forkserver")
"""Start methods, the dearest first: each worker is an interpreter of its own, or each pool waits for a server."""
AT_A_TIME = 3
"""One more than cores: tests wait for processes and for limits, and meanwhile another goes on."""
SHARED = "asked: of spawn and forkserver a share in which no clause is missing; `make test-all` asks everything"


@dataclass(frozen=True, slots=True)
class Asked:
    """One test: its function, its start method or "", the clauses that it asks, and how many cases like it are one.

    What is left to the rest is in no share.
    """

    function: str
    method: str = ""
    clauses: frozenset[str] = frozenset()
    every: int = 1
    left: bool = False

    @property
    def asks(self) -> set[tuple[str, str]]:
        """Each of its clauses, under its method."""
        return {(self.method, clause) for clause in self.clauses}

    @classmethod
    def by(cls, item: pytest.Item) -> Asked:
        """What this test says of itself: clauses in its docstring, or in that of its file."""
        callspec = getattr(item, "callspec", None)
        kind = callspec.params.get("kind") if callspec is not None else None
        clauses = _clauses(getattr(item, "function", None)) or _clauses(getattr(item, "module", None))
        marker = item.get_closest_marker("one_in")
        return cls(
            function=item.nodeid.partition("[")[0],
            method=kind.method if isinstance(kind, Kind) else "",
            clauses=clauses,
            every=marker.args[0] if marker is not None else 1,
            left=item.get_closest_marker("left_to") is not None,
        )


def _clauses(documented: object) -> frozenset[str]:
    return frozenset(CLAUSE.findall(getattr(documented, "__doc__", None) or ""))


# ------------------------------------------------------------------------------------------------ the share


def share(tests: Iterable[Asked]) -> Iterator[bool]:
    """For each test in its turn whether it is in the share.

    Under a dear method those are the first of a function that has no cheaper one, and a few by which each clause that
    is asked under this method is. Of the others all are, but for a function that says that one case in so many is
    enough, or that it is left to the rest.
    """
    asked = list(tests)
    cheapest: dict[str, str] = {}
    for test in asked:
        cheapest[test.function] = min(test.method, cheapest.get(test.function, test.method), key=_dearness)
    cases: Counter[tuple[str, str]] = Counter()
    kept = []
    for test in asked:
        before = cases[test.function, test.method]
        first = before == 0 and test.method == cheapest[test.function]
        in_its_turn = first if test.method in DEAR else before % test.every == 0
        kept.append(in_its_turn and not test.left)
        cases[test.function, test.method] += 1
    for number in _few_that_ask_the_rest(asked, kept):
        kept[number] = True
    yield from kept


def _dearness(method: str) -> int:
    return len(DEAR) - DEAR.index(method) if method in DEAR else 0


def asked_by(tests: Iterable[Asked]) -> set[tuple[str, str]]:
    """Which clauses are asked, each under its method."""
    return set[tuple[str, str]]().union(*(test.asks for test in tests))


def _few_that_ask_the_rest(tests: list[Asked], kept: list[bool]) -> Iterator[int]:
    """Of the dear ones that are not kept: each time one that asks most of what is not asked yet, the first of them."""
    dear = {number: test.asks for number, test in enumerate(tests) if test.method in DEAR}
    new = asked_by(compress(tests, kept))
    while dear := {number: rest for number, asks in dear.items() if (rest := asks - new)}:
        most = max(dear, key=lambda number: len(dear[number]))
        new = dear[most]
        yield most


# ------------------------------------------------------------------------------------------------ the run


def add_options(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="a run of the whole leaves no test out; it is `make test-all`")
    parser.addoption("--rest", action="store_true", help="what the share leaves out, or asks with fewer cases")


def is_whole(config: pytest.Config) -> bool:
    """True unless the command line names what it wants."""
    named = [config.getoption(name, None) for name in ("keyword", "markexpr", "lf", "stepwise")]
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(named)


def is_shared(config: pytest.Config) -> bool:
    return is_whole(config) and not config.getoption("--all") and not config.getoption("--rest")


def so_many(config: pytest.Config, whole: int, share: int) -> int:
    """How many cases a test makes that makes its cases by itself: fewer where a share is asked."""
    return share if is_shared(config) else whole


def is_beside_another(config: pytest.Config) -> bool:
    """True in a process that was started to run some of the tests."""
    return hasattr(config, "workerinput")


def run_some_at_a_time(config: pytest.Config) -> None:
    """Where the plug-in for it is installed, unless the command line says how many, or wants to look into one."""
    if not hasattr(config.option, "numprocesses") or is_beside_another(config):
        return
    if config.option.numprocesses is None and is_whole(config) and not config.getoption("usepdb"):
        config.option.numprocesses = AT_A_TIME
    if config.option.numprocesses and config.option.dist == "no":
        config.option.dist = "worksteal"  # who has nothing left takes from the end of what the other has


def refuse_addresses(items: list[pytest.Item]) -> None:
    """A test has the same name in every process that runs some of them: it must not say where something lies."""
    if found := [item.nodeid for item in items if ADDRESS.search(item.nodeid)]:
        raise pytest.UsageError(f"the name of a test has an address in it, give its cases ids of their own: {found[0]}")


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take what is not in the share out of `items`; who is long comes first, so that nobody waits for it at the end."""
    if is_whole(config) and not config.getoption("--all"):
        asked = list(map(Asked.by, items))
        kept = list(share(asked))
        if missing := asked_by(asked) - asked_by(compress(asked, kept)):
            raise pytest.UsageError(f"nothing in the share asks these clauses under their methods: {sorted(missing)}")
        if config.getoption("--rest"):
            kept = [not keep or _asks_fewer(item) for item, keep in zip(items, kept, strict=True)]
        config.hook.pytest_deselected(items=[item for item, keep in zip(items, kept, strict=True) if not keep])
        items[:] = [item for item, keep in zip(items, kept, strict=True) if keep]
    if is_whole(config):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _asks_fewer(item: pytest.Item) -> bool:
    """True of a test that makes its cases by itself."""
    return so_many.__name__ in getattr(item, "fixturenames", ())
