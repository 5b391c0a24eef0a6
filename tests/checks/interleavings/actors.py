"""Actors with a stack of their own, of which one runs at a time: from one access to what is shared to the next.

An access is announced before it is made (``touch``), and there somebody else may be chosen to go on; unless, as the
GIL has it, nobody could have come in since the last one (``gil``).  Accesses between which nobody can come are a step.

Decides: when a step is over, when nobody can act.  Must not know: who is chosen, what is accessed.
"""

from __future__ import annotations

import threading
from _thread import allocate_lock
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tests.checks.interleavings.gil import SINCE
from tests.checks.interleavings.search import Chooser

greenlet: Any = import_module("greenlet") if find_spec("greenlet") else None
Ready = Callable[[], bool]
Sets = tuple[int, int]
"""What is read, and what is written, as bits."""
EVERYTHING = -1
"""All bits."""
MOST = 3000
"""Steps of one schedule; more are a circle."""


class Abandoned(BaseException):
    """Nobody will wake this actor any more."""


class TooLong(RuntimeError):  # noqa: N818 - what it is
    """A schedule without end."""


class Actor:
    """Somebody who acts."""

    def __init__(self, name: str, body: Callable[[], object]) -> None:
        self.name, self.body = name, body
        self.ready: Ready | None = None
        self.until: float | None = None
        """When he goes on all the same."""
        self.reads = self.writes = 0
        self.what = "begins"
        self.over = self.killed = False
        self.result: object = None
        self.end = 0
        """Its bit: whoever waits for his end reads it."""
        self.player: Player


class Player:
    """Plays one actor after the other, as soon as somebody passes to it.  The one without a caller calls the stage."""

    def __init__(self, plays: Callable[[Actor], None], caller: Any = None) -> None:
        self._plays, self._caller = plays, caller
        self.actor: Actor | None = None

    def _play(self) -> None:
        while self.actor is not None:
            self._plays(self.actor)

    def pass_to(self, other: Any) -> None:
        """That one goes on, and this one waits until somebody passes to it."""
        raise NotImplementedError


class Coroutine(Player):
    """In a greenlet: to pass takes a microsecond."""

    def __init__(self, plays: Callable[[Actor], None], caller: Any = None) -> None:
        super().__init__(plays, caller)
        self._greenlet = greenlet.greenlet(self._play, caller._greenlet) if caller else greenlet.getcurrent()

    def pass_to(self, other: Any) -> None:
        """See ``Player``."""
        other._greenlet.switch()


class Thread(Player):
    """In a thread, where there are no greenlets."""

    def __init__(self, plays: Callable[[Actor], None], caller: Any = None) -> None:
        super().__init__(plays, caller)
        self._baton = allocate_lock()
        self._baton.acquire()
        if caller:
            threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        self._baton.acquire()
        self._play()
        self._caller._baton.release()

    def pass_to(self, other: Any) -> None:
        """See ``Player``."""
        other._baton.release()
        self._baton.acquire()


PLAYER: Any = Coroutine if greenlet else Thread


class Stage:
    """Where schedules are played, one after the other."""

    def __init__(self) -> None:
        self._caller: Player = PLAYER(self.act)
        self._players: list[Player] = []
        self.actors: list[Actor] = []
        self.current: Actor | None = None
        self.chooser: Chooser
        self.system: Any = None
        """What there is of one, for those who make accesses."""
        self.log: list[tuple[str, str]] | None = None
        self.steps = 0
        self.now = 0.0
        self.schedule = 0
        """Which one it is.  What is left of an earlier one may be destroyed in the middle of this one."""
        self.watched: set[str] = set()
        """The attributes that are announced of some object that was made here."""
        self.used: set[str] = set()
        """Those of which an actor has made an access."""
        self._reads = self._writes = 0
        self.is_free = self._cut = False
        self._trouble: Exception | None = None
        self._bits = 0

    @property
    def name(self) -> str:
        """Of the actor who runs."""
        return "" if self.current is None else self.current.name

    # --- for what is shared -----------------------------------------------------------------------------------------

    def new(self, count: int = 1) -> int:
        """One more thing that is shared: its bit, or the lowest of so many.

        Things that several actors may use first get theirs when they are made, lest it be another in each schedule.
        """
        bit, self._bits = 1 << self._bits, self._bits + count
        return bit

    def touch(  # noqa: PLR0913 - what there is to say of an access
        self, what: str, reads: int, writes: int, ready: Ready | None = None, until: float | None = None, *,
        system: bool = False, quiet: bool = False, really: Callable[[], Sets] | None = None,
    ) -> None:  # fmt: skip
        """The actor who runs is about to do this; he cannot before he is ready, or it is time.

        ``system``: it lets go of the GIL.  ``quiet``: it may be a destructor, from which no exception comes out.
        ``really``: what it does read and write, where that depends on what is there when it is made.
        """
        me = self.current
        if me is None:
            return  # the world is being made, or looked at
        if self._abandons(quiet=quiet):
            return
        if not SINCE.passed and not system and (ready is None or ready()):
            self._notes(reads, writes, really)
        else:
            me.reads, me.writes, me.ready, me.until, me.what = reads, writes, ready, until, what
            self._hand_over(me)
            if self._abandons(quiet=quiet):
                return
            self._reads = self._writes = 0
            self._notes(me.reads, me.writes, None if me.writes == EVERYTHING else really)
            SINCE.passed = system
        if self.log is not None:
            self.log.append((me.name, what))

    def _notes(self, reads: int, writes: int, really: Callable[[], Sets] | None) -> None:
        """What the access of now touches."""
        if really is not None:
            reads, writes = really()
        self._reads |= reads
        self._writes |= writes

    def _abandons(self, *, quiet: bool) -> bool:
        """Whether the schedule is over, and this goes on for its end's sake."""
        if self.is_free and not quiet:
            raise Abandoned
        return self.is_free

    def spawn(self, name: str, body: Callable[[], object]) -> Actor:
        """One more actor; he can begin as soon as the step that makes him is over."""
        actor = Actor(name, body)
        actor.reads, actor.end = self.new(), self.new()
        self._writes |= actor.reads
        self.actors.append(actor)
        used = len(self.actors)
        if used > len(self._players):
            self._players.append(type(self._caller)(self.act, self._caller))
        actor.player = self._players[used - 1]
        actor.player.actor = actor
        return actor

    def kill(self, actor: Actor) -> None:
        """He makes no step any more."""
        actor.killed = True

    # --- a schedule -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """For the next schedule."""
        self.actors, self.current, self.is_free = [], None, False
        self.schedule += 1
        for player in self._players:
            player.actor = None
        self._bits = 0
        self._reads = self._writes = 0

    def play(self, chooser: Chooser) -> bool:
        """One schedule, from its beginning; whether it came to its end."""
        self.chooser = chooser
        able = tuple(range(len(self.actors)))
        chosen = chooser.choose(able, ())
        assert chosen is not None
        self._begin(chosen)
        self.current = None
        if self._trouble is not None:
            raise self._trouble
        return not self._cut

    def _begin(self, chosen: int) -> None:
        self._cut, self._trouble, self.steps, self.now = False, None, 0, 1000.0
        self.current = actor = self.actors[chosen]
        self._reads, self._writes = actor.reads, actor.writes
        self._caller.pass_to(actor.player)

    def let_go(self) -> None:
        """End everybody who has not come to his end; what they do then counts for nothing."""
        self.is_free = True
        for actor in self.actors:
            if not actor.over:
                self.current = actor
                self._caller.pass_to(actor.player)
        self.current = None

    def close(self) -> None:
        """Let all players go."""
        while self._players:
            self._caller.pass_to(self._players.pop())

    def act(self, actor: Actor) -> None:
        """By his player: from his beginning to his end."""
        if not self.is_free:
            if self.log is not None:
                self.log.append((actor.name, "begins"))
            SINCE.passed = True
            try:
                actor.result = actor.body()
            except Abandoned:
                pass
            except BaseException as error:  # noqa: BLE001 - it is what came of him
                actor.result = error
        actor.over = True
        self._writes |= actor.end
        if self.is_free:
            actor.player.pass_to(self._caller)
        else:
            self._hand_over(actor)

    def _hand_over(self, me: Actor) -> None:
        """His step is over: somebody goes on, perhaps he himself."""
        able, chosen = self._who_is_next()
        if chosen is None:
            self._cut = bool(able)
            self.current = None
            me.player.pass_to(self._caller)
        else:
            then = self.actors[chosen]
            if then is me:
                return
            self.current = then
            if then.what == "begins":
                self._reads, self._writes = then.reads, then.writes
            me.player.pass_to(then.player)

    def _who_is_next(self) -> tuple[list[int], int | None]:
        """Those who can act, and who does."""
        able, waiting = [], []
        for place, actor in enumerate(self.actors):
            if actor.over:
                continue
            if not actor.killed and (actor.ready is None or actor.ready()):
                able.append(place)
            else:
                waiting.append((place, actor.reads, actor.writes))
        able = able or self._time_passes()
        self.steps += 1
        if self.steps >= MOST:
            self._trouble = TooLong(f"more than {MOST} steps")
            return able, None
        try:
            self.chooser.done(self._reads, self._writes)
            return able, self.chooser.choose(tuple(able), waiting)
        except Exception as error:  # noqa: BLE001 - it comes out where the schedule was begun
            self._trouble = error
            return able, None

    def _time_passes(self) -> list[int]:
        """Nobody can act: who sleeps for a time only, and the shortest, does.  That comes after all that was done."""
        sleeping = [actor for actor in self.actors if not actor.over and not actor.killed and actor.until is not None]
        for actor in sorted(sleeping, key=lambda actor: actor.until or 0.0):
            self.now = max(self.now, actor.until or 0.0)
            actor.ready, actor.reads, actor.writes = None, EVERYTHING, EVERYTHING
            return [self.actors.index(actor)]
        return []
