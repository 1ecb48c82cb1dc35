"""The k6 workload against the service, with the real k6."""

import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from perfweek.load.k6 import find_k6

SCRIPT = Path(__file__).parents[2] / "k6" / "sample.js"
REQUESTS = 240
THRESHOLD_MISSED = 99  # what k6 ends with


@pytest.fixture
def workload(tmp_path):
    """Run the workload with one caller, so that nothing depends on who comes first; returns k6's answer."""
    script = tmp_path / "once.js"
    script.write_text(
        f"import {{ sampleSession }} from '{SCRIPT}';\n"
        f"export const options = {{ vus: 1, iterations: {REQUESTS}, thresholds: {{ checks: ['rate==1'] }} }};\n"
        "export default () => sampleSession();\n"
    )

    def run(url: str, seed: int = 1, assets: int = 60_000) -> subprocess.CompletedProcess:
        flags = ["--quiet", "--no-usage-report", "--address", "", "-e", f"BASE_URL={url}", "-e", f"SEED={seed}", "-e", f"ASSETS={assets}"]
        return subprocess.run([str(find_k6().path), "run", *flags, str(script)], capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def logs(start, workload):
    """The access logs of the same requests to two fresh services, and of others (another seed) to the second of them."""
    with start("--settings", "improved", name="first") as running:
        assert workload(running.url, seed=7).returncode == 0
        first = running.access_log()
    with start("--settings", "improved", name="second") as running:
        assert [workload(running.url, seed).returncode for seed in (7, 8)] == [0, 0]
        second = running.access_log()
        # The control of the checks: most of these assets are not in the small catalogue.
        assert workload(running.url, assets=2_000_000).returncode == THRESHOLD_MISSED
    return first, second[:REQUESTS], second[REQUESTS:]


def test_the_workload_has_its_mix_its_popularity_and_reads_what_it_wrote(logs):
    first, second, other = logs
    assert len(first) == len(other) == REQUESTS
    assert [(r["route"], r["key"], r["session"]) for r in first] == [(r["route"], r["key"], r["session"]) for r in second]
    assert [r["route"] for r in first] != [r["route"] for r in other]

    shares = {route: n / REQUESTS for route, n in Counter(r["route"] for r in first).items()}
    expected = {"GET /assets/{id}": 0.55, "GET /assets": 0.2, "GET /stats/daily": 0.1, "GET /search": 0.1, "POST /assets": 0.05}
    assert shares == pytest.approx(expected, abs=0.08)  # 2.5 standard deviations of the largest share

    items = Counter(r["key"] for r in first if r["route"] == "GET /assets/{id}")
    by_popularity = [n for _, n in items.most_common()]
    assert by_popularity[0] >= 4 and by_popularity.count(1) > len(by_popularity) / 2

    written, read_back = defaultdict(set), 0
    for record in first:
        if record["route"] == "POST /assets":
            written[record["session"]].add(record["key"])
        read_back += record["key"] in written[record["session"]] and record["method"] == "GET"
    assert read_back >= 3
    assert len({r["session"] for r in first}) == REQUESTS / 12
