"""C-37: A task that cannot be unpickled in the worker costs its own future only.

It ends with 'BrokenProcessPool' where the bug is, and with 'ValueError' elsewhere.
"""

import os

from pebble import ProcessPool


def refuses():
    raise ValueError("not to be read")


class Argument:
    def __reduce__(self):
        return refuses, ()


if __name__ == "__main__":
    pool = ProcessPool(max_workers=1)
    error = pool.schedule(id, args=[Argument()]).exception(timeout=10)
    print("an argument that cannot be read in the worker:", type(error).__name__, flush=True)
    os._exit(0)
