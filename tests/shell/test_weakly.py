"""Hooks that the interpreter keeps to its end do not keep the pool's modules."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from checkedpool._os.system import weakly

LET_GO = """
import gc, multiprocessing, sys, weakref
from checkedpool import ProcessPoolExecutor
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
    assert pool.submit(abs, -1).result() == 1
modules = {name: module for name, module in sys.modules.items() if name.startswith("checkedpool")}
things = [thing for name, module in modules.items() for thing in vars(module).values()
          if isinstance(thing, type) and thing.__module__ == name]
known = [weakref.ref(thing) for thing in things]
for name in modules:
    del sys.modules[name]
del pool, ProcessPoolExecutor, modules, name, things
gc.collect()
print(len(known) > 100, *sorted({kept().__module__ for kept in known if kept() is not None}))
"""


def test_it_calls_the_function() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(len(calls))

    hook = weakly(call)
    hook()
    hook()
    assert calls == [0, 1]


def test_it_does_nothing_once_the_function_is_gone() -> None:
    calls: list[int] = []
    hook = weakly(partial(calls.append, 1))
    hook()
    assert not calls


def test_what_the_function_raises_comes_out() -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    hook = weakly(fail)
    try:
        hook()
    except KeyboardInterrupt:
        return
    raise AssertionError


def test_nothing_of_the_interpreters_keeps_the_pool() -> None:
    ran = subprocess.run([sys.executable, "-c", LET_GO], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.stdout, ran.stderr) == ("True checkedpool._core.tables checkedpool._fast.fitting\n", "")
