"""Fast classes that go to another process, in which what they are fitted to is fitted again.

A pickle holds a class by its name, and a fitted class has none that can be imported.  It is held by the classes that it
is made of, each of which has one; so a worker imports those and no list of rooms.

Decides nothing.  Must not know: any class of the pool.
"""

from __future__ import annotations

import copyreg
import sys


class Sent(type):
    """The class of fast classes of the worker's side, and so of every class that is fitted with one."""


def _as_sent(made: Sent) -> str | tuple[type, tuple[object, ...]]:
    named: object = getattr(sys.modules.get(made.__module__), made.__name__, None)
    if named is made:
        return made.__name__
    own = {name: value for name, value in vars(made).items() if name == "__module__" or name.endswith("_type")}
    return Sent, (made.__name__, made.__bases__, {"__slots__": (), **own})


copyreg.pickle(Sent, _as_sent)
