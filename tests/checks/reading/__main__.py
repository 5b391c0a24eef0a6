"""``python -m tests.checks.reading [submit|cancel|death]``.  Decides: how what one has to read is shown."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile

from rich.console import Console
from rich.table import Table

from tests.checks.reading.path import PATHS, entered


def main() -> int:
    """Print a table; or, with ``--files``, a line for each file, to be read by a machine."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.checks.reading", description=sys.modules[__package__].__doc__
    )
    parser.add_argument("path", choices=PATHS)
    parser.add_argument("--files", action="store_true", help="lines and file, nothing else")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = {os.path.relpath(file): len(lines) for file, lines in entered(asked.path, folder).items()}
    if asked.files:
        sys.stdout.writelines(f"{count} {file}\n" for file, count in sorted(lines.items()))
        return 0
    table = Table("file", "lines", title=f"entered on the path {asked.path}")
    for file, count in sorted(lines.items(), key=lambda item: -item[1]):
        table.add_row(file, str(count))
    table.add_section()
    table.add_row(f"{len(lines)} files", str(sum(lines.values())))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
