"""The pictures, as far as they can be checked without the library that draws them."""

from tests.bench import pictures
from tests.bench.peers import PEERS
from tests.bench.rows import ROWS


def test_every_point_of_a_picture_is_a_row() -> None:
    assert {row for panels in pictures.PICTURES.values() for panel in panels for row in panel.places} <= set(ROWS)


def test_every_peer_has_a_colour_of_its_own() -> None:
    assert len(set(pictures.COLOURS)) == len(PEERS)
