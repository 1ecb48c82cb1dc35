"""Packages and what a change affects: manifests are text, the graph can be drawn by the reader."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.decisions.packages import find_packages


def npm(name, *needs, **more):
    return json.dumps({"name": name, "dependencies": dict.fromkeys(needs, "*"), **more})


# web -> ui -> tokens; api stands alone
WORKSPACE = {
    "package.json": json.dumps({"name": "root", "workspaces": ["apps/*", "packages/**", "!packages/old"]}),
    "apps/web/package.json": npm("@x/web", "@x/ui", "react"),
    "apps/api/package.json": npm("@x/api"),
    "packages/ui/package.json": npm("@x/ui", devDependencies={"@x/tokens": "*"}),
    "packages/deep/tokens/package.json": npm("@x/tokens"),
    "packages/old/package.json": npm("@x/old"),
    "scripts/package.json": npm("scripts"),
    "apps/web/node_modules/react/package.json": npm("react"),
}


def folders(packages):
    return [package.folder for package in packages.members]


def test_the_members_are_those_of_the_declared_workspaces():
    assert folders(find_packages(WORKSPACE)) == ["apps/api", "apps/web", "packages/deep/tokens", "packages/ui"]


def test_pnpm_declares_its_workspaces_in_a_file_of_its_own():
    manifests = {**WORKSPACE, "package.json": npm("root"), "pnpm-workspace.yaml": "packages:\n  - apps/*\n"}
    assert folders(find_packages(manifests)) == ["apps/api", "apps/web"]


def test_without_workspaces_every_manifest_is_a_package():
    manifests = {"a/package.json": npm("a"), "b/package.json": npm("b"), "package.json": npm("root")}
    assert folders(find_packages(manifests)) == ["a", "b", "."]


@pytest.mark.parametrize(
    ("files", "affected"),
    [
        ({"packages/deep/tokens/red.ts"}, {"packages/deep/tokens", "packages/ui", "apps/web"}),
        ({"packages/ui/src/button.ts"}, {"packages/ui", "apps/web"}),
        ({"apps/web/page.ts", "apps/api/main.ts"}, {"apps/web", "apps/api"}),
        ({"README.md", "docs/a.md", "packages/uix/a.ts", "scripts/a.js"}, set()),
        ({"pnpm-lock.yaml"}, {"apps/api", "apps/web", "packages/deep/tokens", "packages/ui"}),
        ({"apps/api/yarn.lock"}, {"apps/api"}),
        (set(), set()),
    ],
)
def test_a_change_affects_its_packages_and_all_that_depend_on_them(files, affected):
    assert find_packages(WORKSPACE).affected(files) == affected


def test_python_packages_depend_on_each_other_by_normalised_names():
    manifests = {
        "core/pyproject.toml": '[project]\nname = "My.Core"\n',
        "api/pyproject.toml": '[project]\nname = "api"\ndependencies = ["my_core[fast]>=1; python_version > \'3\'", 7]\n',
        "job/pyproject.toml": '[tool.poetry]\nname = "job"\n[tool.poetry.dependencies]\nmy-core = "*"\n',
        "lab/pyproject.toml": '[project]\nname = "lab"\n[project.optional-dependencies]\nx = ["api"]\n[dependency-groups]\ndev = ["job"]\n',
        "style/pyproject.toml": "[tool.ruff]\nline-length = 99\n",
    }
    packages = find_packages(manifests)
    assert folders(packages) == ["api", "core", "job", "lab"]
    assert packages.affected({"core/a.py"}) == {"core", "api", "job", "lab"}
    assert packages.affected({"job/a.py"}) == {"job", "lab"}


def test_packages_of_one_name_in_two_languages_are_two():
    packages = find_packages({"js/package.json": npm("client", "core"), "py/pyproject.toml": '[project]\nname = "core"\n'})
    assert packages.affected({"py/a.py"}) == {"py"}


def test_packages_that_need_each_other_are_affected_together():
    packages = find_packages({"a/package.json": npm("a", "b"), "b/package.json": npm("b", "a")})
    assert packages.affected({"a/x"}) == packages.affected({"b/x"}) == {"a", "b"}


def test_a_project_in_the_root_owns_what_no_other_package_does():
    packages = find_packages({"pyproject.toml": '[project]\nname = "a"\n', "sub/pyproject.toml": '[project]\nname = "b"\n'})
    assert packages.affected({"docs/x.md"}) == {"."}
    assert packages.affected({"sub/deep/x.py"}) == {"sub"}


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"name": 7}', '{"dependencies": ["x"], "workspaces": {"packages": 3}}', "[" * 100_000])
def test_a_damaged_manifest_is_named_or_read_as_far_as_it_goes(text):
    packages = find_packages({"package.json": text, "b/package.json": npm("b")})
    assert "b" in folders(packages)
    assert (packages.unreadable == ("package.json",)) != ("." in folders(packages))


@given(
    st.dictionaries(st.sampled_from(["package.json", "a/package.json", "a/pyproject.toml", "pnpm-workspace.yaml"]), st.text(max_size=60)), st.text()
)
def test_any_text_in_manifests_is_survived(manifests, file):
    packages = find_packages(manifests)
    assert packages.affected({file}) <= set(folders(packages))
