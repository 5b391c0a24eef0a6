"""Programs in which gevent or eventlet have put greenlets in the place of threads, or sockets of theirs beside threads.

Decides: which of them, and whether before or after the executor is imported. Must not know: on what a thread sleeps.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.behaviour.marks import methods, not_portable, ours_only

if TYPE_CHECKING:
    from tests.behaviour.conftest import MakeScript

pytestmark = not_portable("a thread that waits for a process does so in C, and stops all greenlets")
GEVENT = "from gevent import monkey; monkey.patch_all({})"
EVENTLET = "import warnings; warnings.simplefilter('ignore'); import eventlet; eventlet.monkey_patch()"
IMPORT = "import concurrent.futures.process; Kind.parse(sys.argv[1]).executor"


def needs(library: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        find_spec(library) is None, reason=f"{library} is not installed: no wheel for this Python"
    )


USES = """
{beginning}
import os, tempfile, threading
from concurrent.futures import as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tests.behaviour.gates import Gate

def let_pass(gate, times):
    for _ in range(times):
        gate.wait_for_arrival()
    gate.open(times)

def aside(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.start()
    return thread

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        gate = Gate(Path(folder), "gate")
        pool = make(2)
        print(pool.submit(tasks.double, 1).result())

        future = pool.submit(tasks.hold, gate, 3)
        threads = [aside(let_pass, gate, 1)]  # it can only do that while this one waits
        print(future.result())
        future = pool.submit(tasks.hold, gate, 4)
        threads += [aside(let_pass, gate, 1)]
        print(future.result(LIMIT))

        futures = [pool.submit(tasks.hold, gate, number) for number in range(2)]
        threads += [aside(let_pass, gate, 2)]
        print(len(wait(futures, LIMIT).done), *sorted(future.result() for future in as_completed(futures, LIMIT)))

        print(*pool.map(tasks.double, range(3)), len(pool.submit(tasks.blank, 1 << 20).result()))
        called = threading.Event()
        pool.submit(tasks.double, 1).add_done_callback(lambda future: called.set())
        print(called.wait(LIMIT))
        values = []
        threads += [aside(lambda: values.append(pool.submit(tasks.double, 4).result())) for _ in range(8)]
        for thread in threads:
            thread.join(LIMIT)
        print(len(values), pool.submit(tasks.double, 5).cancel() is not None)
        pool.shutdown(wait=True)
        gate.close()
    pool = make(1)
    print(isinstance(pool.submit(tasks.kill_self, 9).exception(), BrokenProcessPool))
    pool.shutdown(wait=True)
"""
FOUND = ["2", "3", "4", "2", "0", "1", "0", "2", "4", str(1 << 20), "True", "8", "True", "True"]


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(f"{GEVENT.format('')}\n{IMPORT}", id="gevent-before", marks=needs("gevent")),
        pytest.param(f"{EVENTLET}\n{IMPORT}", id="eventlet-before", marks=needs("eventlet")),
        pytest.param(f"{GEVENT.format('thread=False')}\n{IMPORT}", id="sockets-before", marks=needs("gevent")),
    ],
)
def test_where_threads_or_sockets_are_of_a_library_calls_that_wait_let_the_others_run(
    script: MakeScript, beginning: str
) -> None:
    """C-106."""
    assert script(USES.format(beginning=beginning)).output() == FOUND


@ours_only("no issue: after monkey-patching, shutdown() of an executor that was imported before waits for ever")
@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(f"{IMPORT}\n{GEVENT.format('')}", id="gevent-after", marks=needs("gevent")),
        pytest.param(f"{IMPORT}\n{EVENTLET}", id="eventlet-after", marks=needs("eventlet")),
    ],
)
def test_it_is_so_where_the_library_comes_after_the_executor(script: MakeScript, beginning: str) -> None:
    """C-106."""
    assert script(USES.format(beginning=beginning)).output() == FOUND


FORKS = """
{beginning}
import os, tempfile, time
from pathlib import Path
from tests.behaviour.gates import Gate

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        gate = Gate(Path(folder), "gate")
        pool = make(1)
        future = pool.submit(tasks.hold, gate, 3)
        gate.wait_for_arrival()
        child = os.fork()
        if child == 0:
            try:
                future.result()
            except RuntimeError:
                print("refused")
            time.sleep(0)  # lets the copies of all greenlets run
            with make(1) as own:
                print(own.submit(tasks.double, 2).result(), flush=True)
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        gate.open()
        print(future.result(), pool.submit(tasks.double, 3).result())
        pool.shutdown()
"""


@ours_only("no issue: in the child the copy of the manager reads what is the parent's")
@needs("gevent")
@methods("fork", "spawn")  # a child cannot use its parent's fork server, with greenlets or without
def test_a_child_that_is_forked_beside_greenlets_has_its_copies_of_the_pools_do_nothing(script: MakeScript) -> None:
    """C-90, C-91, C-92: and the parent's pool goes on."""
    found = script(FORKS.format(beginning=f"{GEVENT.format('')}\n{IMPORT}")).output()
    assert found == ["refused", "4", "7", "3", "6"]


EXITS = """
{beginning}

if __name__ == "__main__":
    pool = make(1)
    for number in range(3):
        pool.submit(print, number, flush=True)
"""


@ours_only("no issue: at the exit of a program with greenlets the executor that nobody has shut down waits for ever")
@needs("gevent")
def test_a_program_with_greenlets_that_ends_without_a_shutdown_runs_what_was_submitted(script: MakeScript) -> None:
    """C-60."""
    assert script(EXITS.format(beginning=f"{GEVENT.format('')}\n{IMPORT}")).output() == ["0", "1", "2"]
