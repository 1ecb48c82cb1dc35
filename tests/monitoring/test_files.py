"""The files of the stack: pinned, on loopback, healthy before others start, without a password in them, and pointing at files that exist."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from perfweek.monitoring.dashboards import PROMETHEUS, PYROSCOPE
from perfweek.project import project_folder

STACK = project_folder("runbooks") / "stack"
COMPOSE = yaml.safe_load((STACK / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_to_a_version(name: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_nothing_listens_beyond_loopback() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_password_is_in_the_files_and_the_one_that_is_needed_has_no_default() -> None:
    assert "${GRAFANA_ADMIN_PASSWORD:?" in SERVICES["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"]
    for path in STACK.rglob("*.y*ml"):
        assert not re.search(r"(?i)(password|secret|token)\s*[:=]\s*['\"]?[A-Za-z0-9]{6,}", path.read_text()), path


def test_long_running_services_have_a_health_check_and_what_is_waited_for_exists() -> None:
    for name, service in SERVICES.items():
        if service.get("restart") != "no" and name != "redis-exporter":  # its image holds nothing but the exporter
            assert service["healthcheck"]["test"], name
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_mounted_files_and_volumes_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (STACK / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], volume


def test_there_are_three_masters_with_a_replica_each_made_once() -> None:
    made = " ".join(SERVICES["redis-cluster"]["entrypoint"])
    assert len([name for name in SERVICES if re.fullmatch(r"redis-\d", name)]) == 6
    assert "--cluster-replicas 1" in made and "cluster_state:ok ||" in made


def test_the_compose_file_fits_the_published_schema_and_a_misspelt_key_would_not(tmp_path: Path) -> None:
    assert _validated(STACK / "compose.yaml") == 0
    misspelt = {**COMPOSE, "services": {**SERVICES, "grafana": {**SERVICES["grafana"], "depend_on": ["prometheus"]}}}
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump(misspelt))
    assert _validated(tmp_path / "compose.yaml") == 1


def test_pyroscope_is_started_as_its_current_versions_want_it() -> None:
    assert "server" not in SERVICES["pyroscope"]["command"]


def test_prometheus_accepts_its_configuration(require_program: Callable[[str], str]) -> None:
    subprocess.run([require_program("promtool"), "check", "config", str(STACK / "prometheus" / "prometheus.yml")], check=True, capture_output=True)


def test_dashboards_use_data_sources_that_are_provisioned() -> None:
    sources = yaml.safe_load((STACK / "grafana" / "provisioning" / "datasources" / "perfweek.yml").read_text())["datasources"]
    assert {source["uid"] for source in sources} == {PROMETHEUS, PYROSCOPE}
    assert all(source["editable"] is False for source in sources)


@pytest.mark.parametrize(("name", "kind"), [("load-test.yaml", "TestRun"), ("week.yaml", "CronJob")])
def test_kubernetes_files_name_their_kind_limits_and_no_secret(name: str, kind: str) -> None:
    content = yaml.safe_load((STACK / "kubernetes" / name).read_text())
    assert content["kind"] == kind
    text = (STACK / "kubernetes" / name).read_text()
    assert "limits:" in text and "requests:" in text


def test_the_weeks_job_fits_the_published_schema_of_its_kind() -> None:
    content = yaml.safe_load((STACK / "kubernetes" / "week.yaml").read_text())
    assert kubernetes_validate.validate(content, "1.33", strict=True) == "1.33"
    content["spec"]["scheduel"] = "* * * * *"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(content, "1.33", strict=True)


def test_the_load_test_runs_a_script_that_exists() -> None:
    spec = yaml.safe_load((STACK / "kubernetes" / "load-test.yaml").read_text())["spec"]
    assert (Path(project_folder("k6")) / spec["script"]["configMap"]["file"]).is_file()


def _validated(compose: Path) -> int:
    """The exit code of the validator; the schema comes with it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(compose)]
    return subprocess.run(command, check=False, capture_output=True).returncode
