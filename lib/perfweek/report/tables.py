"""Tables."""

import pandas as pd


def show_table(frame: pd.DataFrame, caption: str, source: str, formats: dict[str, str] | None = None, limit: int = 50) -> None:
    """Display at most `limit` rows of `frame`, 'n of N' in the caption; `formats` are str.format specs by column."""
