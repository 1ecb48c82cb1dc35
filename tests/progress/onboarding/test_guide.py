"""The guide with the team's own numbers, and the checklist that never shows an unchecked point as done."""

import math

import numpy as np
import pandas as pd
import pytest

from perfweek.access_log import SCHEMA
from perfweek.progress.onboarding.checks import PEOPLE, checklist
from perfweek.progress.onboarding.guide import GUIDE, rendered
from perfweek.progress.onboarding.limits import Assumed
from perfweek.progress.onboarding.numbers import Numbers, numbers_of
from perfweek.project import project_folder
from perfweek.target import Tier

TEMPLATE = (project_folder("runbooks") / "onboarding" / GUIDE).read_text()
TIERS = (Tier(name="in-process", size_mb=1000, ttl_s=60),)


def log(n: int = 6000, hit_share: float = 0.5, growth: float = 1.0, slow_ms: float = 100.0, failed: float = 0.0) -> pd.DataFrame:
    """Two routes at 100 requests a second: lists of 5 to 40 items with `growth` statements an item, and singles that a cache answers."""
    random = np.random.default_rng(3)
    listing = np.arange(n) % 2 == 0
    hit = ~listing & (random.random(n) < 2 * hit_share)
    items = np.where(listing, random.choice([5, 10, 40], n), 1)
    queries = np.where(hit, 0, np.where(listing, np.round(1 + growth * items), 1)).astype(int)
    columns = {
        "time": 1000 + np.arange(n) / 100,
        "request_id": [f"r{number}" for number in range(n)],
        "session": "s",
        "method": "GET",
        "route": np.where(listing, "GET /lists|<b>", "GET /lists/{id}"),
        "key": "k",
        "status": np.where(random.random(n) < failed, 500, 200),
        "bytes": 1000,
        "tier": np.where(hit, "l1", "origin"),
        "duration_ms": np.where(hit, 1.0, slow_ms),
        "database_ms": np.where(hit, 0.0, slow_ms / 2),
        "queries": queries,
        "items": items,
    }
    return pd.DataFrame(columns)[SCHEMA.names]


def numbers(**settings: float) -> Numbers:
    return numbers_of(log(**settings), TIERS, 200, Assumed(), "evidence/load-monday/access_log.ndjson")


def states(found: Numbers) -> list[str]:
    return [point.state for point in checklist(found) if point.state != "people"]


def test_routes_stand_by_their_share_of_time() -> None:
    first, second = numbers(hit_share=0.25).endpoints
    whole = 3000 * 100 + 1500 * 1 + 1500 * 100
    assert first.route == "GET /lists|<b>" and first.time_share.value == pytest.approx(3000 * 100 / whole, rel=0.05)
    assert first.for_each_item.value == pytest.approx(1) and math.isnan(second.for_each_item.value)


def test_what_is_broken_is_broken_and_what_the_data_cannot_tell_is_not_kept() -> None:
    assert states(numbers()) == ["kept", "broken", "kept", "broken", "kept"]
    # of 3,000 calls of the warehouse one in twenty fails: too few answers are left for a p99.9, which takes 2,995
    assert states(numbers(slow_ms=300, growth=0.0, failed=0.05)) == ["broken", "kept", "broken", "broken", "cannot tell"]
    assert states(numbers(n=40)) == ["cannot tell"] * 5


def test_points_for_people_stay_open_whatever_was_measured() -> None:
    open_points = [point for point in checklist(numbers()) if point.state == "people"]
    assert [point.title for point in open_points] == list(PEOPLE) and {point.sign for point in open_points} == {"ask people"}


def test_the_page_of_the_checklist_has_the_points_for_people() -> None:
    page = (project_folder("runbooks") / "onboarding" / "checklist.md").read_text()
    titles = [line.removeprefix("- [ ] ") for line in page.splitlines() if line.startswith("- [ ]")]
    assert titles == list(PEOPLE) and "[x]" not in page


def test_each_mark_of_the_guide_gets_its_numbers_and_nothing_else_changes() -> None:
    text = rendered(TEMPLATE, numbers())
    assert "<!-- numbers" not in text and "Filled in on Friday" not in text
    assert "| GET /lists&#124;&#60;b&#62; |" in text and "| warehouse |" in text and "ask people" in text
    kept = [line for line in TEMPLATE.splitlines() if not line.startswith(("<!--", "*Filled"))]
    assert [line for line in kept if line not in text.splitlines()] == []
