"""Membership of a recorded run: a lamp, a switch, and a fuse that nobody sees blow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from checkedpool_model.checker.membership import Found, Occurrence, Outcome, follow
from checkedpool_model.checker.system import Action, Fair, Seen, System


class Lamp(NamedTuple):
    on: bool = False
    blown: bool = False
    turned: tuple[int, ...] = ()


def is_off(_k: None, s: Lamp, _i: int) -> bool:
    return not s.on


def is_on(_k: None, s: Lamp, _i: int) -> bool:
    return s.on


def fuse_is_whole(_k: None, s: Lamp, _i: int) -> bool:
    return not s.blown


def turns(_k: None, s: Lamp, i: int) -> Lamp:
    return s._replace(on=not s.on, turned=(*s.turned, i))


def blows(_k: None, s: Lamp, _i: int) -> Lamp:
    return s._replace(on=False, blown=True)


def action(name: str, *guard: object, does: object, over: str = "hand") -> Action[None, Lamp]:
    return Action(name, over, guard, does, Fair.NONE, Seen.OBSERVABLE, "")  # type: ignore[arg-type]


ON = action("TurnsOn", is_off, fuse_is_whole, does=turns)
OFF = action("TurnsOff", is_on, does=turns)
BLOWS = action("FuseBlows", is_on, does=blows, over="")
LAMP = System("lamp", None, Lamp(), (ON, OFF, BLOWS), {"hand": 9}, lambda _k, _s: True)


def event(  # noqa: PLR0913 - the fields of an occurrence
    what: Action[None, Lamp],
    begins: int,
    ends: int,
    hand: int = 0,
    after: Sequence[int] = (),
    *,
    optional: bool = False,
) -> Occurrence[None, Lamp]:
    return Occurrence(what.name, "", begins, ends, lambda _: [((what, hand),)], tuple(after), optional)


def followed(*events: Occurrence[None, Lamp], limit: int = 100, every_order: bool = False) -> Found[Lamp]:
    return follow(LAMP, events, limit=limit, ends_well=lambda _: not every_order)


def test_what_happened_one_after_the_other_has_one_order() -> None:
    found = followed(event(ON, 0, 1), event(OFF, 2, 3))
    assert found.outcome is Outcome.FOLLOWED
    assert [move.action for move in found.moves] == ["TurnsOn", "TurnsOff"]


def test_what_happened_in_the_wrong_order_diverges_there() -> None:
    found = followed(event(OFF, 0, 1), event(ON, 2, 3))
    assert (found.outcome, found.at) == (Outcome.DIVERGED, 0)
    assert found.never is not None
    assert found.never.false == ("is_on",)


def test_what_overlaps_may_have_come_in_any_order() -> None:
    assert followed(event(OFF, 0, 9), event(ON, 1, 8)).outcome is Outcome.FOLLOWED


def test_all_orders_are_kept_as_long_as_they_are_possible() -> None:
    events = event(ON, 0, 9, 1), event(OFF, 0, 9, 2), event(ON, 0, 9, 3), event(OFF, 0, 9, 4)
    assert len(followed(*events).states) < 4  # one run is enough to accept
    found = followed(*events, every_order=True)
    assert found.outcome is Outcome.FOLLOWED
    assert {state.turned for state in found.states} == {(1, 2, 3, 4), (1, 4, 3, 2), (3, 2, 1, 4), (3, 4, 1, 2)}


def test_what_is_said_to_come_after_does_not_come_before() -> None:
    on_first = event(ON, 0, 9, 1, after=[1]), event(OFF, 0, 9, 2)
    assert followed(*on_first).outcome is Outcome.DIVERGED


def test_an_optional_occurrence_may_have_happened_or_not() -> None:
    fuse = event(BLOWS, 2, 9, optional=True)
    assert followed(event(ON, 0, 1), fuse, event(OFF, 10, 11)).outcome is Outcome.FOLLOWED
    states = followed(event(ON, 0, 1), fuse, every_order=True).states
    assert {state.blown for state in states} == {False, True}


def test_an_optional_occurrence_need_not_come_before_what_comes_after_it() -> None:
    fuse = event(BLOWS, 2, 9, after=[0], optional=True)
    assert followed(event(ON, 0, 1), fuse, event(OFF, 3, 4, after=[1])).outcome is Outcome.FOLLOWED


def test_the_nearest_reason_is_given() -> None:
    found = followed(event(ON, 0, 1), event(BLOWS, 2, 3), event(ON, 4, 5))
    assert (found.outcome, found.at) == (Outcome.DIVERGED, 2)
    assert found.never is not None
    assert (found.never.step, found.never.false) == ("TurnsOn hand 0", ("fuse_is_whole",))


def test_what_does_not_agree_did_not_happen() -> None:
    dark = Occurrence("On", "", 0, 1, lambda _: [((ON, 0),)], (), optional=False, agrees=lambda _b, _a: "it is dark")
    found = followed(dark)
    assert found.outcome is Outcome.DIVERGED
    assert found.never is not None
    assert found.never.false == ("it is dark",)


def test_more_states_than_the_limit_are_no_verdict() -> None:
    many = [event(ON if hand % 2 else OFF, 0, 9, hand) for hand in range(8)]
    assert followed(*many, limit=3, every_order=True).outcome is Outcome.NOT_FINISHED


def test_what_the_lazy_pass_overlooks_the_other_one_finds() -> None:
    """The first hand could turn it on for the second; lazily it is the third, and the second finds it off."""
    third_then_first = event(ON, 0, 5, 1), event(OFF, 0, 20, 2), event(ON, 6, 8, 3), event(OFF, 9, 10, 4)
    assert followed(*third_then_first).outcome is Outcome.FOLLOWED


def test_memory_is_that_of_what_is_open_and_not_of_the_whole_record() -> None:
    long = [event(OFF if at % 2 else ON, 2 * at, 2 * at + 1) for at in range(50)]
    found = followed(*long)
    assert found.outcome is Outcome.FOLLOWED
    assert found.widest == 1
