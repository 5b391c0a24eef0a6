"""C-49: From a thread of the pool `wait=True` returns at once instead of waiting for itself.

It ends with 'cannot join current thread' where the bug is, and with 'returned' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor
from threading import Event
from time import sleep

called = Event()


def end(future):
    try:
        pool.shutdown()
        print("shutdown() in a callback: returned")
    except RuntimeError as error:
        print("shutdown() in a callback:", error)
    called.set()


if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.submit(sleep, 2).add_done_callback(end)
    called.wait()
