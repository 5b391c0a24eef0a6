"""A pool with any choice of fast rooms does what the plain one does, and its trace is accepted: each alone, all but it.

Decides: which choices are tried.  What a room itself replaces is compared elsewhere, by the check that its head names.
"""

from __future__ import annotations

import os
from multiprocessing import get_context
from pathlib import Path

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._fast.direct_dispatch import LENT
from checkedpool.rooms import PLAIN, ROOMS
from checkedpool_model.traces.verdict import Verdict, judge
from tests import limits
from tests.behaviour.gates import eventually
from tests.lending import is_lending

LIMIT = limits.HANG
NAMES = sorted({room.name for room in ROOMS})
USED = {
    "none": frozenset[str](),
    **{f"{name} alone": frozenset({name}) for name in NAMES},
    **{f"all but {name}": frozenset(NAMES) - {name} for name in NAMES},
    "all": frozenset(NAMES),
}


def use(*, lends: bool, trace: Path | None = None) -> None:
    """A stream, a cancel, a task that comes while the manager sleeps."""
    reader, writer = os.pipe()
    with ProcessPoolExecutor(2, get_context("fork"), trace=trace) as pool:
        assert list(pool.map(abs, range(-200, 0))) == list(range(200, 0, -1))
        busy = [pool.submit(os.read, reader, 1) for _ in range(2)]
        waiting = pool.submit(abs, -1)
        assert waiting.cancel()
        os.write(writer, b"!!")
        assert [future.result(LIMIT) for future in busy] == [b"!", b"!"]
        assert pool.submit(abs, -2).result(LIMIT) == 2  # a worker reads what was revoked: else none may be lent
        if lends:
            eventually(lambda: is_lending(pool), "a worker is lent")
        assert pool.submit(abs, -3).result(LIMIT) == 3
    for end in reader, writer:
        os.close(end)


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("names", USED.values(), ids=USED)
def test_a_pool_with_these_rooms_does_what_it_is_to_do_and_its_trace_is_accepted(
    names: frozenset[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(PLAIN, ",".join(set(NAMES) - names))
    lends = LENT and "dispatch" in names
    use(lends=lends)
    use(lends=lends, trace=tmp_path / "trace")
    report = judge(tmp_path / "trace", draw=False)
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())
    assert lends or '"e":"issue"' not in (tmp_path / "trace" / "parent.jsonl").read_text()
