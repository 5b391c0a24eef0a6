"""The lost task: a worker of multiprocessing.Pool dies in a task, and nobody says so.

It ends with 'TimeoutError' where the bug is, and with 'it is an error' elsewhere.
"""

import os
from multiprocessing import Pool, TimeoutError

if __name__ == "__main__":
    with Pool(1) as pool:
        try:
            pool.apply_async(os._exit, (3,)).get(timeout=5)
        except TimeoutError:
            print("five seconds after the worker's death: TimeoutError")
        except Exception as error:
            print(repr(error), "- it is an error")
