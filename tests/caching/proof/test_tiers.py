import pytest
from logs import logged

from perfweek.caching.proof.tiers import held_of, why_not
from perfweek.target import Target


def test_a_run_is_compared_with_the_same_requests_through_the_simulation():
    tiers = ["origin", "origin", "l1", "l2", "l1"]
    requests = [{"key": key, "bytes": 1000, "tier": tier} for key, tier in zip("abbaa", tiers, strict=True)]
    process, shared = held_of(logged(requests), 1300, 1e6)  # the tier in the process holds one entry, Redis both
    assert (process.asked, process.measured, process.predicted) == pytest.approx((5, 2 / 5, 2 / 5))
    assert (shared.asked, shared.measured, shared.predicted) == pytest.approx((3, 1 / 3, 1 / 3))


def test_only_a_service_that_perfweek_starts_and_sizes_is_checked():
    sample = {"start": "{python} -m perfweek.sample --port 1 --run {run}"}
    assert why_not(Target()).startswith("Not checked")
    assert why_not(Target.model_validate({"service": {"start": "other"}})).startswith("Not checked: only the bundled sample")
    assert why_not(Target.model_validate({"service": sample})) == ""
