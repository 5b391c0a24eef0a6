"""What threads share, made to announce each access to it: attributes, containers, locks, what one can sleep on.

Decides: what is one access, what it reads and writes, when it has to be waited for.  Must not know: who makes it.
What comes out of an access is what the built-in type says.
"""

from __future__ import annotations

import dis
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any, TypeVar

from checkedpool._os.locks import Condition
from tests.checks.interleavings.actors import Sets, Stage

C = TypeVar("C")
NOBODY = object()
KEYS = 16
"""Of a table: so many at most are told apart."""
HERE: list[Stage] = []
"""The stage on which everything of now stands."""


def stage() -> Stage:
    """It."""
    return HERE[-1]


class Attribute:
    """One attribute of a class, in its instances' dict or in a slot."""

    def __init__(self, name: str, place: int, below: Any, of: str) -> None:
        self.name, self.place, self.below = name, place, below
        self.read, self.write = f"reads {name}", f"writes {name}"
        self.whole = f"{of}.{name}"

    def _touch(self, what: str, reads: int, writes: int, really: Callable[[], Sets] | None = None) -> None:
        stage().touch(what, reads, writes, really=really)
        if stage().current is not None:
            stage().used.add(self.whole)

    def __get__(self, instance: Any, owner: object = None) -> Any:
        if instance is None:
            return self.below
        self._touch(self.read, instance.__dict__[BITS] << self.place, 0)
        if self.below is not None:
            return self.below.__get__(instance, owner)
        return instance.__dict__[self.name]

    def __set__(self, instance: Any, value: object) -> None:
        bit = instance.__dict__[BITS] << self.place
        self._touch(self.write, 0, bit, lambda: (bit, 0) if self._is_already(instance, value) else (0, bit))
        if type(value) is list:
            value = List(value)
        if self.below is not None:
            self.below.__set__(instance, value)
        else:
            instance.__dict__[self.name] = value

    def _is_already(self, instance: Any, value: object) -> bool:
        """Whether to write it changes nothing."""
        try:
            there = instance.__dict__[self.name] if self.below is None else self.below.__get__(instance)
        except (KeyError, AttributeError):
            return False
        return there is value


BITS = "the bits of its attributes"


def is_had(kind: type, name: str) -> bool:
    """Whether the class has this attribute, or one of its functions gives it to an instance."""
    return hasattr(kind, name) or any(
        name in _stored_by(function.__code__)
        for part in kind.__mro__
        for function in vars(part).values()
        if isinstance(function, FunctionType)
    )


@cache
def _stored_by(code: CodeType) -> frozenset[str]:
    """The attributes that a function gives to something."""
    return frozenset(one.argval for one in dis.get_instructions(code) if one.opname == "STORE_ATTR")


def owner(kind: type, name: str) -> str:
    """The first of its classes that has this attribute: the same one whatever rooms are on top of it."""
    for part in reversed(kind.__mro__):
        if is_had(part, name):
            return part.__name__
    raise AttributeError(f"{kind.__name__} has no attribute {name}, which is to be watched")


def watched(kind: type[C], *names: str, **more: object) -> type[C]:
    """This class with these attributes announced; not with those that it makes of others.

    Names are strings: of one that the class has not, nothing would be announced, so it is refused.
    """
    attributes: dict[str, Attribute] = {}
    for place, name in enumerate(names):
        first, below = owner(kind, name), getattr(kind, name, None)
        if not isinstance(below, property):
            attributes[name] = Attribute(name, place, below if hasattr(below, "__set__") else None, first)
    whole = {attribute.whole for attribute in attributes.values()}

    def new(cls: type[C], *_: object, **__: object) -> C:
        instance: C = object.__new__(cls)
        instance.__dict__[BITS] = stage().new(len(names))
        stage().watched |= whole
        return instance

    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "__new__": new, **attributes, **more})


class Inbox(deque[Any]):
    """A deque: its two ends are things of their own, and so is each place; who takes from it empties the first."""

    def __init__(self, name: str = "inbox") -> None:
        super().__init__()
        self.name, self.first, self.last, self.places = name, stage().new(), stage().new(), stage().new(KEYS)
        self.taken = self.posted = 0

    @property
    def bit(self) -> int:
        """All of it."""
        return self.first | self.last

    def append(self, post: Any, /) -> None:
        stage().touch(
            f"posts to the {self.name}", 0, self.bit, really=lambda: (0, self.last | self._place(self.posted))
        )
        self.posted += 1
        super().append(post)

    def popleft(self) -> Any:
        """Of an empty one: the place is the one that the next post fills."""
        stage().touch(
            f"takes from the {self.name}", 0, self.bit, really=lambda: (0, self.first | self._place(self.taken))
        )
        post = super().popleft()
        self.taken += 1
        return post

    def _place(self, number: int) -> int:
        return self.places << number % KEYS

    def __len__(self) -> int:
        stage().touch(f"counts the {self.name}", self.bit, 0)
        return super().__len__()

    def __getitem__(self, place: Any, /) -> Any:
        stage().touch(f"looks into the {self.name}", self.bit, 0)
        return super().__getitem__(place)

    def index(self, post: Any, /, *places: int) -> int:
        stage().touch(f"looks into the {self.name}", self.bit, 0)
        return super().index(post, *places)

    def __iter__(self) -> Iterator[Any]:
        stage().touch(f"reads the {self.name}", self.bit, 0)
        return super().__iter__()


class Table(dict[Any, Any]):
    """A dict; each key is a thing of its own."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.all_of_it, self.bits = name, stage().new(), stage().new(KEYS)

    def _bit(self, key: int) -> int:
        return self.bits << key % KEYS

    def __setitem__(self, key: int, value: object) -> None:
        stage().touch(f"puts {key} into {self.name}", self.all_of_it, self._bit(key))
        super().__setitem__(key, value)

    def update(self, other: Any = (), /) -> None:  # type: ignore[override]  # all that is used
        stage().touch(f"puts {sorted(other)} back into {self.name}", self.all_of_it, sum(map(self._bit, other)))
        super().update(other)

    def pop(self, key: int, *default: object) -> Any:
        bit = self._bit(key)
        stage().touch(
            f"takes {key} from {self.name}", self.all_of_it, bit,
            really=lambda: (self.all_of_it, bit) if super(Table, self).__contains__(key) else (bit, 0),
        )  # fmt: skip
        return super().pop(key, *default)

    def get(self, key: int, *default: object) -> Any:
        stage().touch(f"looks for {key} in {self.name}", self._bit(key), 0)
        return super().get(key, *default)

    def __contains__(self, key: Any) -> bool:
        stage().touch(f"looks for {key} in {self.name}", self._bit(key), 0)
        return super().__contains__(key)

    def __len__(self) -> int:
        """Depends on every change, and no change on another: so they read what this writes."""
        stage().touch(f"counts {self.name}", 0, self.all_of_it)
        return super().__len__()


class List(list[Any]):
    """A list."""

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.bit = stage().new()

    def _read_if(self, unchanged: Callable[[], bool]) -> Callable[[], Sets]:
        return lambda: (self.bit, 0) if unchanged() else (0, self.bit)

    def append(self, one: Any, /) -> None:
        stage().touch("appends to a list", 0, self.bit)
        super().append(one)

    def remove(self, one: Any, /) -> None:
        stage().touch("removes from a list", 0, self.bit)
        super().remove(one)

    def pop(self, *place: Any) -> Any:
        stage().touch("takes from a list", 0, self.bit, really=self._read_if(lambda: not super(List, self).__len__()))
        return super().pop(*place)

    def __iter__(self) -> Iterator[Any]:
        stage().touch("goes through a list", self.bit, 0)
        return super().__iter__()

    def __contains__(self, one: object) -> bool:
        stage().touch("looks into a list", self.bit, 0)
        return super().__contains__(one)

    def __len__(self) -> int:
        stage().touch("counts a list", self.bit, 0)
        return super().__len__()

    def __bool__(self) -> bool:
        return len(self) > 0


class Lock:
    """A lock, re-entrant or not; who asks for it waits."""

    def __init__(self, name: str = "a lock", *, again: bool = False) -> None:
        self.bit, self.name, self.again = stage().new(), name, again
        self.hasty = False
        """Whoever waits for a time only may give up at any moment; else when nobody can act any more."""
        self.owner: object = None
        self.count = 0
        self.stage, self.schedule = stage(), stage().schedule

    def acquire(self, blocking: bool = True, timeout: float = -1, *, quiet: bool = False) -> bool:  # noqa: FBT002 - as a lock's
        here = stage()
        me = here.current or NOBODY
        waits = (lambda: self._is_free(me)) if blocking and (timeout == -1 or not self.hasty) else None
        until = here.now + timeout if waits and timeout > 0 else None
        here.touch(f"asks for {self.name}", 0, self.bit, waits, until, quiet=quiet, really=lambda: self._asks(me))
        if not self._is_free(me):
            return False
        self.owner = me
        self.count += 1
        return True

    def _asks(self, me: object) -> Sets:
        """Who does not get it changes nothing."""
        return (0, self.bit) if self._is_free(me) else (self.bit, 0)

    def _is_free(self, me: object) -> bool:
        return self.owner is None or (self.again and self.owner is me)

    def release(self) -> None:
        if self.schedule != self.stage.schedule:
            return  # what held it was part of an earlier one
        self.stage.touch(f"lets go of {self.name}", 0, self.bit, quiet=True)
        if self.owner is None:
            if self.stage.is_free:
                return
            msg = "release unlocked lock"
            raise RuntimeError(msg)
        self.count -= 1
        if not self.count:
            self.owner = None

    def locked(self) -> bool:
        stage().touch(f"looks at {self.name}", self.bit, 0)
        return self.owner is not None

    __enter__ = acquire

    def __exit__(self, *_: object) -> None:
        self.release()


def taken_lock() -> Lock:
    """One that somebody else is to release."""
    made = Lock("what it sleeps on")
    made.owner, made.count, made.hasty = NOBODY, 1, True
    return made


class WatchedCondition(Condition):  # type: ignore[misc]  # not as final as the stubs say
    """The lock of a future."""

    __slots__ = ("_lock_of_it",)

    def __init__(self) -> None:
        super().__init__()
        self._waiters = List()
        self._lock_of_it = Lock("the future's lock", again=True)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT002 - as a lock's
        return self._lock_of_it.acquire(blocking, timeout)

    def release(self) -> None:
        self._lock_of_it.release()

    __enter__ = acquire

    def __exit__(self, *_: object) -> None:
        self._lock_of_it.release()

    def _is_owned(self) -> bool:
        return self._lock_of_it.owner is (stage().current or NOBODY)

    def _release_save(self) -> object:
        lock = self._lock_of_it
        stage().touch(f"lets go of {lock.name}", 0, lock.bit)
        count, lock.count, lock.owner = lock.count, 0, None
        return count

    def _acquire_restore(self, saved: Any) -> None:
        lock = self._lock_of_it
        lock.acquire(quiet=True)
        lock.count = saved


class Numbers:
    """``itertools.count``."""

    def __init__(self, first: int = 0) -> None:
        self.bit, self.then = stage().new(), first

    def __next__(self) -> int:
        stage().touch("takes a number", 0, self.bit)
        self.then += 1
        return self.then - 1


class Queue:
    """A queue that one sleeps on."""

    def __init__(self) -> None:
        self.bit, self.jobs = stage().new(), deque[Any]()

    def put(self, job: object) -> None:
        stage().touch("gives a job", 0, self.bit)
        self.jobs.append(job)

    def get(self) -> Any:
        stage().touch("waits for a job", 0, self.bit, lambda: bool(self.jobs), system=True)
        return self.jobs.popleft()


class Event:
    """``threading.Event``, as ``wait`` uses it."""

    def __init__(self) -> None:
        self.bit, self.happened = stage().new(), False

    def set(self) -> None:
        stage().touch("sets an event", 0, self.bit, system=True)
        self.happened = True

    def wait(self, timeout: float | None = None) -> bool:
        waits = (lambda: self.happened) if timeout is None else None
        stage().touch("waits for an event", self.bit, 0, waits, system=True)
        return self.happened
