"""One set of dependencies, told in three files."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKED = {package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}


def conda_file():
    return yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


def test_conda_users_get_the_same_requirements_as_everybody_else():
    (pip,) = (entry["pip"] for entry in conda_file() if isinstance(entry, dict))
    assert pip[0] == "--editable ."
    assert {str(Requirement(line)) for line in pip[1:]} == {str(Requirement(line)) for line in PROJECT["dependencies"]}


def test_conda_users_get_a_python_that_is_new_enough():
    assert f"python{PROJECT['requires-python']}" in conda_file()


def test_every_requirement_is_locked_to_a_version_that_satisfies_it():
    for line in PROJECT["dependencies"]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(LOCKED[canonicalize_name(requirement.name)]["version"]), line


def test_every_locked_file_carries_its_hash():
    files = [file for package in LOCKED.values() for file in [*package.get("wheels", []), *filter(None, [package.get("sdist")])]]
    assert len(files) > 500
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files)


def test_the_versions_that_break_things_are_kept_out():
    locked = {name: package["version"] for name, package in LOCKED.items()}
    assert locked["py-spy"] == "0.4.2"
    assert locked["snowflake-connector-python"].startswith("4.8.")
    assert tuple(map(int, locked["jsonschema"].split(".")[:2])) < (4, 25)
    assert "rfc3987-syntax" not in locked
