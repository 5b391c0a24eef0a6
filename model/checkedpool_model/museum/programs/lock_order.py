"""Lock order at shutdown: the manager joins the feeder and holds the lock that the feeder wants.

It hangs where the bug is, and ends with 'shutdown() has returned' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep


class ComesLate:  # the executor's lock; whoever wants it comes late, as on a busy machine
    def __init__(self, lock):
        self.lock = lock

    def __enter__(self):
        sleep(3)
        self.lock.acquire()

    def __exit__(self, *error):
        self.lock.release()


if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.submit(abs, -1).result()
    pool._call_queue.shutdown_lock = ComesLate(pool._shutdown_lock)  # the feeder's view of it
    pool.submit(abs, lambda: "cannot be pickled")
    sleep(1)
    pool.shutdown()
    print("shutdown() has returned")
