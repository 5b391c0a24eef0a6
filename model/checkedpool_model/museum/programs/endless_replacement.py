"""The replacement that never ends: the initializer fails in every worker, and multiprocessing.Pool starts another.

It ends with 'TimeoutError' where the bug is, and with 'it is an error' elsewhere.
"""

import sys
from multiprocessing import Pool, TimeoutError


def fails():
    sys.exit(1)


if __name__ == "__main__":
    with Pool(1, initializer=fails) as pool:
        try:
            pool.apply_async(abs, (-1,)).get(timeout=3)
        except TimeoutError:
            print("after three seconds of new workers: TimeoutError")
        except Exception as error:
            print(repr(error), "- it is an error")
