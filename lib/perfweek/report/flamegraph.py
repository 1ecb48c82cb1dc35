"""Flame graphs as HTML: one row a depth, root on top, each frame as wide as its share of the samples."""

import html
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Path = tuple[str, ...]
Stacks = Mapping[Path, float]
NARROWEST = 0.002
MOST_FRAMES = 2500
DEEPEST = 120
TOP = 10
TINTS = 5


@dataclass
class Frame:
    """A function called from one place: `samples` (or whatever the stacks weigh) in it or below it; `calls` by name."""

    name: str
    samples: float = 0
    calls: dict[str, "Frame"] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """A frame as drawn: row `depth`, from `left` over `width`, both shares of all samples; `path`: the frames from the root to it, () for the
    root itself. `merged`: of how many narrow calls it is made, 0 for one."""

    name: str
    depth: int
    left: float
    width: float
    samples: float
    merged: int = 0
    path: Path = ()


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
    row = [(root, Box(root.name, 0, 0.0, 1.0, root.samples))]
    yield row[0][1]
    while row:
        below: list[tuple[Frame, Box]] = []
        for frame, above in row:
            for box, called in _calls(frame, above, root.samples, narrowest):
                yield box
                if called:
                    below.append((called, box))
        row = below


def _calls(frame: Frame, above: Box, total: float, narrowest: float) -> Iterator[tuple[Box, Frame | None]]:
    left, depth = above.left, above.depth + 1
    ordered = sorted(frame.calls.values(), key=lambda call: (-call.samples, call.name))
    wide = [call for call in ordered if call.samples / total >= narrowest]
    for call in wide:
        yield Box(call.name, depth, left, call.samples / total, call.samples, path=(*above.path, call.name)), call
        left += call.samples / total
    narrow = ordered[len(wide) :]
    samples = sum(call.samples for call in narrow)
    if samples / total >= narrowest:
        yield Box(f"{len(narrow)} narrow calls", depth, left, samples / total, samples, len(narrow)), None


def top_functions(stacks: Stacks, limit: int = TOP) -> list[tuple[str, float, float]]:
    """(function, samples at the top of the stack, samples anywhere in it), most first; recursion counts once."""
    own: defaultdict[str, float] = defaultdict(float)
    anywhere: defaultdict[str, float] = defaultdict(float)
    for stack, samples in stacks.items():
        if stack:
            own[stack[-1]] += samples
            for name in set(stack):
                anywhere[name] += samples
    return [(name, samples, anywhere[name]) for name, samples in sorted(own.items(), key=lambda item: (-item[1], item[0]))[:limit]]


def flame_html(stacks: Stacks, label: str) -> str:
    """The flame graph and its table of functions as safe HTML, complete without script. `label` says what it shows."""
    return rows_html(layout(stacks), label, _box_html) + _table_html(stacks)


def rows_html(boxes: Iterable[Box], label: str, draw: Callable[[Box], str]) -> str:
    """The boxes row by row, each as `draw` makes it: a group with the name `label`."""
    rows: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        rows[box.depth].append(box)
    drawn = "".join(f'<div class="pw-row">{"".join(map(draw, row))}</div>' for row in rows.values()) or "<p>No samples.</p>"
    return f'<div class="pw-flame" role="group" aria-label="{html.escape(label)}"><div class="pw-rows">{drawn}</div></div>'


def frame_html(box: Box, style: str, text: str, tip: str) -> str:
    """A box of the class `style` with its text and what it says when it is pointed at or zoomed, both plain text."""
    place = f"left:{box.left:.4%};width:{box.width:.4%}"
    return f'<span class="pw-frame {style}" style="{place}" title="{html.escape(tip)}">{html.escape(text)}</span>'


def _box_html(box: Box) -> str:
    tip = f"{box.name}: {box.width:.1%} of samples, {box.samples:,.0f} {'sample' if box.samples == 1 else 'samples'}"
    return frame_html(box, "pw-narrow" if box.merged else f"pw-tint{_tint(box)}", box.name, tip)


def _tint(box: Box) -> int:
    """Frames of one file share a tint: the text behind the last bracket of 'function (file:line)', without the line."""
    place = box.name.rpartition("(")[2].rpartition(":")[0] or box.name
    return zlib.crc32(place.encode()) % TINTS


def _table_html(stacks: Stacks) -> str:
    total = sum(stacks.values())
    top = top_functions(stacks)
    rows = [(name, f"{own:,.0f}", f"{100 * own / total:.1f}", f"{100 * anywhere / total:.1f}") for name, own, anywhere in top]
    caption = f"Functions by own samples: {len(top)} of {len(top_functions(stacks, len(stacks)))}, {total:,.0f} samples in all"
    return table_html(caption, ("Function", "Own samples", "Own, %", "With calls, %"), rows)


def table_html(caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, figures: bool = True) -> str:
    """A table to unfold, of plain text: the first column is code and names its row, the others are `figures` or else text too."""
    kind = "num" if figures else "text"
    head = "".join(f'<th scope="col" class="pw-{kind if place else "query"}">{html.escape(text)}</th>' for place, text in enumerate(headings))
    body = "".join(
        f'<tr><th scope="row" class="pw-query"><code>{html.escape(row[0])}</code></th>'
        + "".join(f'<td class="pw-{kind}">{html.escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        '<details class="pw-aside"><summary>The same as a table</summary>'
        '<div class="pw-scroll" role="region" tabindex="0" aria-label="Table of functions">'
        f'<table class="pw-table"><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></details>"
    )


def flame_text(stacks: Stacks) -> str:
    """The top functions as plain text, one a line."""
    total = sum(stacks.values()) or 1
    return "\n".join(f"{own / total:6.1%}  {name}" for name, own, _ in top_functions(stacks))
