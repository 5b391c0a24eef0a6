"""What may have come of the moments of a history by the next event: all internal steps, and all steps of calls.

Decides: which questions are asked once.  Must not know: which steps there are (``internal_steps``, ``calls``), what an
event keeps.

Thousands of moments differ in little, and a step reads little of one: an internal step the contract machine's state and
what has begun, a call's step that state and the call's own place.  So each is asked once of all moments that are alike
in what it reads: of a call for ever, of the pool as long as the facts are the same.  States of the contract machine are
known by number here: to hash one takes longer than a step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from checkedpool.testing.audit.judge import calls, internal_steps
from checkedpool.testing.audit.judge.facts import Facts
from checkedpool.testing.audit.judge.possible_states import FINAL, Moment
from checkedpool_spec.contract import Contract

__all__ = ["Closing"]

Tasks = frozenset[int]
Due = frozenset[tuple[int, int]]
At = tuple[tuple[int, str], ...]
Numbered = tuple[int, At, Tasks, Due]
"""A moment, with the number of its contract's state."""


class Closing:
    """Closes sets of moments of one history, and remembers what it was told."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._contracts: list[Contract] = []
        self._numbers: dict[Contract, int] = {}
        self._inner: dict[tuple[int, Tasks], tuple[tuple[int, Tasks], ...]] = {}
        self._calls: dict[tuple[int, tuple[int, str]], tuple[tuple[int, At, Due], ...]] = {}

    def forget(self) -> None:
        """The facts are others: what the pool may do has to be asked again."""
        self._inner.clear()

    def closed(
        self, moments: Collection[Moment], most: int, only: Collection[int] | None = None
    ) -> frozenset[Moment] | None:
        """These moments and all that may have come of them; None: more than ``most``.

        ``only``: the calls that have begun since they were closed, if nothing else has happened.
        """
        given = [(self._number(moment.contract), moment.at, moment.begun, moment.due) for moment in moments]
        seen, new = set(given), given if only is None else []
        if only is not None:
            for moment in given:
                for further in self._steps_of_calls(moment, only):
                    if further not in seen:
                        seen.add(further)
                        new.append(further)
        while new:
            for further in self._after(new.pop()):
                if further not in seen:
                    seen.add(further)
                    new.append(further)
            if len(seen) > most:
                return None
        found = seen.difference(given)
        return frozenset(moments).union(
            [Moment(self._contracts[number], at, begun, due) for number, at, begun, due in found]
        )

    def _number(self, contract: Contract) -> int:
        """Of this state of the contract machine; a new one if it was not met before."""
        number = self._numbers.setdefault(contract, len(self._contracts))
        if number == len(self._contracts):
            self._contracts.append(contract)
        return number

    def _after(self, moment: Numbered) -> Iterator[Numbered]:
        """What may have come of the moment by one step."""
        number, at, begun, due = moment
        question = number, begun
        inner = self._inner.get(question)
        if inner is None:
            inner = self._inner[question] = self._inner_steps(number, begun)
        for then, has_begun in inner:
            yield then, at, has_begun, due
        yield from self._steps_of_calls(moment)

    def _steps_of_calls(self, moment: Numbered, only: Collection[int] | None = None) -> Iterator[Numbered]:
        """By one step of a call that is under way, or of one of these."""
        number, at, begun, due = moment
        for n, call in enumerate(at):
            if only is not None and call[0] not in only:
                continue
            question = number, call
            steps = self._calls.get(question)
            if steps is None:
                steps = self._calls[question] = self._steps_of(number, call)
            for then, moved, more in steps:
                yield then, (*at[:n], *moved, *at[n + 1 :]), begun, due | more if more else due

    def _inner_steps(self, number: int, begun: Tasks) -> tuple[tuple[int, Tasks], ...]:
        moment = Moment(self._contracts[number], begun=begun)
        return tuple([(self._number(one.contract), one.begun) for one in internal_steps.after(self._facts, moment)])

    def _steps_of(self, number: int, call: tuple[int, str]) -> tuple[tuple[int, At, Due], ...]:
        """Of a call that is at this place."""
        if call[1].startswith(FINAL):
            return ()
        moment = Moment(self._contracts[number], (call,))
        forward = calls.forward(self._facts, moment, call[0])
        return tuple([(self._number(one.contract), one.at, one.due) for one in forward])
