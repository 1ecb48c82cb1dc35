import math
import re
import subprocess
from dataclasses import replace

import yaml
from logs import logged

from perfweek.caching.configuration.alerts import alerts_yaml, thresholds
from perfweek.caching.configuration.expected import expected_hits
from perfweek.caching.configuration.process import service_toml
from perfweek.caching.configuration.sizes import sizes_of
from perfweek.caching.tiers.design import Design, Edge, Store
from perfweek.metrics import CATALOGUE
from perfweek.sample.settings import load_settings
from perfweek.stats import Estimate
from perfweek.target import Target
from perfweek.thursday.configuration import configuration
from perfweek.week import Week

EXPECTED = {"l1": Estimate(0.5, 0.45, 0.55, 100, "t"), "l2": Estimate(0.3, math.nan, math.nan, 100, "t")}
ITEMS = [{"key": f"item:{place % 10}", "url": f"/assets/{place % 10}"} for place in range(200)]


def test_promtool_takes_the_rules(require_program, tmp_path, sizes):
    path = tmp_path / "alerts.yaml"
    path.write_text(alerts_yaml(sizes, EXPECTED))
    done = subprocess.run([require_program("promtool"), "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_on_a_metric_of_the_catalogue_that_is_recorded_for_its_tier(sizes):
    groups = yaml.safe_load(alerts_yaml(sizes, EXPECTED))["groups"]
    recorded = {(rule["record"], rule["labels"]["tier"]) for rule in groups[0]["rules"]}
    names = {name.replace(".", "_") for name in CATALOGUE}
    for rule in groups[1]["rules"]:
        for series, tier in re.findall(r'(\w+){tier="(\w+)"}', rule["expr"]):
            assert (series, tier) in recorded
            assert series in names
    assert len(groups[1]["rules"]) == len(thresholds(sizes, EXPECTED)) == 8


def test_a_hit_ratio_alerts_two_points_below_what_is_predicted(sizes):
    found = {one.tier: one.condition for one in thresholds(sizes, EXPECTED) if one.metric == "cache.hit_ratio"}
    assert found == {"l1": "< 0.430", "l2": "< 0.230"}


def test_tiers_that_are_not_there_or_give_nothing_are_not_watched(sizes):
    nothing = {"l1": Estimate(0.0, 0.0, 0.0, 100, "t"), "l2": Estimate(math.nan, math.nan, math.nan, 0, "no data")}
    assert thresholds(replace(sizes, shared_bytes=0.0, edge_ttl_s=0.0), nothing) == []


def test_what_is_expected_of_each_tier_is_what_it_answers_of_what_it_is_asked():
    hits = expected_hits(logged(ITEMS), Design(Store(1e9), Store(1e9)))
    assert (hits["l1"].value, hits["l2"].value) == (190 / 200, 0.0)
    behind = expected_hits(logged(ITEMS), Design(Store(1e9, 5.0), Store(1e9)))  # a key comes every 10 s
    assert (behind["l1"].value, behind["l2"].value) == (0.0, 190 / 200)


def test_the_settings_of_the_service_are_read_by_the_sample(tmp_path, sizes):
    (tmp_path / "c.toml").write_text(service_toml(sizes))
    settings = load_settings(str(tmp_path / "c.toml"))
    assert (settings.l1.size_mb, settings.l1.ttl_s, settings.l2.ttl_s, len(settings.cached)) == (64, 60, 300, 4)


def test_sizes_come_from_the_proposed_design_before_the_target():
    target = Target.model_validate(
        {"cache": {"tiers": [{"name": "a", "size_mb": 10.0, "ttl_s": 60.0}, {"name": "b", "size_mb": math.inf, "ttl_s": math.inf}]}}
    )
    planned, proposed = sizes_of(target), sizes_of(target, Design(None, Store(50e9, 120), None, Edge(600)))
    assert (planned.process_bytes, planned.masters, planned.short_bytes, planned.edge_ttl_s) == (10e6, 3, 0, 0)
    assert (proposed.process_bytes, proposed.shared_ttl_s, proposed.masters, proposed.edge_ttl_s) == (0, 120, 5, 600)


def test_the_section_writes_the_files_of_the_tiers_that_are_there(tmp_path):
    week, design = Week.open("2026-W48", tmp_path), Design(Store(1e6, 60), Store(1e9, 300))
    configuration(week, Target(), logged(ITEMS), design)
    assert sorted(path.name for path in (week.artifacts / "thursday").iterdir()) == ["alerts.yaml", "redis.conf", "service_cache.toml", "users.acl"]
    shown = configuration(week, Target(), logged(ITEMS))
    assert [one.text[:7] for one in shown] == ["No data"]
