"""Decides: in every interpreter of the suite, which class answers to the name ProcessPoolExecutor, and what is noted.

A `.pth` line imports this at the start of every interpreter of the throw-away environment, isolated (`-I`) ones and
the children of spawn and forkserver included. So it does next to nothing there: it waits for the import of
`concurrent.futures.process` and then replaces the class by a name that is looked up at its first use. Looked up later,
not at once, because our own package imports that module itself.

What is noted (one line each, in the file that TRAIL names): that our class was built, that the standard one was built
although it should have been replaced, that ours was given work, that a test started an interpreter.

Must not know: which tests there are, how either class works.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

TRAIL = "CHECKEDPOOL_SUITE_TRAIL"
STACKS = "CHECKEDPOOL_SUITE_STACKS"
HOME = "concurrent.futures.process"
NAME = "ProcessPoolExecutor"

#: Forked children keep this; an interpreter started afresh has its own.
INTERPRETER = os.getpid()
_noted: set[tuple[int, str]] = set()
_installed: list[str] = []
_standard: list[type[object]] = []


def note(word: str, *, once: bool = False) -> None:
    """Append a line to the trail of the test that this process belongs to."""
    path = os.environ.get(TRAIL)
    if not path or (once and (os.getpid(), word) in _noted):
        return
    _noted.add((os.getpid(), word))
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{word} {INTERPRETER} {os.getpid()}\n".encode())
    finally:
        os.close(descriptor)


def install(executor: str) -> None:
    """Put `executor` (module:attribute) in the standard class's place, from the moment somebody asks for it.

    Asked again, do nothing: the site module reads the `.pth` files of a virtual environment twice.
    """
    if _installed:
        return
    _installed.append(executor)
    sys.meta_path.insert(0, Substitution(executor))
    _answer_with_stacks()


class Substitution:
    """A finder that finds nothing itself: it lets the others find the module, and changes it after its execution."""

    def __init__(self, executor: str) -> None:
        self.executor = executor

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != HOME:
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                self._change_after(spec.loader)
                return spec
        return None

    def _change_after(self, loader: Loader) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            substitute(module, self.executor)

        vars(loader)["exec_module"] = exec_module


def standard_class() -> type[object]:
    """The class whose name was taken."""
    import concurrent.futures.process  # noqa: F401, PLC0415  # importing it is what makes the class known

    return _standard[0]


def substitute(module: ModuleType, executor: str) -> None:
    """Take the standard class out of its module; whoever asks for the name gets ours."""
    original: type[object] = module.__dict__.pop(NAME)
    _standard.append(original)

    def look_up(name: str) -> type[object]:
        if name != NAME:
            raise AttributeError(f"module {HOME!r} has no attribute {name!r}")
        ours = original if executor == f"{HOME}:{NAME}" else _load(executor)
        if ours is not original:
            _note_constructions(original, "standard", unless=ours)
        _note_constructions(ours, "ours")
        _note_work(ours)
        setattr(module, NAME, ours)
        return ours

    vars(module)["__getattr__"] = look_up


def _load(executor: str) -> type[object]:
    from importlib import import_module  # noqa: PLC0415  # not before it is needed

    home, _, name = executor.partition(":")
    try:
        found = getattr(import_module(home), name)
    except AttributeError as error:  # as an AttributeError it would only say that this very name is not there
        raise ImportError(f"{executor} cannot be loaded: {error}") from error
    if not isinstance(found, type):
        raise TypeError(f"{executor} is not a class")
    return found


def _note_constructions(cls: type[object], word: str, unless: type[object] | None = None) -> None:
    original: Callable[..., None] = cls.__init__

    def noted(self: object, /, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        if unless is None or not isinstance(self, unless):
            note(word)

    type.__setattr__(cls, "__init__", _dressed_as(original, noted))


def _note_work(cls: type[object]) -> None:
    for name in ("submit", "map"):
        setattr(cls, name, _noting_work(getattr(cls, name)))


def _noting_work(original: Callable[..., object]) -> Callable[..., object]:
    def noted(self: object, /, *args: object, **kwargs: object) -> object:
        note("work", once=True)
        return original(self, *args, **kwargs)

    return _dressed_as(original, noted)


def _dressed_as(original: Callable[..., object], wrapper: Callable[..., object]) -> Callable[..., object]:
    from functools import wraps  # noqa: PLC0415  # likewise

    return wraps(original)(wrapper)


def _answer_with_stacks() -> None:
    """On SIGUSR2 every process of the test writes the stacks of its threads: the harness sends it to a hung test."""
    path = os.environ.get(STACKS)
    if not path:
        return
    import faulthandler  # noqa: PLC0415  # likewise
    import signal  # noqa: PLC0415  # likewise

    if hasattr(faulthandler, "register"):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        faulthandler.register(signal.SIGUSR2, file=descriptor, all_threads=True)
