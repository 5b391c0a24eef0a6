"""The task acknowledged by a worker that was being killed: pebble books it to a worker that is not there any more.

It ends with 'TimeoutError' where the bug is, and with 'it has ended' elsewhere.
"""

import os
from concurrent.futures import TimeoutError
from threading import Event
from time import sleep

from pebble import ProcessPool

if __name__ == "__main__":
    pool, slow = ProcessPool(max_workers=2), Event()
    first = pool.schedule(sleep, args=[5])
    while not first.running():
        sleep(0.01)
    pool.schedule(sleep, args=[1]).add_done_callback(lambda future: slow.wait())  # who reads the answers is slow
    sleep(2)
    pool.schedule(sleep, args=[60])  # for the other worker
    second = pool.schedule(sleep, args=[60])
    sleep(5)  # now the first worker has ended the first task and begun the second
    first.cancel()  # so pebble kills that worker
    sleep(1)
    slow.set()
    try:
        print("the second task:", type(second.exception(timeout=5)).__name__, "- it has ended", flush=True)
    except TimeoutError:
        print("the second task, five seconds after its worker was killed: TimeoutError", flush=True)
    os._exit(0)
