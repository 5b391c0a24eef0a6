"""Two tables of one thing: after cancel_futures=True the manager waits for a task that was removed from another table.

It hangs where the bug is, and ends with 'shutdown() has returned' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep


class CannotBePickled:
    def __reduce__(self):
        sleep(3)
        raise ValueError("cannot be pickled")


if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.submit(id, CannotBePickled())
    futures = [pool.submit(abs, -1) for _ in range(3)]
    sleep(1)  # now the first task is being pickled
    pool.shutdown(cancel_futures=True)
    print("shutdown() has returned")
