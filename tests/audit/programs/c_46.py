"""C-46: Cancel: every task not begun is cancelled and its waiters notified (C-06).

The standard executor ends the line with '1', this project's with '0'.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    futures = [pool.submit(sleep, 0.5) for _ in range(4)]
    sleep(0.25)
    pool.shutdown(cancel_futures=True)
    print("one had begun; run all the same:", sum(not future.cancelled() for future in futures) - 1)
