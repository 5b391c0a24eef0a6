"""C-49: From a thread of the pool `wait=True` returns at once instead of waiting for itself.

The standard executor ends the line with 'cannot join current thread', this project's with 'returned'.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep


def end(future):
    try:
        pool.shutdown()
        print("shutdown() in a callback: returned")
    except RuntimeError as error:
        print("shutdown() in a callback:", error)


if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.submit(sleep, 2).add_done_callback(end)
