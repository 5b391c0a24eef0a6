"""C-80: The error says what died.

It ends with 'it does not say' where the bug is, and with '3' elsewhere.
"""

import os
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        error = pool.submit(os._exit, 3).exception()
        print("the exit code, by the error:", getattr(error, "exitcode", "it does not say"))
