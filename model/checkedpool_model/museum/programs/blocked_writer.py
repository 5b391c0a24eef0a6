"""The writer that nobody reads: a large task is being written, and the only worker is killed.

It hangs where the bug is, and ends with 'shutdown() has returned' elsewhere.
"""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.submit(sleep, 60)
    pool.submit(len, bytes(10_000_000))  # the pipe has room for a part of it, and nobody reads it
    sleep(1)
    os.kill(next(iter(pool._processes)), signal.SIGKILL)
    pool.shutdown()
    print("shutdown() has returned")
