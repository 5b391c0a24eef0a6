"""The full wake-up pipe: submit() waits for room in it, and holds the lock that the manager wants before it makes room.

It hangs where the bug is, and ends with '20000 tasks are submitted' elsewhere.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from threading import Event
from time import sleep

begun, futures = Event(), []


def busy(future):  # the manager calls it, and is busy until nothing more is submitted
    begun.set()
    seen = -1
    while seen < len(futures):
        seen = len(futures)
        sleep(1)


if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.submit(sleep, 2).add_done_callback(busy)
    begun.wait()
    while len(futures) < 20_000:
        futures.append(pool.submit(abs, -1))
    print(len(futures), "tasks are submitted", flush=True)
    os._exit(0)
