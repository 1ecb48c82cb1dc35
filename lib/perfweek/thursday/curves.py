"""Misses against size and against time to live."""

import numpy as np

from perfweek.caching import figures, groups, sentences, tables
from perfweek.caching.study import Study
from perfweek.caching.worth.designs import seconds
from perfweek.caching.worth.whole import Worth
from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.target import Cache

SLIDER_LIVES_S = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 86_400.0)
SLIDER_SIZES = 30
LIVES_S = (10.0, 60.0, 300.0, 3600.0)


def curves(study: Study, cache: Cache, worth: Worth | None) -> Section:
    """The curve with the designed sizes on it, what the service's own cache does now, and what times to live take away."""
    said, source, note = sentences.curve_sentence(study), study.source, sentences.curve_note(study)
    if study.too_short:
        return [Sentence(said)]
    lives = sorted({*LIVES_S, *(tier.ttl_s for level, tier in cache.by_level() if level in ("l1", "l2"))})
    ended = sentences.lives_sentence(study, lives)
    return [
        Sentence(said),
        Picture(figures.curve_figure(study, worth.operating if worth else ()), said, note, source),
        Listing(tables.size_table(study), "Misses by size of cache", source, tables.SIZE_FORMATS),
        Sentence(sentences.observed_sentence(study)),
        Sentence(ended),
        Picture(figures.lives_figure(study, lives), ended, f"{note} Each curve has its own time to live, counted from the fill.", source),
        *by_group(study),
    ]


def by_group(study: Study) -> Section:
    """The same by route, tenant and quarter of the time."""
    tenants = groups.by_tenant(study)
    return [
        *_of_groups(study, "route", "routes", groups.by_route(study)),
        *(_of_groups(study, "tenant", "tenants", tenants) if tenants else [Sentence(groups.NO_TENANTS)]),
        *_of_groups(study, "window of time", "windows of time", groups.by_window(study)),
    ]


def _of_groups(study: Study, one: str, many: str, found: list[groups.Group]) -> Section:
    sizes = study.sizes[-3:]
    said = groups.groups_sentence(many, found, sizes[0])
    title, note = f"Misses by {one}", f"{sentences.METHOD} All share one cache; nothing expires."
    return [
        Sentence(said),
        Picture(figures.groups_figure(study, found), said, note, study.source),
        Listing(groups.group_table(one, found, sizes), title, study.source, groups.formats(sizes)),
    ]


def sliders(study: Study) -> tuple[list[int], list[str], list[list[float]], str]:
    """Sizes in objects, times to live in words, misses by time to live and size, and a note: what `explore` slides over."""
    note = "In JupyterLab sliders move the size and the time to live. Exact for one cache, nothing else before or behind it."
    if study.too_short:
        return [], [], [], study.too_short
    sizes = np.unique(np.geomspace(1, max(2, study.curve.distinct), SLIDER_SIZES).round()).astype(int).tolist()
    misses = [[study.miss_ratio(size, life).value for size in sizes] for life in SLIDER_LIVES_S]
    return sizes, [seconds(life) for life in SLIDER_LIVES_S], misses, note
