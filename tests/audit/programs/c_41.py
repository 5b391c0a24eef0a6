"""C-41: A whole pool is never lost to a value.

It ends with 'BrokenProcessPool' where the bug is, and with '1' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor


class TwoWords(Exception):
    def __init__(self, one, two):
        super().__init__(one)


def fails():
    raise TwoWords("one", "two")


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        pool.submit(fails).exception()
        try:
            print("the task after one that failed:", pool.submit(abs, -1).result())
        except Exception as error:
            print("the task after one that failed:", type(error).__name__)
