"""Connections: how many the busiest client needs, where that is more than a pool gives that nobody configured."""

import numpy as np
import pandas as pd

from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.sizing.pool_study import USUAL, PoolStudy, pool_study
from perfweek.wording import bracketed, count, number


def study_of(material: Material) -> PoolStudy | None:
    """None where the history is too long to be replayed, or has no user with times."""
    return pool_study(material.look.answers.get("executions", pd.DataFrame()))


def advise(material: Material) -> list[Finding]:
    """One finding where a pool of the usual size would have made requests wait, and the warehouse would not have done so in its place."""
    study = material.once(study_of)
    if study is None or study.size <= USUAL:
        return []
    saved = study.total_wait_s(USUAL) - study.total_wait_s(study.size)
    if study.coupled:
        together = {row.size: row.both_s for row in study.coupled}
        gained = (together[USUAL] - together[study.size]) * len(study.client.rows)
        saved = min(saved, gained)
    if saved <= 0:
        return []
    random = np.random.default_rng(1)
    drawn = [one.waits(USUAL).sum() - one.waits(study.size).sum() for one in (study.client.stream.redrawn(random) for _ in range(40))]
    return [
        Finding(
            adviser="pool",
            title=f"give the service a pool of {count(study.size, 'connection')}",
            low=0.0,
            likely=saved,
            high=max(saved, float(np.quantile(drawn, 0.975))),
            unit="s",
            confidence="replayed",
            evidence=f"replay of {count(len(study.client.stream.arrivals_s), study.client.held)}: with {study.size} the mean wait is "
            f"{bracketed(study.mean, 's')}, with {USUAL}, which SQLAlchemy gives without being told, {number(study.total_wait_s(USUAL))} s in all; "
            f"at most {study.at_once} at once",
            assumes="requests arrive as they did, and are served in the order of their arrival",
            cannot_judge="the pool that the service has now; waits before statements reach the warehouse; slower statements where more run at once",
        )
    ]
