"""C-39: A result or exception that cannot be unpickled in the parent costs its own future only.

It ends with 'BrokenProcessPool' where the bug is, and with 'TypeError' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor


class TwoWords(Exception):
    def __init__(self, one, two):
        super().__init__(one)


def fails():
    raise TwoWords("one", "two")


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        error = pool.submit(fails).exception()
        print("an exception that needs two arguments:", type(error).__name__)
