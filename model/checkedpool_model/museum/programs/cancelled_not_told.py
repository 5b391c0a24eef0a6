"""Cancelled, but nobody is told: as_completed() waits for futures that shutdown() has cancelled.

It hangs where the bug is, and ends with 'as_completed() has come to its end' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor, as_completed
from time import sleep

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    futures = [pool.submit(sleep, 0.5) for _ in range(6)]
    for future in as_completed(futures):
        print("cancelled:", future.cancelled())
        pool.shutdown(wait=False, cancel_futures=True)
    print("as_completed() has come to its end")
