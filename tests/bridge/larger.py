"""Explore the larger scopes, family by family, and print the numbers.

``PYTHONPATH=spec:model:impl python -m tests.bridge.larger [SECONDS [WORDS]]`` explores, for so many seconds of the
processor, the families whose title has the words in it.

Decides: which families, how much of them. Must not know: what is claimed.
"""

# ruff: noqa: T201 - a program that prints

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import process_time

from checkedpool.testing import Budget
from tests.bridge import scopes
from tests.bridge.explorer import Report, explore
from tests.bridge.scopes import KILL, MODES, Named

LIMIT = 300_000


def families() -> Iterator[tuple[str, Iterable[Named]]]:
    """What is explored, smallest first."""
    for kind, mode in MODES.items():
        for crashes in (0, 1):
            here = replace(mode, budget=Budget(kills=crashes))
            yield f"1 x 1 x {crashes}, pairs, {kind}", scopes.pairs(here, 1)
            yield f"1 x 1 x {crashes}, two clients, {kind}", scopes.two_clients(here, 1)
            yield f"1 x 1 x {crashes}, two clients and end, {kind}", scopes.two_clients_and_end(here, 1)
            yield f"1 x 2 x {crashes}, singles, {kind}", scopes.singles(here, 2)
            yield f"2 x 1 x {crashes}, singles, {kind}", scopes.singles(replace(here, workers=2), 1)
    yield "oddities", scopes.oddities()
    for kind, mode in MODES.items():
        two = replace(mode, workers=2)
        yield f"2 x 2 x 0, singles, {kind}", scopes.singles(two, 2)
        yield f"2 x 2 x 0, two clients, {kind}", scopes.two_clients(two, 2)
        yield f"2 x 2 x 1, singles, {kind}", scopes.singles(replace(two, budget=KILL), 2)


def run(family: Iterable[Named], until: float) -> Iterator[tuple[str, Report]]:
    """Explore a family as long as there is time."""
    for name, scope in family:
        if process_time() < until:
            yield name, explore(scope, LIMIT)


def main(seconds: float, words: str = "") -> int:
    """Print a line for each family and a story for each failure; the exit status."""
    until = process_time() + seconds
    bad = 0
    for title, family in families():
        if words not in title:
            continue
        scopes_of = list(family)
        reports = list(run(scopes_of, until))
        states, edges = sum(r.states for _, r in reports), sum(r.edges for _, r in reports)
        spent = sum(r.seconds for _, r in reports)
        done = sum(r.finished for _, r in reports)
        print(
            f"{title:50} {done:3}/{len(scopes_of):<3} {states:9,} states {edges:9,} edges "
            f"depth {max((r.depth for _, r in reports), default=0):3} {spent:6.1f} s {states / (spent or 1):6,.0f}/s",
            flush=True,
        )
        for name, report in reports:
            if report.wrong:
                bad += 1
                print(f"  VIOLATED {name}: {report.wrong}, after")
                for number, line in enumerate(report.story, 1):
                    print(f"    {number:3}. {line}")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1e9, " ".join(sys.argv[2:])))
