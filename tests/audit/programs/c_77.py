"""C-77: A death is what the operating system says of the process, whatever its exit code, zero included, and even if a
process that a task started keeps the worker's files open.

The standard executor ends the line with 'False', this project's with 'True'.
"""

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from time import sleep


def dies():
    if os.fork() == 0:
        sleep(4)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


def give_up():
    print("three seconds after its worker was killed, the future is done:", future.done())
    os._exit(1)


if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    future = pool.submit(dies)
    threading.Timer(3, give_up).start()
    future.exception()
    give_up()
