"""Who is measured when, with measurements that cost nothing."""

from collections.abc import Callable

from tests.bench.results import Ending, Measurement
from tests.bench.rounds import line, rotated
from tests.bench.rows import ROWS, Row

GOOD = Measurement(Ending.MEASURED, 1.0)


def asked(row: str, peers: list[str], rounds: int, answer: Callable[[str], Measurement] = lambda _: GOOD) -> list[str]:
    """Which peers were measured, in which order."""
    order: list[str] = []

    def measure(_: Row, peer: str) -> Measurement:
        order.append(peer)
        return answer(peer)

    line(ROWS[row], peers, rounds, measure, lambda *_: None)
    return order


def test_each_round_measures_every_peer_and_begins_with_another_one() -> None:
    assert asked("tiny-1", ["standard", "loky", "mpire"], 3) == [
        *("standard", "loky", "mpire"),
        *("loky", "mpire", "standard"),
        *("mpire", "standard", "loky"),
    ]
    assert rotated([], 3) == []


def test_a_peer_that_hung_is_not_asked_again_on_that_row() -> None:
    hung = Measurement(Ending.HUNG)
    order = asked("tiny-1", ["standard", "loky"], 3, lambda peer: hung if peer == "loky" else GOOD)
    assert order.count("loky") == 1
    assert order.count("standard") == 3


def test_a_failure_is_tried_again_but_stays_a_failure() -> None:
    answers = iter([GOOD, Measurement(Ending.FAILED, reason="no luck"), GOOD])
    seen = line(ROWS["tiny-1"], ["loky"], 3, lambda *_: next(answers), lambda *_: None).cells["loky"]
    assert (seen.ending, seen.reason, seen.cost) == (Ending.FAILED, "no luck", None)


def test_what_a_peer_cannot_do_is_not_tried() -> None:
    assert asked("death", ["threads", "standard"], 1) == ["standard"]
