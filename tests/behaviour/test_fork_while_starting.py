"""The program forks right after the first submit, while a worker is being started: its children hang in nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.behaviour.marks import methods

if TYPE_CHECKING:
    from tests.behaviour.conftest import MakeScript

DOES = {
    "a pool": (6, "ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('spawn')).submit(int).result()"),
    "memory": (16, "memory = shared_memory.SharedMemory(create=True, size=1); memory.close(); memory.unlink()"),
}
"""What each of so many children does: it starts processes, or wants the resource tracker."""


@methods("spawn", "forkserver")
@pytest.mark.parametrize("does", DOES.values(), ids=DOES.keys())
@pytest.mark.parametrize("way", ["os", "multiprocessing"])
def test_children_that_are_forked_while_a_worker_is_being_started_hang_in_nothing(
    script: MakeScript, does: tuple[int, str], way: str
) -> None:
    """C-90: a fork copies the locks that another thread holds, and one that imports holds some."""
    count, code = does
    program = script(f"""
        import multiprocessing, os, signal

        def child():
            signal.alarm(15)  # kills it, if it hangs
            from multiprocessing import shared_memory
            from checkedpool import ProcessPoolExecutor
            {code}

        def forked():
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    child()
                    code = 0
                finally:
                    os._exit(code)
            return lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

        def forked_by_multiprocessing():
            process = multiprocessing.get_context("fork").Process(target=child)
            process.start()
            return lambda: process.join() or process.exitcode

        if __name__ == "__main__":
            pool = make(2)
            future = pool.submit(int)
            ends = [forked() if {way!r} == "os" else forked_by_multiprocessing() for _ in range({count})]
            print(*[end() for end in ends], future.result())
            pool.shutdown()
    """)
    assert program.output() == ["0"] * (count + 1)
