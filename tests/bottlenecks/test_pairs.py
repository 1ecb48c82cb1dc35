"""Finding each request of k6 in the access log."""

import numpy as np
import pandas as pd
import pytest

from perfweek.bottlenecks.pairs import pair

COLUMNS = ["client_ms", "service_ms", "database_ms"]


def test_every_request_is_found_by_its_stretch_of_time(service):
    load = service(1)
    shuffled = load.log.sample(frac=1, random_state=1).sort_values("time", kind="stable")
    found = pair(load.requests, shuffled)
    assert set(found.how.values()) == {"by time"}
    assert found.share == 1
    expected = load.log.assign(client=load.requests["duration_ms"]).set_index("request_id")["client"]
    got = found.frame.set_index("request_id")["client_ms"]
    assert (got == expected.reindex(got.index)).mean() > 0.99  # two that begin and end together may change places


def test_what_the_caller_saw_is_never_less_than_what_the_service_saw(service):
    found = pair(*[getattr(service(2), name) for name in ("requests", "log")]).frame
    assert (found["client_ms"] - found["service_ms"] > -1).all()


@pytest.mark.parametrize("spoil", ["another clock", "whole seconds", "a tenth of the log"])
def test_without_a_common_clock_requests_are_paired_by_rank_and_means_hold(service, spoil):
    load = service(3)
    log = load.log.assign(time=load.log["time"] + 3600) if spoil == "another clock" else load.log
    log = log.sample(frac=0.1, random_state=1) if spoil == "a tenth of the log" else log
    found = pair(load.requests, log, 1.0 if spoil == "whole seconds" else 1e-3)
    assert set(found.how.values()) == {"by rank"}
    means = found.frame.groupby("endpoint")[COLUMNS].mean()
    expected = load.log.groupby("route")[["duration_ms", "database_ms"]].mean()
    tolerance = 0.25 if spoil == "a tenth of the log" else 1e-9
    assert means["service_ms"].to_numpy() == pytest.approx(expected["duration_ms"].to_numpy(), rel=tolerance)
    assert means["database_ms"].to_numpy() == pytest.approx(expected["database_ms"].to_numpy(), rel=tolerance)


def test_failed_requests_take_nobody_elses_partner_and_are_left_out(service):
    load = service(4)
    failed = np.arange(len(load.log)) % 10 == 0
    requests = load.requests.assign(failed=failed, status=np.where(failed, 500, 200))
    log = load.log.assign(status=np.where(failed, 500, 200))
    found = pair(requests, log)
    assert len(found.frame) == (~failed).sum()
    assert set(found.frame["request_id"]) == set(log["request_id"][~failed])


def test_an_endpoint_that_the_log_does_not_know_keeps_its_requests(service):
    load = service(5)
    found = pair(load.requests, load.log[load.log["route"] == "GET /a"])
    assert found.how == {"GET /a": "by time", "GET /b": "not at all"}
    unknown = found.frame[found.frame["endpoint"] == "GET /b"]
    assert unknown["service_ms"].isna().all()
    assert (unknown["request_id"] == "").all()
    assert 0 < found.share < 1


def test_nothing_to_pair_is_nothing(service):
    load = service(6)
    assert pair(load.requests.iloc[:0], load.log).frame.empty
    refused = load.requests.assign(failed=True, status=0)
    assert pair(refused, load.log).frame.empty


def test_endpoints_may_be_categories(service):
    load = service(7)
    found = pair(load.requests.astype({"endpoint": "category", "scenario": "category"}), load.log)
    assert found.share == 1
    assert pd.api.types.is_numeric_dtype(found.frame["service_ms"])
