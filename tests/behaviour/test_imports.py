"""What the pool imports while it works: nothing where a failure would cost it, and nothing that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.behaviour.marks import ours_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.conftest import MakeScript

WITHOUT = """\
import sys
sys.modules["_ctypes"] = None
"""
"""Python as it is built where there is no libffi."""


@pytest.fixture
def no_ctypes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every interpreter that is started from here on."""
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(WITHOUT)
    monkeypatch.setenv("PYTHONPATH", str(directory))


@pytest.mark.usefixtures("no_ctypes")
def test_large_values_travel_where_there_is_no_ctypes(script: MakeScript) -> None:
    """C-101: arguments and results, first ones and those that are written into memory that was used before."""
    program = script("""
        from tests.behaviour.test_large import Block, filled, raise_first, same

        def has_ctypes():
            try:
                import ctypes
            except ImportError:
                return False
            return True

        def start():
            with make(2) as pool:
                print(has_ctypes(), pool.submit(has_ctypes).result(LIMIT))
                for number in range(2):
                    blocks = [Block(bytearray([number]) * size) for size in (1 << 18, 3 << 20, 1 << 21)]
                    for block in blocks:
                        assert bytes(pool.submit(same, block).result(LIMIT).view) == bytes(block.view)
                    assert pool.submit(raise_first, blocks[1]).result(LIMIT) == number
                    results = [pool.submit(filled, number) for _ in range(70)]
                    assert all(set(bytes(result.result(LIMIT).view)) == {number} for result in results)
                    assert len(pool.submit(bytes, 3 << 20).result(LIMIT)) == 3 << 20
            print("done")

        if __name__ == "__main__":
            start()
    """)
    assert program.output() == ["False", "False", "done"]


SPY = """
    import os, signal, threading
    from concurrent.futures import wait
    from tests.behaviour.test_large import filled, same, SIZE

    class Spy:
        seen = []

        def find_spec(self, name, path=None, target=None):
            self.seen.append((threading.current_thread().name, name))

    def use(**options):
        with make(2, **options) as pool:
            block = filled(1)
            for future in [pool.submit(same, block) for _ in range(80)]:
                future.result(LIMIT)
            for call in (tasks.blank, 1 << 22), (tasks.raise_it, ValueError()), (same, Spy), (same, threading.Lock()):
                pool.submit(*call).exception(LIMIT)
            pool.submit(os._exit, 3).exception(LIMIT)

    def fail():
        raise ValueError

    if __name__ == "__main__":
        sys.meta_path.insert(0, Spy())
        use()
        with make(1, initializer=fail) as pool:
            pool.submit(int).exception(LIMIT)
        with make(1) as pool:
            pool.submit(int).result(LIMIT)
            future = pool.submit(signal.pause)
            pool.kill_workers()
            wait([future], 20)
        print("imported:", *[name for thread, name in Spy.seen if thread == "checkedpool manager"])
        print("elsewhere:", len(Spy.seen) > 0)
"""


@ours_only("new: it is about our manager's thread")
def test_the_managers_thread_imports_nothing(script: MakeScript) -> None:
    """C-01: an import may fail, take its time, or run code of the user's: a finder."""
    assert script(SPY).output() == ["imported:", "elsewhere:", "True"]
