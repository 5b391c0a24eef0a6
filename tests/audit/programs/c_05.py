"""C-05: `cancel()` succeeds exactly when the task has not begun.

It ends with 'False' where the bug is, and with 'True' elsewhere.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from tempfile import NamedTemporaryFile
from time import monotonic, sleep


def held(gate):  # until that file is gone
    while os.path.exists(gate):
        sleep(0.01)


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool, NamedTemporaryFile() as gate:
        first, second = pool.submit(held, gate.name), pool.submit(abs, -1)
        end = monotonic() + 3
        while not second.running() and monotonic() < end:
            sleep(0.01)
        print("one worker, inside the first task; cancel() of the second:", second.cancel())
