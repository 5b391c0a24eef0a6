"""What a machine raises when it is told what its state does not allow.  Decides nothing."""

from __future__ import annotations


class IllegalStep(Exception):  # noqa: N818 - the name that the design gives it
    """A machine was told something that cannot happen in its state: a bug of the pool, never of the user."""

    def __init__(self, actor: str, state: object, event: object, story: str) -> None:
        super().__init__(f"{actor} in state {state} was told {event}: {story}")
        self.actor, self.state, self.event, self.story = actor, state, event, story
