"""Write the pictures, and the page of the record: ``python -m tests.pictures``."""

from pathlib import Path

from tests.pictures import record
from tests.pictures.diagrams import diagrams
from tests.pictures.drawing import drawn

FOLDER = Path(__file__).parents[2] / "docs" / "generated"

if __name__ == "__main__":
    for name, diagram in diagrams().items():
        (FOLDER / f"table-{name}.svg").write_text(drawn(diagram), encoding="utf-8")
    (FOLDER / "worker-record.md").write_text(record.page(), encoding="utf-8")
