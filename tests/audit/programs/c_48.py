"""C-48: `wait=True` always waits.

The standard executor ends the line with 'False', this project's with 'True'.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    future = pool.submit(sleep, 3)
    pool.shutdown(wait=False)
    pool.shutdown(wait=True)
    print("shutdown() has waited; its task is done:", future.done())
