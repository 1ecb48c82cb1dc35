"""Which fingerprints cost the most, and do the credits add up?"""

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.warehouse import figures, tables
from perfweek.warehouse.look import Look
from perfweek.warehouse.shown import cost_lines
from perfweek.warehouse.study import NO_HISTORY, Study
from perfweek.wording import count, percent


def cost(study: Study) -> Section:
    """Attributed and idle credits against metered ones, or why there is no ranking by credits; bars, the table, and the pruning scatter."""
    if study.material is None:
        return [Sentence(NO_HISTORY)]
    look = study.material.look
    table = tables.fingerprint_table(look)
    formats = {name: form for name, form in tables.FINGERPRINT_FORMATS.items() if name in table}
    said, source = fingerprint_sentence(look), study.answer("look-texts")
    note = (
        f"n = {look.queries:,} statements in {count(len(look.fingerprints), 'fingerprint')}; sums over the whole history, warm-up and ramps included."
    )
    return [
        *(Sentence(f"{line[0].upper()}{line[1:]}.") for line in (one.strip().removeprefix("! ") for one in cost_lines(look))),
        Sentence(said),
        Picture(figures.cost_figure(look), said, note, source),
        Picture(
            figures.pruning_figure(look),
            pruning_sentence(look),
            f"{note} A point is a fingerprint; the three costliest carry the digits that they have above.",
            source,
        ),
        Listing(table, _caption(look), source, formats),
    ]


def fingerprint_sentence(look: Look) -> str:
    """What the costliest fingerprint takes of all."""
    column, what = ("credits", "the credits of statements") if look.cost.ranked else ("execution_ms", "the execution time")
    values = look.fingerprints[column].astype(float)
    total = float(values.sum())
    if not total > 0:
        return "No statement has a cost."
    shape = look.shapes[look.fingerprints["id"].iloc[0]]
    table = f" on {shape.tables[0]}" if shape.tables else ""
    first, five = (percent(float(values.head(number).sum()) / total) for number in (1, 5))
    return f"The costliest fingerprint, a {shape.kind.lower()}{table}, takes {first} of {what}; the first five take {five}."


def pruning_sentence(look: Look) -> str:
    """How much of the execution time goes to fingerprints that scan more than half of their partitions."""
    rows = look.fingerprints[look.fingerprints["partitions_total"].astype(float) > 0]
    if rows.empty:
        return "No data: no statement has its partitions counted."
    share = rows["partitions_scanned"].astype(float) / rows["partitions_total"].astype(float)
    time = rows["execution_ms"].astype(float)
    part = percent(float(time[share > 0.5].sum() / time.sum())) if time.sum() else "no data"
    return f"Fingerprints that scan more than half of their partitions: {int((share > 0.5).sum())} of {len(rows)}, with {part} of the execution time."


def _caption(look: Look) -> str:
    shown = min(tables.MOST_ROWS, len(look.fingerprints))
    return f"Fingerprints, the costliest first: {shown} of {len(look.fingerprints):,}"
