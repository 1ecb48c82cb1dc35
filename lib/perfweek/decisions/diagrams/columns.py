"""The layout without Graphviz: layers as columns, each ordered by where its neighbours stand (Sugiyama's method in its simplest form).

Layers: the longest path from a box without predecessors (Sugiyama, Tagawa and Toda 1981); a link over several layers passes through
points that are placed like boxes, so that it does not cross any. Order: eight sweeps of barycentres.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from perfweek.decisions.diagrams.layout import Layout, Link, Point, Size

_GAP_PX, _LAYER_PX, _MARGIN = 16.0, 34.0, 6.0
_SWEEPS = 8
_POINT = Size(2, 14)


@dataclass(frozen=True)
class _Chain:
    """A link as its steps from layer to layer: numbers of boxes and points."""

    link: Link
    steps: tuple[int, ...]


def column_layout(boxes: Sequence[Size], links: Sequence[Link]) -> Layout:
    """Boxes from left to right in the direction of the links; a link that closes a circle is drawn backwards."""
    layers = _layers(len(boxes), links)
    sizes, chains = list(boxes), []
    for link in links:
        low, high = sorted(link, key=lambda box: layers[box])
        between = range(layers[low] + 1, layers[high])
        points = [_new_point(sizes, layers, layer) for layer in between]
        chains.append(_Chain(link, (low, *points, high)))
    columns = _ordered(layers, chains)
    centres = _centres(columns, sizes)
    width = max((x + sizes[box].width / 2 for box, (x, _) in centres.items()), default=0.0) + _MARGIN
    height = max((y + sizes[box].height / 2 for box, (_, y) in centres.items()), default=0.0) + _MARGIN
    curves = tuple(_curve(chain, centres, sizes) for chain in chains)
    return Layout(width, height, tuple(centres[place] for place in range(len(boxes))), curves)


def _new_point(sizes: list[Size], layers: dict[int, int], layer: int) -> int:
    sizes.append(_POINT)
    layers[len(sizes) - 1] = layer
    return len(sizes) - 1


def _layers(count: int, links: Sequence[Link]) -> dict[int, int]:
    """Box -> layer, so that every link but those that close a circle goes to a later one."""
    forward = _without_circles(count, links)
    layers = dict.fromkeys(range(count), 0)
    for _ in range(count):
        late = [(source, target) for source, target in forward if layers[target] <= layers[source]]
        if not late:
            break
        for source, target in late:
            layers[target] = max(layers[target], layers[source] + 1)
    return layers


def _without_circles(count: int, links: Sequence[Link]) -> list[Link]:
    after: defaultdict[int, list[int]] = defaultdict(list)
    for source, target in links:
        after[source].append(target)
    back: set[Link] = set()
    state = dict.fromkeys(range(count), 0)
    for start in range(count):
        stack = [(start, iter(after[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while stack:
            box, following = stack[-1]
            target = next(following, -1)
            if target < 0:
                state[box] = 2
                stack.pop()
            elif state[target] == 1:
                back.add((box, target))
            elif not state[target]:
                state[target] = 1
                stack.append((target, iter(after[target])))
    return [link for link in links if link not in back]


def _ordered(layers: dict[int, int], chains: Sequence[_Chain]) -> list[list[int]]:
    columns: list[list[int]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for box, layer in sorted(layers.items()):
        columns[layer].append(box)
    beside: defaultdict[int, list[int]] = defaultdict(list)
    for chain in chains:
        for one, other in pairwise(chain.steps):
            beside[one].append(other)
            beside[other].append(one)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            place = {box: index / max(1, len(each) - 1) for each in columns for index, box in enumerate(each)}
            mean = {box: _mean([place[other] for other in beside[box]], place[box]) for box in column}
            column.sort(key=lambda box: mean[box])
    return columns


def _centres(columns: Sequence[Sequence[int]], sizes: Sequence[Size]) -> dict[int, Point]:
    """Columns side by side, each centred on the tallest."""
    heights = [sum(sizes[box].height + _GAP_PX for box in column) - _GAP_PX for column in columns]
    tallest, left = max(heights, default=0.0), _MARGIN
    centres: dict[int, Point] = {}
    for column, height in zip(columns, heights, strict=True):
        width = max(sizes[box].width for box in column)
        top = _MARGIN + (tallest - height) / 2
        for box in column:
            centres[box] = (left + width / 2, top + sizes[box].height / 2)
            top += sizes[box].height + _GAP_PX
        left += width + _LAYER_PX
    return centres


def _curve(chain: _Chain, centres: dict[int, Point], sizes: Sequence[Size]) -> tuple[Point, ...]:
    """From side to side through the points, level at each of them; turned round for a link that goes back."""
    if len(chain.steps) < 2 or chain.steps[0] == chain.steps[-1]:
        return (centres[chain.link[0]],) * 4
    ends = [_side(centres[chain.steps[0]], sizes[chain.steps[0]], 1)]
    ends += [centres[step] for step in chain.steps[1:-1]]
    ends.append(_side(centres[chain.steps[-1]], sizes[chain.steps[-1]], -1))
    points = [ends[0]]
    for start, end in pairwise(ends):
        middle = (start[0] + end[0]) / 2
        points += [(middle, start[1]), (middle, end[1]), end]
    return tuple(points if chain.steps[0] == chain.link[0] else reversed(points))


def _side(centre: Point, size: Size, direction: int) -> Point:
    return centre[0] + direction * size.width / 2, centre[1]


def _mean(values: Iterable[float], otherwise: float) -> float:
    known = list(values)
    return sum(known) / len(known) if known else otherwise
