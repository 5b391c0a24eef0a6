"""Write the pictures, and the page of the record: ``python -m tests.pictures``."""

from pathlib import Path

from checkedpool_model.pictures import events
from tests.pictures import record
from tests.pictures.diagrams import diagrams
from tests.pictures.drawing import drawn
from tests.pictures.ends import REQUESTS, ends_of
from tests.pictures.flows import flow
from tests.pictures.runs import KEPT, kept
from tests.pictures.test_runs import COLUMNS

FOLDER = Path(__file__).parents[2] / "docs" / "generated"

if __name__ == "__main__":
    for name, diagram in diagrams().items():
        (FOLDER / f"table-{name}.svg").write_text(drawn(diagram), encoding="utf-8")
    (FOLDER / "worker-record.md").write_text(record.page(), encoding="utf-8")
    (FOLDER / "trace-death.svg").write_text(events.svg(kept("death")), encoding="utf-8")
    (KEPT / "calm.txt").write_text(events.text(kept("calm"), COLUMNS), encoding="utf-8")
    for level in REQUESTS:
        (FOLDER / f"ends-{level.name.lower()}.svg").write_text(flow(ends_of(level)), encoding="utf-8")
