"""Where the boxes and arrows of a state diagram stand: in layers, from top to bottom.

Decides: the layers, the order in each, every coordinate. Must not know: what is drawn.

The way of Sugiyama, Tagawa and Toda (1981). Links that lead back are turned round. A box stands below all that lead to
it, with a layer for labels between two layers of boxes. A link becomes a chain with a vertex in each layer that it
crosses; one of them is its label, so a label never lies on anything (Gansner and others, 1993). The order in the layers
is improved until no exchange saves a crossing. Then all is moved sideways, chains as straight lines. It is the same
picture each time: nothing is left to chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

__all__ = ["Box", "Link", "Placed", "Point", "Route", "apart", "placed"]

Point = tuple[float, float]

BETWEEN = 26
"""From a box to the next in its layer."""
BESIDE = 18
"""Likewise where one of the two is a line or a label."""
GAP = 15
"""From a layer to the next, at least."""
STEEP = 0.07
"""More of it for each unit that a link goes sideways there."""
PORT = 16
"""From one arrow to the next at the edge of a box."""
CORNER = 14
"""From the corner of a box to its first arrow."""
LOOP = 30
"""How far a box's arrow to itself goes to the side, the label not counted."""
SWEEPS = 10


@dataclass(frozen=True, slots=True)
class Box:
    """A node, and how much room it needs."""

    name: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow, and how much room its label needs."""

    source: str
    target: str
    width: float = 0
    height: float = 0
    weight: float = 1
    """How much it matters that it is straight."""


@dataclass(frozen=True, slots=True)
class Route:
    """How an arrow goes: curves and straight lines by turns, a curve first and last; every joint is vertical."""

    joints: tuple[Point, ...]
    label: Point
    back: bool
    """It leads to a box above the one that it comes from, or to the same."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The whole picture; boxes by their middle."""

    boxes: dict[str, Point]
    routes: tuple[Route, ...]
    width: float
    height: float


@dataclass(slots=True)
class _Vertex:
    """A box, a label, or a link's way through a layer."""

    layer: int
    left: float = 0
    right: float = 0
    height: float = 0
    is_box: bool = False
    x: float = 0
    up: list[tuple[int, float]] = field(default_factory=list)
    down: list[tuple[int, float]] = field(default_factory=list)
    """Its neighbours, each with the weight of the link."""


def placed(boxes: Sequence[Box], links: Sequence[Link]) -> Placed:
    """The picture of these boxes; the first of them is where one begins to read."""
    back = _leading_back(boxes, links)
    vertices = _boxes(boxes, links, back)
    chains = [_chain(vertices, boxes, link, at in back) for at, link in enumerate(links)]
    layers = _ordered(vertices, chains, back)
    _move_sideways(vertices, layers)
    return _Page(boxes, links, back, vertices, chains, layers).placed()


# --- layers -----------------------------------------------------------------------------------------------------------


def _leading_back(boxes: Sequence[Box], links: Sequence[Link]) -> set[int]:
    """The links that close a circle, found by following links from the first box on, deep before broad."""
    back: set[int] = set()
    begun: set[str] = set()
    done: set[str] = set()

    def follow(name: str) -> None:
        begun.add(name)
        for at, link in enumerate(links):
            if link.source == name and link.target in begun - done:
                back.add(at)
            elif link.source == name and link.target not in begun:
                follow(link.target)
        done.add(name)

    for box in boxes:
        if box.name not in begun:
            follow(box.name)
    return back


def _boxes(boxes: Sequence[Box], links: Sequence[Link], back: set[int]) -> list[_Vertex]:
    """The boxes as vertices, each two layers below the lowest that leads to it."""
    above: dict[str, list[str]] = {box.name: [] for box in boxes}
    aside = {box.name: (0.0, box.height) for box in boxes}
    for at, link in enumerate(links):
        if link.source == link.target:
            aside[link.source] = LOOP + link.width, max(link.height, aside[link.source][1])
        elif at in back:
            above[link.source].append(link.target)
        else:
            above[link.target].append(link.source)

    def layer(name: str) -> int:
        return max((layer(other) + 2 for other in above[name]), default=0)

    return [
        _Vertex(layer(box.name), box.width / 2, box.width / 2 + wide, tall, is_box=True)
        for box, (wide, tall) in zip(boxes, aside.values(), strict=True)
    ]


def _chain(vertices: list[_Vertex], boxes: Sequence[Box], link: Link, leads_back: bool) -> list[int]:
    """The vertices of a link, from top to bottom; those between are made here. The label is next to the source."""
    names = [box.name for box in boxes]
    ends = names.index(link.source), names.index(link.target)
    top, bottom = reversed(ends) if leads_back else ends
    if top == bottom:
        return [top]
    between = range(vertices[top].layer + 1, vertices[bottom].layer)
    chain = [top, *(len(vertices) + step for step in range(len(between))), bottom]
    vertices += [_Vertex(layer) for layer in between]
    label = vertices[chain[-2 if leads_back else 1]]
    label.left = label.right = link.width / 2
    label.height = link.height
    for upper, lower in pairwise(chain):
        inner = sum(not vertices[end].is_box for end in (upper, lower))
        weight = link.weight * (1, 2, 6)[inner]
        vertices[upper].down.append((lower, weight))
        vertices[lower].up.append((upper, weight))
    return chain


# --- the order in each layer ------------------------------------------------------------------------------------------


def _ordered(vertices: list[_Vertex], chains: list[list[int]], back: set[int]) -> list[list[int]]:
    """Of the orders that several starts lead to the one with the fewest crossings."""
    turned = {number for at in back for number in chains[at][1:-1]}
    numbers = range(len(vertices))
    starts = (numbers, numbers[::-1], sorted(numbers, key=lambda number: number not in turned))
    return min((_improved(vertices, start) for start in starts), key=lambda layers: _crossings(vertices, layers))


def _improved(vertices: list[_Vertex], start: Sequence[int]) -> list[list[int]]:
    layers: list[list[int]] = [[] for _ in range(1 + max(vertex.layer for vertex in vertices))]
    for number in start:
        layers[vertices[number].layer].append(number)
    best, fewest = [list(layer) for layer in layers], _crossings(vertices, layers)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for layer in layers if downwards else layers[::-1]:
            _sort(vertices, layers, layer, downwards)
        _exchange(vertices, layers)
        crossings = _crossings(vertices, layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _sort(vertices: list[_Vertex], layers: list[list[int]], layer: list[int], downwards: bool) -> None:
    """Each vertex to the mean place of its neighbours above, or below; who has none stays where he is."""
    place = {number: float(at) for row in layers for at, number in enumerate(row)}

    def mean(number: int) -> float:
        beside = vertices[number].up if downwards else vertices[number].down
        total = sum(weight for _, weight in beside)
        return sum(place[other] * weight for other, weight in beside) / total if total else place[number]

    layer.sort(key=mean)


def _exchange(vertices: list[_Vertex], layers: list[list[int]]) -> None:
    """Exchange neighbours in a layer as long as that saves a crossing."""
    better = True
    while better:
        better = False
        for number, layer in enumerate(layers):
            beside = layers[max(number - 1, 0) : number + 2]
            for at in range(len(layer) - 1):
                before = _crossings(vertices, beside)
                layer[at], layer[at + 1] = layer[at + 1], layer[at]
                if _crossings(vertices, beside) < before:
                    better = True
                else:
                    layer[at], layer[at + 1] = layer[at + 1], layer[at]


def _crossings(vertices: list[_Vertex], layers: list[list[int]]) -> int:
    """How many pairs of links cross."""
    count = 0
    for upper, lower in pairwise(layers):
        place = {number: at for at, number in enumerate(lower)}
        ends: list[int] = []
        for number in upper:
            here = sorted(place[other] for other, _ in vertices[number].down)
            count += sum(left > at for left in ends for at in here)
            ends += here
    return count


# --- sideways ---------------------------------------------------------------------------------------------------------


def _move_sideways(vertices: list[_Vertex], layers: list[list[int]]) -> None:
    """Pull all upwards or downwards, to the left or to the right; take the middle of the four (Brandes, Köpf, 2002)."""
    lighter = _lighter_of_two_that_cross(vertices, layers)
    pulls: list[list[float]] = []
    for downwards in (True, False):
        for mirrored in (True, False):
            rows = [layer[::-1] if mirrored else layer for layer in (layers if downwards else layers[::-1])]
            block = _aligned(vertices, rows, lighter, downwards)
            xs = _compact(vertices, rows, block, mirrored)
            pulls.append([-x for x in xs] if mirrored else xs)
    widths = [max(xs) - min(xs) for xs in pulls]
    narrow = pulls[widths.index(min(widths))]
    for at, xs in enumerate(pulls):
        shift = max(narrow) - max(xs) if at % 2 == 0 else min(narrow) - min(xs)
        pulls[at] = [x + shift for x in xs]
    for number, vertex in enumerate(vertices):
        four = sorted(xs[number] for xs in pulls)
        vertex.x = (four[1] + four[2]) / 2


def _lighter_of_two_that_cross(vertices: list[_Vertex], layers: list[list[int]]) -> set[tuple[int, int]]:
    """Of two links between layers that cross only one can be straight: this is the other."""
    lighter: set[tuple[int, int]] = set()
    for upper, lower in pairwise(layers):
        parts = [
            (at, lower.index(to), weight, (number, to))
            for at, number in enumerate(upper)
            for to, weight in vertices[number].down
        ]
        for (top, bottom, weight, part), (top2, bottom2, weight2, part2) in combinations(parts, 2):
            if (top - top2) * (bottom - bottom2) < 0 and weight != weight2:
                lighter.add(part if weight < weight2 else part2)
    return lighter


def _aligned(
    vertices: list[_Vertex], rows: list[list[int]], lighter: set[tuple[int, int]], downwards: bool
) -> list[int]:
    """For each vertex the first one of those that it stands exactly below (or above).

    It stands below its neighbour in the middle, of those with the heaviest link; if that one has no heavier link to
    another, and no line to its left (or right) is crossed.
    """
    block = list(range(len(vertices)))
    for before, row in pairwise(rows):
        place = {number: at for at, number in enumerate(before)}
        last = -1
        for number in row:
            beside = vertices[number].up if downwards else vertices[number].down
            heaviest = max((weight for _, weight in beside), default=0)
            others = sorted((place[other], other) for other, weight in beside if weight == heaviest)
            for at, other in others[(len(others) - 1) // 2 : len(others) // 2 + 1]:
                back = vertices[other].down if downwards else vertices[other].up
                part = (other, number) if downwards else (number, other)
                if at > last and part not in lighter and heaviest == max(weight for _, weight in back):
                    block[number] = block[other]
                    last = at
                    break
    return block


def _compact(vertices: list[_Vertex], rows: list[list[int]], block: list[int], mirrored: bool) -> list[float]:
    """As far left as neighbours allow, then each block back to the right as far as nobody minds."""
    steps: dict[tuple[int, int], float] = {}
    for row in rows:
        for left, right in pairwise(row):
            step = _step(vertices[right], vertices[left]) if mirrored else _step(vertices[left], vertices[right])
            pair = block[left], block[right]
            steps[pair] = max(step, steps.get(pair, 0))
    xs = dict.fromkeys(block, 0.0)
    for _ in xs:
        for (left, right), step in steps.items():
            xs[right] = max(xs[right], xs[left] + step)
    for _ in xs:
        for here in xs:
            room = [xs[right] - step for (left, right), step in steps.items() if left == here]
            if room and any(right == here for _, right in steps):
                xs[here] = max(xs[here], min(room))
    return [xs[number] for number in block]


def _step(left: _Vertex, right: _Vertex) -> float:
    """From a vertex to the next in its layer, at least."""
    return left.right + right.left + (BETWEEN if left.is_box and right.is_box else BESIDE)


def apart(wanted: Sequence[float], weights: Sequence[float], steps: Sequence[float]) -> list[float]:
    """As near to where they want to be as neighbours allow, each at least a step right of the one before.

    Least squares under an order: pool adjacent violators.
    """
    offsets = [sum(steps[:at]) for at in range(len(wanted))]
    pools: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        pool = (want - offset, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            at, heavy, many = pools.pop()
            total = heavy + pool[1]
            pool = ((at * heavy + pool[0] * pool[1]) / total, total, many + pool[2])
        pools.append(pool)
    places = [at for at, _, many in pools for _ in range(many)]
    return [at + offset for at, offset in zip(places, offsets, strict=True)]


# --- the picture ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Page:
    """From vertices to coordinates."""

    boxes: Sequence[Box]
    links: Sequence[Link]
    back: set[int]
    vertices: list[_Vertex]
    chains: list[list[int]]
    layers: list[list[int]]

    def placed(self) -> Placed:
        """The picture, its upper left corner at 0, 0."""
        left = min(vertex.x - vertex.left for vertex in self.vertices)
        for vertex in self.vertices:
            vertex.x -= left
        tops = self._tops()
        heights = [max(self.vertices[number].height for number in layer) for layer in self.layers]
        middles = [top + height / 2 for top, height in zip(tops, heights, strict=True)]
        ports = self._ports()
        return Placed(
            {box.name: (self.vertices[at].x, middles[self.vertices[at].layer]) for at, box in enumerate(self.boxes)},
            tuple(self._route(at, tops, heights, ports) for at in range(len(self.links))),
            max(vertex.x + vertex.right for vertex in self.vertices),
            tops[-1] + heights[-1],
        )

    def _tops(self) -> list[float]:
        """Where each layer begins: further down where a link goes far to the side."""
        tops = [0.0]
        for layer in self.layers[:-1]:
            rows = [self.vertices[number] for number in layer]
            far = max((abs(row.x - self.vertices[to].x) for row in rows for to, _ in row.down), default=0)
            tops.append(tops[-1] + max(row.height for row in rows) + GAP + round(STEEP * far))
        return tops

    def _ports(self) -> dict[tuple[int, int], float]:
        """Where a link touches a box: as straight above or below the next vertex of its chain as can be."""
        ports: dict[tuple[int, int], float] = {}
        for number in range(len(self.boxes)):
            box = self.vertices[number]
            for beside in (box.up, box.down):
                others = sorted((self.vertices[other].x, other) for other, _ in beside)
                reach = max(box.left - CORNER, box.left / 2)
                low, high = box.x - reach, box.x + reach
                wanted = [min(max(x, low), high) for x, _ in others]
                steps = [min(PORT, 2 * reach / max(len(others) - 1, 1))] * (len(others) - 1)
                found = apart(wanted, [1.0] * len(others), steps)
                for at, (_, other) in enumerate(others):
                    first, last = low + sum(steps[:at]), high - sum(steps[at:])
                    ports[number, other] = min(max(found[at], first), last)
        return ports

    def _route(self, at: int, tops: list[float], heights: list[float], ports: dict[tuple[int, int], float]) -> Route:
        chain, link, back = self.chains[at], self.links[at], at in self.back
        first = self.vertices[chain[0]]
        if len(chain) == 1:
            y = tops[first.layer] + heights[first.layer] / 2
            edge = first.x + first.left
            return Route(((edge, y - 10), (edge, y + 10)), (edge + LOOP + link.width / 2, y), back=True)
        joints = list(self._joints(chain, tops, heights, ports))
        label = self.vertices[chain[-2 if back else 1]]
        middle = label.x, tops[label.layer] + heights[label.layer] / 2
        return Route(tuple(reversed(joints) if back else joints), middle, back)

    def _joints(
        self, chain: list[int], tops: list[float], heights: list[float], ports: dict[tuple[int, int], float]
    ) -> Iterator[Point]:
        """From the lower edge of the upper box to the upper edge of the lower one."""
        top, bottom = self.vertices[chain[0]], self.vertices[chain[-1]]
        middle = tops[top.layer] + heights[top.layer] / 2
        yield ports[chain[0], chain[1]], middle + self.boxes[chain[0]].height / 2
        for number in chain[1:-1]:
            vertex = self.vertices[number]
            yield vertex.x, tops[vertex.layer]
            yield vertex.x, tops[vertex.layer] + heights[vertex.layer]
        middle = tops[bottom.layer] + heights[bottom.layer] / 2
        yield ports[chain[-1], chain[-2]], middle - self.boxes[chain[-1]].height / 2
