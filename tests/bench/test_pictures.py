"""The pictures, as far as they can be checked without the library that draws them."""

from pathlib import Path

import pytest

from tests.bench import pictures
from tests.bench.making import cell, line, run
from tests.bench.peers import PEERS
from tests.bench.rows import ROWS


def test_every_point_of_a_picture_is_a_row() -> None:
    assert {row for panels in pictures.PICTURES.values() for panel in panels for row in panel.places} <= set(ROWS)


def test_every_peer_has_a_colour_of_its_own() -> None:
    assert len(set(pictures.COLOURS)) == len(PEERS)


def test_the_pictures_of_a_part_of_a_run_are_drawn_too(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="it is in the extra `bench`")
    pictures.write(run(line("tiny-2", cell("standard", 0.002), cell("checkedpool", 0.001))), tmp_path)
    assert len(list(tmp_path.glob("bench-*.svg"))) == 3
