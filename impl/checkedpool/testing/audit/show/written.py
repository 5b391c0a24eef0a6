"""An audit's report as an HTML file, and beside it one in which each history that differs is walked through.

Decides: what the files are called.  Must not know: how they read: whoever writes pages gets plain values, and is found
by an entry point, since the implementation does not import the model.
"""

from importlib.metadata import entry_points
from pathlib import Path

from checkedpool.testing.audit.run.rounds import Rounds
from checkedpool.testing.audit.show import report
from checkedpool.testing.audit.show.explored import History
from checkedpool_spec.clauses import sentence

__all__ = ["GROUP", "NoPagesError", "write"]

GROUP, NAME = "checkedpool.pages", "audit"


class NoPagesError(Exception):
    """Nothing is installed that writes pages, or the file cannot be written."""


def write(done: Rounds, path: Path) -> tuple[Path, ...]:
    """Write the report, and the histories if any differs; the files."""
    histories = [
        History(f"{clause} {sentence(clause)}", findings[0], done.options)
        for clause, findings in done.shortest().items()
    ]
    explorer = path.with_name(f"{path.stem}-histories.html")
    for entry in entry_points(group=GROUP, name=NAME):
        page, walked = entry.load()(report.plain(done), histories, explorer.name)
        try:
            path.write_text(page, encoding="utf-8")
            if walked:
                explorer.write_text(walked, encoding="utf-8")
        except OSError as error:
            raise NoPagesError(f"cannot write {path}: {error.strerror}") from error
        return (path, explorer) if walked else (path,)
    raise NoPagesError(f"nothing is installed that writes pages: the entry point {GROUP} names nobody")
