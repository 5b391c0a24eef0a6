"""Who waits for whom in the museum's deadlocks. Must not know: how it is drawn."""

import pytest

from checkedpool_model.explorer.subjects import of_exhibit
from checkedpool_model.museum import exhibit_named
from tests.explorer.reading import Back, read_back


@pytest.mark.parametrize(
    ("name", "circle"),
    [
        ("full-pipe", {"client", "manager"}),
        ("lock-order", {"feeder", "manager"}),
        ("fork-hooks", {"starter", "user"}),
        ("stale-token", {"worker", "manager"}),
        ("dead-reader", {"worker 0", "worker 1"}),
    ],
)
def test_a_deadlock_of_the_museum_is_a_circle_of_those_who_wait(name: str, circle: set[str]) -> None:
    back = read_back(of_exhibit(exhibit_named(name)).graphs[0])
    assert [{who(back, move) for move in told["cycle"]} for told in back.head["waits"].values()] == [circle]


def who(back: Back, move: int) -> str:
    return str(back.head["moves"][move][2])


def test_each_waits_for_the_one_conjunct_that_the_other_can_make_true() -> None:
    back = read_back(of_exhibit(exhibit_named("full-pipe")).graphs[0])
    (told,) = back.head["waits"].values()
    names = back.head["conjuncts"]
    assert [(who(back, move), who(back, whom), names[conjunct]["name"]) for move, conjunct, whom in told["waits"]] == [
        ("client", "manager", "pipe has room"),
        ("manager", "client", "lock is free"),
    ]


def test_where_one_waits_for_the_dead_there_is_no_circle() -> None:
    back = read_back(of_exhibit(exhibit_named("cancelled-not-told")).graphs[0])
    (told,) = back.head["waits"].values()
    assert told["cycle"] == []
    assert [(who(back, move), who(back, whom)) for move, _, whom in told["waits"]] == [("waiter", "manager")]


def test_the_cured_designs_have_no_deadlock() -> None:
    back = read_back(of_exhibit(exhibit_named("full-pipe")).graphs[1])
    assert back.head["waits"] == {}
