"""Two sliders over size and time to live for JupyterLab. A report keeps only the sentence: it strips what can act."""

import json
import math
from collections.abc import Sequence
from html import escape

from perfweek.errors import PublishError
from perfweek.report.output import emit

_MOVED = (
    "const box=this.closest('.pw-explore');const at=name=>+box.querySelector('input[name='+name+']').value;"
    "const known=JSON.parse(box.dataset.known);const size=at('size'),life=at('life');"
    "box.querySelector('output').textContent='A cache of '+known.sizes[size].toLocaleString('en')+' objects whose entries live '+known.lives[life]+"
    "' misses '+(100*known.misses[life][size]).toFixed(1)+' % of the reads.';"
)


def explore(sizes: Sequence[int], lives: Sequence[str], misses: Sequence[Sequence[float]], note: str) -> None:
    """Show `misses[life][size]` (shares of the reads) for the size and the time to live that the sliders are at.

    Raises PublishError where the table does not fit the sizes and lives; shows the note alone where there is nothing to slide over.
    """
    if len(misses) != len(lives) or any(len(row) != len(sizes) for row in misses):
        raise PublishError("the misses do not fit the sizes and the times to live", remedy="Give a row a time to live, an entry a size.")
    if not sizes or not lives or any(math.isnan(miss) for row in misses for miss in row):
        emit(f'<p class="pw-note">{escape(note)}</p>', note, "sentence")
        return
    size, life = len(sizes) // 2, len(lives) // 2
    said = f"A cache of {sizes[size]:,} objects whose entries live {lives[life]} misses {100 * misses[life][size]:.1f} % of the reads."
    known = escape(json.dumps({"sizes": list(sizes), "lives": list(lives), "misses": [list(row) for row in misses]}))
    sliders = "".join(
        f'<input type="range" name="{name}" aria-label="{label}" title="{label}" min="0" max="{most - 1}" value="{at}" oninput="{escape(_MOVED)}"> '
        for label, name, most, at in (("size", "size", len(sizes), size), ("time to live", "life", len(lives), life))
    )
    content = (
        f'<div class="pw-explore" data-known="{known}">{sliders}<p class="pw-say"><output>{escape(said)}</output></p><p>{escape(note)}</p></div>'
    )
    emit(content, said, "sentence")
