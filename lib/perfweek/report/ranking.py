"""A ranked table whose rows open to their evidence: native disclosure, so that it works without script, by keyboard, and on paper all open."""

import html
from collections.abc import Iterator, Sequence

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers.sql import SqlLexer

from perfweek.exhibit import Entry, Ranking, Script
from perfweek.report.output import emit, prose, require_words

_LEXER = SqlLexer(stripnl=False, ensurenl=False)
_FORMATTER = HtmlFormatter(nowrap=True)


def show_ranking(ranking: Ranking) -> None:
    """Display the ranking; all texts are escaped. Raises PublishError without a caption or source."""
    require_words("ranking", caption=ranking.caption, source=ranking.source)
    emit(ranking_html(ranking), ranking_text(ranking), "table", source=ranking.source)


def ranking_html(ranking: Ranking) -> str:
    """The ranking as safe HTML: a list of rows, each a summary with its cells under the heads, and what it rests on below."""
    note = f" {prose(ranking.note)}" if ranking.note else ""
    heads = "".join(f"<span>{html.escape(head)}</span>" for head in ranking.heads)
    rows = "".join(_entry(place, one, ranking.heads) for place, one in enumerate(ranking.entries, 1))
    return (
        f'<div class="pw-ranking pw-of{len(ranking.heads)}" role="group" aria-label="{html.escape(ranking.caption)}">'
        f'<p class="pw-caption"><span class="pw-title">{prose(ranking.caption)}</span> '
        f'<span class="pw-count">{len(ranking.entries):,} of {ranking.total:,} rows; each opens.{note}</span> '
        f'<span class="pw-source">evidence: <code>{html.escape(ranking.source)}</code></span></p>'
        f'<div class="pw-heads" aria-hidden="true"><span></span>{heads}</div><ol>{rows}</ol></div>'
    )


def ranking_text(ranking: Ranking) -> str:
    """The same as plain text, for those who read no HTML."""
    lines = [ranking.caption]
    for place, one in enumerate(ranking.entries, 1):
        cells = "; ".join(f"{head} {cell}" for head, cell in zip(ranking.heads[1:], one.cells, strict=True) if cell)
        lines += [f"{place}. {one.title} ({one.about}): {cells}", *(f"   {term}: {' '.join(said)}" for term, said in one.evidence)]
    return "\n".join((*lines, f"evidence: {ranking.source}"))


def _entry(place: int, one: Entry, heads: Sequence[str]) -> str:
    cells = "".join(
        f'<span class="pw-cell"><span class="pw-head">{html.escape(head)} </span>{prose(cell) or "–"}</span>'
        for head, cell in zip(heads[1:], one.cells, strict=True)
    )
    what = f'<span class="pw-what">{prose(one.title)}<span class="pw-about"> {html.escape(one.about)}</span></span>'
    opened = "".join((*_evidence(one), *map(_script, one.scripts)))
    summary = f'<summary><span class="pw-rank">{place}</span>{what}{cells}</summary>'
    return f'<li><details class="pw-entry">{summary}<div class="pw-opened">{opened}</div></details></li>'


def _evidence(one: Entry) -> Iterator[str]:
    rows = [(term, [sentence for sentence in said if sentence]) for term, said in one.evidence]
    told = "".join(f"<dt>{html.escape(term)}</dt>{''.join(f'<dd>{prose(text)}</dd>' for text in said)}" for term, said in rows if said)
    if told:
        yield f"<dl>{told}</dl>"


def _script(script: Script) -> str:
    """The script as it stands in its file, to be selected and copied as it is."""
    name = f"{html.escape(script.what)} <code>{html.escape(script.name)}</code>"
    text = highlight(script.text, _LEXER, _FORMATTER)
    return f'<details class="pw-script"><summary>{name}</summary><div class="highlight"><pre>{text}</pre></div></details>'
