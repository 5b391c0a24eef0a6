"""C-33: What a call raises, `result()` raises: any BaseException, falsy ones included, with its class, `args`,
`__dict__` and `__notes__`; `exception()` returns it.

It ends with 'gave None' where the bug is, and with 'raised' elsewhere.
"""

from pebble import ProcessPool


class Nothing(Exception):
    def __len__(self):
        return 0


def fails():
    raise Nothing


if __name__ == "__main__":
    with ProcessPool(max_workers=1) as pool:
        try:
            print("the task raised, and result() gave", pool.schedule(fails).result())
        except Nothing:
            print("the task raised, and result() raised")
