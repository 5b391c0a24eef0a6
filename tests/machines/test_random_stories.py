"""Chance tells the story: whatever can happen to a pool, in any order, the machine's rules hold and the story ends.

Decides: how often what happens. Must not know: what it means (`story`), or what must hold (`rules`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from checkedpool._core import worker_record
from tests.machines.story import Beginning, Meanwhile, Story

Happening: TypeAlias = tuple[Callable[[Story, int], None], int, Meanwhile]

WEIGHTS = {
    Story.submit: 6, Story.submit_to_a_lent_worker: 4,
    Story.submit_many: 1, Story.submit_unpickled: 1, Story.submit_by_priority: 1,
    Story.a_submitter_goes_on: 2, Story.cancel: 4, Story.stop: 2, Story.stop_in_vain: 1,
    Story.one_is_submitted_and_cancelled: 1, Story.a_canceller_takes_a_lock: 3, Story.it_reads_the_tickets_back: 3,
    Story.a_look_takes_a_lock: 1,
    Story.request: 1, Story.a_worker_moves: 6, Story.all_workers_move: 3, Story.a_worker_dies: 1,
    Story.an_initializer_fails: 1, Story.signals_strike: 1, Story.a_start_returns: 4, Story.a_job_is_done: 2,
    Story.time_passes: 2,
}  # fmt: skip
numbers = st.integers(0, 1_000)
moments = st.sampled_from([None, (), ()]) | st.lists(numbers, max_size=6).map(tuple)
happenings = st.tuples(
    st.sampled_from([what for what, weight in WEIGHTS.items() for _ in range(weight)]), numbers, moments
)
beginnings = st.builds(
    Beginning, workers=st.integers(1, 3), forked=st.booleans(), replace=st.booleans(),
    window=st.sampled_from([1, 2, 5, 64]), limit=st.sampled_from([None, None, None, 1, 3]),
    capacity=st.sampled_from([1, 2, 5, 1_000]), patience=st.sampled_from([0.05, 1_000.0]), resists=st.integers(0, 6),
    booted=st.sampled_from([True, True, False]), slow=st.booleans(), stolen=st.booleans(),
)  # fmt: skip


@pytest.fixture(params=[12, worker_record.LAST_SEQ], ids=["few_numbers", "all_numbers"])
def _frame_numbers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With few numbers for frames a short story laps them."""
    monkeypatch.setattr(worker_record, "LAST_SEQ", request.param)
    monkeypatch.setattr(worker_record, "UNREAD", request.param * 4 // 5)


@pytest.mark.slow
@pytest.mark.usefixtures("_frame_numbers")
@given(beginning=beginnings, happened=st.lists(happenings, min_size=25, max_size=60))
@pytest.mark.timeout(240)  # pure computing, on machines of any speed
@settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_whatever_happens_the_rules_hold_and_the_story_ends(beginning: Beginning, happened: list[Happening]) -> None:
    story = Story(beginning)
    for what, number, meanwhile in happened:
        what(story, number)
        story.look(meanwhile)
    story.end()
