"""Flame graphs as HTML: one row a depth, root on top, each frame as wide as its share of the samples."""

import html
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Stacks = Mapping[tuple[str, ...], int]
NARROWEST = 0.002
MOST_FRAMES = 2500
DEEPEST = 120
TOP = 10
TINTS = 5


@dataclass
class Frame:
    """A function called from one place: `samples` in it or below it; `calls` by name."""

    name: str
    samples: int = 0
    calls: dict[str, "Frame"] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """A frame as drawn: row `depth`, from `left` over `width`, both shares of all samples."""

    name: str
    depth: int
    left: float
    width: float
    samples: int
    merged: int = 0


def call_tree(stacks: Stacks) -> Frame:
    """The stacks as one tree below a root named 'all'. Calls deeper than 120 count in their last frame that is drawn."""
    root = Frame("all")
    for stack, samples in stacks.items():
        root.samples += samples
        frame = root
        for name in stack[:DEEPEST]:
            frame = frame.calls.setdefault(name, Frame(name))
            frame.samples += samples
    return root


def layout(stacks: Stacks, narrowest: float = NARROWEST) -> list[Box]:
    """The boxes of a flame graph, row by row, widest call first.

    Calls narrower than `narrowest` are merged into one box where together they are as wide, else left out; the limit
    is doubled until at most 2500 boxes remain.
    """
    root = call_tree(stacks)
    boxes = list(_boxes(root, narrowest)) if root.samples else []
    return boxes if len(boxes) <= MOST_FRAMES else layout(stacks, narrowest * 2)


def _boxes(root: Frame, narrowest: float) -> Iterator[Box]:
    row = [(root, 0.0)]
    depth = 0
    while row:
        below: list[tuple[Frame, float]] = []
        for frame, left in row:
            if depth == 0:
                yield Box(frame.name, 0, 0.0, 1.0, frame.samples)
            for box, called in _calls(frame, depth + 1, left, root.samples, narrowest):
                yield box
                if called:
                    below.append((called, box.left))
        row, depth = below, depth + 1


def _calls(frame: Frame, depth: int, left: float, total: int, narrowest: float) -> Iterator[tuple[Box, Frame | None]]:
    ordered = sorted(frame.calls.values(), key=lambda call: (-call.samples, call.name))
    wide = [call for call in ordered if call.samples / total >= narrowest]
    for call in wide:
        yield Box(call.name, depth, left, call.samples / total, call.samples), call
        left += call.samples / total
    narrow = ordered[len(wide) :]
    samples = sum(call.samples for call in narrow)
    if samples / total >= narrowest:
        yield Box(f"{len(narrow)} narrow calls", depth, left, samples / total, samples, len(narrow)), None


def top_functions(stacks: Stacks, limit: int = TOP) -> list[tuple[str, int, int]]:
    """(function, samples at the top of the stack, samples anywhere in it), most first; recursion counts once."""
    own: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for stack, samples in stacks.items():
        if stack:
            own[stack[-1]] += samples
            anywhere.update(dict.fromkeys(stack, samples))
    return [(name, samples, anywhere[name]) for name, samples in sorted(own.items(), key=lambda item: (-item[1], item[0]))[:limit]]


def flame_html(stacks: Stacks, label: str) -> str:
    """The flame graph and its table of functions as safe HTML, complete without script. `label` says what it shows."""
    rows: dict[int, list[Box]] = defaultdict(list)
    for box in layout(stacks):
        rows[box.depth].append(box)
    drawn = "".join(f'<div class="pw-row">{"".join(map(_box_html, row))}</div>' for row in rows.values()) or "<p>No samples.</p>"
    graph = f'<div class="pw-flame" role="group" aria-label="{html.escape(label)}"><div class="pw-rows">{drawn}</div></div>'
    return graph + _table_html(stacks)


def _box_html(box: Box) -> str:
    name = html.escape(box.name)
    tip = f"{name}: {box.width:.1%} of samples, {box.samples:,} {'sample' if box.samples == 1 else 'samples'}"
    tint = "pw-narrow" if box.merged else f"pw-tint{_tint(box)}"
    return f'<span class="pw-frame {tint}" style="left:{box.left:.4%};width:{box.width:.4%}" title="{tip}">{name}</span>'


def _tint(box: Box) -> int:
    """Frames of one file share a tint: the text behind the last bracket of 'function (file:line)', without the line."""
    place = box.name.rpartition("(")[2].rpartition(":")[0] or box.name
    return zlib.crc32(place.encode()) % TINTS


def _table_html(stacks: Stacks) -> str:
    total = sum(stacks.values())
    top = top_functions(stacks)
    headings = (("Function", "query"), ("Own samples", "num"), ("Own, %", "num"), ("With calls, %", "num"))
    head = "".join(f'<th scope="col" class="pw-{style}">{text}</th>' for text, style in headings)
    body = "".join(
        f'<tr><th scope="row" class="pw-query"><code>{html.escape(name)}</code></th><td class="pw-num">{own:,}</td>'
        f'<td class="pw-num">{100 * own / total:.1f}</td><td class="pw-num">{100 * anywhere / total:.1f}</td></tr>'
        for name, own, anywhere in top
    )
    caption = f"Functions by own samples: {len(top)} of {len(top_functions(stacks, len(stacks)))}, {total:,} samples in all"
    return (
        '<details class="pw-aside"><summary>The same as a table</summary>'
        '<div class="pw-scroll" role="region" tabindex="0" aria-label="Table of functions">'
        f'<table class="pw-table"><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>'
    )


def flame_text(stacks: Stacks) -> str:
    """The top functions as plain text, one a line."""
    total = sum(stacks.values()) or 1
    return "\n".join(f"{own / total:6.1%}  {name}" for name, own, _ in top_functions(stacks))
