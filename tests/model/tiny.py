"""Tiny systems with known answers.

Decides: the systems on which the checker itself is checked. Must not know: the pool; how the checker works.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from checkedpool_model.checker.system import Action, Always, Conjunct, Effect, Fair, OnStep, Seen, System

S = TypeVar("S")


def action(name: str, effect: Effect[None, S], *guard: Conjunct[None, S], over: str = "") -> Action[None, S]:
    """A row of a table."""
    return Action(name, over, guard, effect, Fair.WEAK, Seen.OBSERVABLE, "")


# --- the two jugs: sixteen states, four gallons in six steps ----------------------------------------------------------


class Jugs(NamedTuple):
    """A jug of three gallons and one of five."""

    small: int = 0
    big: int = 0


def _pour_small(_k: None, s: Jugs, _i: int) -> Jugs:
    poured = min(s.small, 5 - s.big)
    return Jugs(s.small - poured, s.big + poured)


def _pour_big(_k: None, s: Jugs, _i: int) -> Jugs:
    poured = min(s.big, 3 - s.small)
    return Jugs(s.small + poured, s.big - poured)


def jugs(*claims: Always[None, Jugs]) -> System[None, Jugs]:
    """Fill, empty and pour, always possible, even where it changes nothing: six transitions from each state."""
    actions = (
        action("FillSmall", lambda _k, s, _i: s._replace(small=3)),
        action("FillBig", lambda _k, s, _i: s._replace(big=5)),
        action("EmptySmall", lambda _k, s, _i: s._replace(small=0)),
        action("EmptyBig", lambda _k, s, _i: s._replace(big=0)),
        action("PourSmall", _pour_small),
        action("PourBig", _pour_big),
    )
    return System("jugs", None, Jugs(), actions, {}, lambda _k, s: s.big == 4, claims)


# --- counters: (top + 1) to the power of their number -----------------------------------------------------------------


class Counters(NamedTuple):
    """Some counters that only go up."""

    at: tuple[int, ...]


TOP = 3


def may_go_up(_k: None, s: Counters, i: int) -> bool:
    return s.at[i] < TOP


def goes_up(_k: None, s: Counters, i: int) -> Counters:
    return Counters((*s.at[:i], s.at[i] + 1, *s.at[i + 1 :]))


def all_are_up(_k: None, s: Counters) -> bool:
    return all(at == TOP for at in s.at)


def in_order(s: Counters) -> Counters:
    """The state that stands for all that differ in which counter is which."""
    return Counters(tuple(sorted(s.at)))


def counters(
    number: int,
    *,
    terminal: Callable[[None, Counters], bool] = all_are_up,
    always: tuple[Always[None, Counters], ...] = (),
    on_step: tuple[OnStep[None, Counters], ...] = (),
    canonical: Callable[[Counters], Counters] | None = None,
) -> System[None, Counters]:
    """Each goes up by one until it is at the top."""
    actions = (action("CounterGoesUp", goes_up, may_go_up, over="counter"),)
    return System(
        "counters", None, Counters((0,) * number), actions, {"counter": number}, terminal, always, on_step,
        canonical=canonical,
    )  # fmt: skip


# --- a busy trap: something happens for ever, and the end is out of reach ---------------------------------------------


class Road(NamedTuple):
    """Where somebody walks."""

    place: str = "crossing"


def is_at(place: str) -> Conjunct[None, Road]:
    """The conjunct: he is there."""

    def holds(_k: None, s: Road, _i: int) -> bool:
        return s.place == place

    return holds


def goes_to(place: str) -> Effect[None, Road]:
    """The effect: he goes there."""

    def effect(_k: None, _s: Road, _i: int) -> Road:
        return Road(place)

    return effect


def roundabout() -> System[None, Road]:
    """From the crossing home, or into a roundabout without an exit."""
    actions = (
        action("WalkerGoesHome", goes_to("home"), is_at("crossing")),
        action("WalkerTurnsOff", goes_to("north"), is_at("crossing")),
        action("WalkerGoesSouth", goes_to("south"), is_at("north")),
        action("WalkerGoesNorth", goes_to("north"), is_at("south")),
    )
    return System("roundabout", None, Road(), actions, {}, lambda _k, s: s.place == "home")
