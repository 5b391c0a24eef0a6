"""Which classes a pool is made of, asked of small ones.  Must not know: any room of the pool."""

from __future__ import annotations

import pytest

from checkedpool._fast.fitting import Room, fitted, without


class Wheel:
    def turns(self) -> str:
        return "plainly"


class FastWheel(Wheel):
    def turns(self) -> str:
        return "fast"


class Cart:
    makes = ("wheel_type",)
    wheel_type: type[Wheel] = Wheel

    def goes(self) -> str:
        return f"it turns {self.wheel_type().turns()}"

    def stops(self) -> str:
        return "soon"


class FastCart(Cart):
    def stops(self) -> str:
        return "at once"


class TracedCart(Cart):
    def goes(self) -> str:
        return f"written down: {super().goes()}"

    def stops(self) -> str:
        return f"written down: {super().stops()}"


WHEELS, BRAKES = Room("wheels", {Wheel: FastWheel}), Room("brakes", {Cart: FastCart})


def test_without_a_room_a_class_is_itself() -> None:
    assert fitted(Cart, ()) is Cart
    assert fitted(Wheel, (BRAKES,)) is Wheel


def test_a_room_replaces_its_class_and_nothing_else() -> None:
    assert fitted(Cart, (BRAKES,)) is FastCart
    assert fitted(Cart, (BRAKES,))().goes() == "it turns plainly"


def test_what_a_class_makes_is_fitted_too() -> None:
    assert fitted(Cart, (WHEELS,))().goes() == "it turns fast"
    assert fitted(Cart, (WHEELS, BRAKES))().stops() == "at once"
    assert Cart().goes() == "it turns plainly"


def test_a_layer_over_the_plain_class_is_one_over_the_fast_class_too() -> None:
    cart = fitted(TracedCart, (WHEELS, BRAKES))()
    assert cart.goes() == "written down: it turns fast"
    assert cart.stops() == "written down: at once"


def test_what_a_class_makes_is_annotated_and_has_a_value() -> None:
    class Sledge(Cart):
        runner_type: type[Wheel]
        bell_type = Wheel

    with pytest.raises(TypeError, match=r"Sledge.runner_type is annotated, and has no value"):
        fitted(Sledge, (WHEELS,))
    Sledge.runner_type = Wheel
    made = fitted(Sledge, (WHEELS,))
    assert (made.wheel_type, made.runner_type, made.bell_type) == (FastWheel, FastWheel, Wheel)


def test_what_the_same_rooms_have_made_is_made_once() -> None:
    known: dict[type, type] = {}
    assert fitted(Cart, (WHEELS,), known) is fitted(Cart, (WHEELS,), known)


@pytest.mark.parametrize(
    ("asked", "used"),
    [("", (WHEELS, BRAKES)), ("1", ()), ("wheels", (BRAKES,)), (" brakes , wheels", ()), ("brakes,", (WHEELS,))],
)
def test_the_rooms_to_do_without_are_named(asked: str, used: tuple[Room, ...]) -> None:
    assert without((WHEELS, BRAKES), asked) == used


def test_a_room_that_there_is_not_is_an_error_that_names_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="no fast room horse to do without; there are brakes, wheels, and 1 for all"):
        without((WHEELS, BRAKES), "wheels,horse")
