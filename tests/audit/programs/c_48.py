"""C-48: `wait=True` always waits.

It ends with 'False' where the bug is, and with 'True' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    future = pool.submit(sleep, 3)
    pool.shutdown(wait=False)
    pool.shutdown(wait=True)
    print("shutdown() has waited; its task is done:", future.done())
