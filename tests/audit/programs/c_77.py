"""C-77: A death is what the operating system says of the process, whatever its exit code, zero included, and even if a
process that a task started keeps the worker's files open.

It ends with 'False' where the bug is, and with 'True' elsewhere.
"""

import os
import signal
from concurrent.futures import ProcessPoolExecutor, wait
from time import sleep


def dies():
    if os.fork() == 0:
        sleep(8)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    future = pool.submit(dies)
    wait([future], timeout=4)
    print("four seconds after its worker was killed, the future is done:", future.done(), flush=True)
    os._exit(1)
