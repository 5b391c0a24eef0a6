"""C-37: A task that cannot be unpickled in the worker costs its own future only.

It ends with 'BrokenProcessPool' where the bug is, and with 'ValueError' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor


def refuses():
    raise ValueError("not to be read")


class Argument:
    def __reduce__(self):
        return refuses, ()


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        error = pool.submit(id, Argument()).exception()
        print("an argument that cannot be read in the worker:", type(error).__name__)
