"""A fitted class that goes to another process is, there, made of the same classes: asked of small ones."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from checkedpool._fast.fitting import Room, Sent, fitted
from tests.behaviour.kinds import METHODS
from tests.shell.lanes import LIMIT


class Tool:
    def does(self) -> list[str]:
        return ["plain"]


class FastTool(Tool):
    def does(self) -> list[str]:
        return ["fast", *super().does()]


class Craftsman:
    makes = ("tool_type",)
    tool_type: type[Tool] = Tool

    def does(self) -> list[str]:
        return self.tool_type().does()


class Traced(Craftsman):
    def does(self) -> list[str]:
        return ["traced", *super().does()]


class Quick(Craftsman, metaclass=Sent):
    def does(self) -> list[str]:
        return ["quick", *super().does()]


class Neat(Craftsman, metaclass=Sent):
    def does(self) -> list[str]:
        return ["neat", *super().does()]


ROOMS = Room("quick", {Craftsman: Quick}), Room("neat", {Craftsman: Neat, Tool: FastTool})
WHOLE = ["traced", "quick", "neat", "fast", "plain"]


def what_it_does(made: type[Craftsman]) -> list[str]:
    return made().does()


def test_a_class_that_has_a_name_is_sent_by_it() -> None:
    assert pickle.loads(pickle.dumps(Quick)) is Quick
    assert pickle.loads(pickle.dumps(fitted(Craftsman, ROOMS[:1]))) is Quick


def test_a_fitted_class_is_sent_as_the_classes_that_it_is_made_of() -> None:
    there: Any = pickle.loads(pickle.dumps(fitted(Traced, ROOMS)))
    assert there.__mro__[1:] == (Traced, Quick, Neat, Craftsman, object)
    assert (there.__name__, there.__module__, there.tool_type) == ("Traced", __name__, FastTool)
    assert there().does() == WHOLE


@pytest.mark.parametrize("method", METHODS)
def test_in_a_worker_of_each_start_method_it_does_what_it_does_here(method: str) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        assert pool.submit(what_it_does, fitted(Traced, ROOMS)).result(LIMIT) == WHOLE


def test_a_fitted_class_that_is_not_sent_cannot_be_pickled() -> None:
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(fitted(Craftsman, (Room("tool", {Tool: FastTool}),)))
