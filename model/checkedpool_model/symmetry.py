"""Lanes are interchangeable: of the states that differ only in which lane is which, one stands for all.

Decides: which one (lanes in ascending order; of two equal ones the one that is pointed at comes last), and what else
must be renumbered with them. Must not know: what the actions do; a test checks that renumbering lanes before an action
or after it comes to the same.
"""

from itertools import pairwise

from checkedpool_model.state import Client, Mark, Message, Note, State

__all__ = ["canonical", "renumbered"]

ABOUT_A_LANE = (Note.LOOK, Note.STARTED, Note.NOT_STARTED)


def canonical(s: State) -> State:
    """The state that stands for this one."""
    lanes = s.lanes
    if len(s.threads) > 1:  # they are interchangeable, and nothing points at one
        s = s._replace(threads=tuple(sorted(s.threads)))
    if all(left < right for left, right in pairwise(lanes)):
        return s
    pointers = (
        *(client.lane for client in s.clients),
        *(message.number if message.note in ABOUT_A_LANE else Mark.NOBODY for message in s.inbox),
    )
    keys = [(lane, *(pointer == number for pointer in pointers)) for number, lane in enumerate(lanes)]
    order = tuple(sorted(range(len(lanes)), key=keys.__getitem__))
    return s if order == tuple(range(len(lanes))) else renumbered(s, order)


def renumbered(s: State, order: tuple[int, ...]) -> State:
    """The state with its lanes in this order: lane ``order[i]`` is now lane i."""
    now = {was: number for number, was in enumerate(order)}
    now.update({mark: mark for mark in Mark})
    return s._replace(
        lanes=tuple(s.lanes[was] for was in order),
        clients=tuple(Client(client.call, client.step, now[client.lane]) for client in s.clients),
        inbox=tuple(
            Message(message.note, now[message.number]) if message.note in ABOUT_A_LANE else message
            for message in s.inbox
        ),
    )
