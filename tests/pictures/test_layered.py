"""Where things stand. Decides: nothing lies on anything, whatever the graph. Must not know: what is drawn."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise
from random import Random

import pytest

from tests.pictures.diagrams import diagrams
from tests.pictures.drawing import page
from tests.pictures.layered import Box, Link, Placed, Point, apart, placed

pytestmark = pytest.mark.one_in(3, "make test-all alone")

Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Graph = tuple[list[Box], list[Link]]


@cache
def found_for(name: str) -> Placed:
    return placed(*GRAPHS[name])


def around(at: Point, width: float, height: float) -> Area:
    return at[0] - width / 2, at[1] - height / 2, at[0] + width / 2, at[1] + height / 2


def areas(boxes: list[Box], links: list[Link], made: Placed) -> dict[object, Area]:
    """What must be free for each box and each label."""
    found: dict[object, Area] = {box.name: around(made.boxes[box.name], box.width, box.height) for box in boxes}
    for number, (link, route) in enumerate(zip(links, made.routes, strict=True)):
        if link.width:
            found[number] = around(route.label, link.width, link.height)
    return found


def points(joints: tuple[Point, ...]) -> Iterator[Point]:
    """Many points of a line of curves and straight parts."""
    for number, ((x, y), (x2, y2)) in enumerate(pairwise(joints)):
        for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            bend = t if number % 2 else 3 * (1 - t) * t * t + t**3  # the curve's ends are vertical
            rise = t if number % 2 else 1.5 * (1 - t) * (1 - t) * t + 1.5 * (1 - t) * t * t + t**3
            yield x + (x2 - x) * bend, y + (y2 - y) * rise


def within(point: Point, area: Area) -> bool:
    return area[0] < point[0] < area[2] and area[1] < point[1] < area[3]


def overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def by_chance(seed: int) -> Graph:
    """A graph in which all is reached from the first box, with links that lead back and to the same box."""
    chance = Random(seed)
    names = [f"s{number}" for number in range(chance.randint(1, 9))]
    boxes = [Box(name, chance.randint(40, 200), chance.randint(30, 90)) for name in names]
    pairs = {(names[chance.randrange(at)], name) for at, name in enumerate(names) if at}
    pairs |= {(chance.choice(names), chance.choice(names)) for _ in names}
    sizes = ((0, 0), (50, 16), (120, 32))
    return boxes, [Link(*pair, *chance.choice(sizes), chance.choice((0.2, 1))) for pair in sorted(pairs)]


GRAPHS = {str(seed): by_chance(seed) for seed in range(60)}
GRAPHS |= {name: page(diagram) for name, diagram in diagrams().items()}


@pytest.fixture(params=GRAPHS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_box_and_no_label_lies_on_another(name: str) -> None:
    found = areas(*GRAPHS[name], found_for(name))
    assert [(one, other) for one, other in combinations(found, 2) if overlap(found[one], found[other])] == []


def test_no_line_goes_through_a_box_or_through_the_label_of_another(name: str) -> None:
    (boxes, links), made = GRAPHS[name], found_for(name)
    found = areas(boxes, links, made)
    for number, (link, route) in enumerate(zip(links, made.routes, strict=True)):
        if link.source != link.target:
            free = {other: area for other, area in found.items() if other != number}
            assert [
                other for point in points(route.joints) for other, area in free.items() if within(point, area)
            ] == []


def test_a_line_leads_from_its_box_to_its_box(name: str) -> None:
    (boxes, links), made = GRAPHS[name], found_for(name)
    found = areas(boxes, links, made)
    for link, route in zip(links, made.routes, strict=True):
        for end, (x, y) in ((link.source, route.joints[0]), (link.target, route.joints[-1])):
            left, top, right, bottom = found[end]
            assert left <= x <= right
            assert top <= y <= bottom


def test_only_a_link_that_closes_a_circle_leads_upwards() -> None:
    boxes = [Box(name, 50, 30) for name in "abcd"]
    links = [Link(*pair) for pair in ("ab", "bc", "ca", "bd", "ad")]
    made = placed(boxes, links)
    assert [route.back for route in made.routes] == [False, False, True, False, False]
    assert made.boxes["a"][1] < made.boxes["b"][1] < made.boxes["c"][1] == made.boxes["d"][1]


def test_all_that_is_drawn_is_on_the_page(name: str) -> None:
    made = found_for(name)
    for left, top, right, bottom in areas(*GRAPHS[name], made).values():
        assert left >= 0
        assert top >= 0
        assert right <= made.width
        assert bottom <= made.height


def test_a_crossing_that_can_be_saved_is_saved() -> None:
    boxes = [Box(name, 50, 30) for name in "rabcd"]
    made = placed(boxes, [Link(*pair) for pair in ("ra", "rb", "bc", "ad")])
    assert (made.boxes["a"][0] < made.boxes["b"][0]) == (made.boxes["d"][0] < made.boxes["c"][0])


def test_the_same_graph_gives_the_same_picture(name: str) -> None:
    assert placed(*GRAPHS[name]) == found_for(name)


@pytest.mark.parametrize(
    ("wanted", "weights", "found"),
    [
        ([], [], []),
        ([0, 20], [1, 1], [0, 20]),
        ([4, 4], [1, 1], [-1, 9]),
        ([4, 4], [9, 1], [3, 13]),
        ([30, 0, 0], [1, 1, 1], [0, 10, 20]),
    ],
)
def test_who_wants_the_same_place_shares_the_way_by_weight(
    wanted: list[float], weights: list[float], found: list[float]
) -> None:
    assert apart(wanted, weights, [10] * (len(wanted) - 1)) == pytest.approx(found)
