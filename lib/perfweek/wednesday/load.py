"""When is the warehouse busy, and when do statements queue?"""

import pandas as pd

from perfweek.exhibit import Picture, Section, Sentence
from perfweek.warehouse import figures
from perfweek.warehouse.study import NO_HISTORY, Study
from perfweek.wording import count, number, percent

MOST_HOURS = 24 * 14


def load(study: Study) -> Section:
    """The week by hour: time executing and time queueing."""
    if study.material is None:
        return [Sentence(NO_HISTORY)]
    look = study.material.look
    rows = look.answers["load_by_hour"]
    said = load_sentence(rows)
    recent = rows[rows["hour_start"] > rows["hour_start"].max() - pd.Timedelta(hours=MOST_HOURS)]
    note = f"n = {look.queries:,} statements, by the hour in which they started (UTC); hours without a statement are blank. The last 14 days at most."
    notes = [Sentence(one) for one in look.notes]
    return [Sentence(said), *notes, Picture(figures.hours_figure(recent), said, note, study.answer("look-load_by_hour"))]


def load_sentence(rows: pd.DataFrame) -> str:
    """The busiest hour, and the share of elapsed time that was spent in queues."""
    hours = rows.groupby("hour_start")[["execution_ms", "queued_ms", "elapsed_ms"]].sum()
    place = int(hours["execution_ms"].astype(float).to_numpy().argmax())
    busiest = pd.DatetimeIndex(hours.index)[place]
    elapsed = float(hours["elapsed_ms"].sum())
    queued = percent(float(hours["queued_ms"].sum()) / elapsed) if elapsed else "no data"
    minutes = number(float(hours["execution_ms"].iloc[place]) / 60_000)
    return (
        f"The busiest of {count(len(hours), 'hour')} with statements began {busiest:%A %d %B, %H:%M} UTC: {minutes} minutes of execution. "
        f"Of all elapsed time {queued} was spent in queues."
    )
