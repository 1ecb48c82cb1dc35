import json
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from perfweek.caching.configuration.edge import worker_js, wrangler_toml

RUNNER = Path(__file__).parents[2] / "worker_run.mjs"


@pytest.fixture(scope="session")
def run(miniflare, tmp_path_factory):
    def answered(sizes, requests):
        worker = tmp_path_factory.mktemp("worker") / "worker.js"
        worker.write_text(worker_js(sizes))
        command = ["node", str(RUNNER), str(miniflare), str(worker), json.dumps(requests)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return answered


def test_the_worker_answers_from_kv_what_may_be_kept_and_nothing_else(run, sizes):
    requests = [
        {"url": "/a?x=1&y=2"},
        {"url": "/a?y=2&x=1"},
        {"url": "/a?x=1&y=2&utm_source=mail"},
        {"url": "/a?x=1&y=2", "headers": {"Cookie": "s=1"}},
        {"url": "/a?x=1&y=2", "headers": {"Authorization": "Bearer s"}},
        {"url": "/a?x=1&y=2", "method": "POST"},
        *[{"url": "/secret"}] * 2,
        *[{"url": "/missing"}] * 2,
        *[{"url": "/" + "l" * 700}] * 2,
    ]
    answer = run(sizes, requests)
    tiers = [one["tier"] for one in answer["found"]]
    assert tiers == ["origin", "l4", "l4", "bypass", "bypass", "bypass", "origin", "origin", "origin", "origin", "origin", "l4"]
    assert answer["found"][1]["body"] == answer["found"][0]["body"]
    assert answer["found"][1]["type"] == "application/json"
    names = sorted(name for name, _ in answer["kept"])
    assert names[1] == "catalogue:/a?x=1&y=2" and len(names[0]) < 512
    assert all(530 <= left_s <= 661 for _, left_s in answer["kept"])  # 600 s, a tenth either way


def test_the_settings_are_toml_and_name_the_worker_and_its_namespace(sizes):
    settings = tomllib.loads(wrangler_toml(replace(sizes, service="cata-logue"), 'https://origin.test/"quoted"'))
    assert (settings["name"], settings["main"], settings["vars"]["ORIGIN"]) == ("cata-logue-edge", "worker.js", 'https://origin.test/"quoted"')
    assert settings["kv_namespaces"][0]["binding"] == "CACHE"
