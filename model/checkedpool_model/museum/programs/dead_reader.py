"""The dead reader's lock: idle workers of multiprocessing.Pool are killed, one of them with the lock of the pipe.

It ends with 'TimeoutError' where the bug is, and with 'its value is 1' elsewhere.
"""

import os
import signal
from multiprocessing import Pool, TimeoutError
from time import sleep

if __name__ == "__main__":
    pool = Pool(2)
    pool.map(abs, range(4))
    sleep(1)  # now both wait for a task, one of them with the lock held
    for process in list(pool._pool):
        os.kill(process.pid, signal.SIGKILL)
    sleep(1)  # now there are two new ones
    try:
        print("the next task: its value is", pool.apply_async(abs, (-1,)).get(timeout=5), flush=True)
    except TimeoutError:
        print("the next task after five seconds: TimeoutError", flush=True)
    os._exit(0)
