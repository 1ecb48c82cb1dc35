"""The packages of a repository and which of them a change affects, read from package.json and pyproject.toml.

Turborepo and its like rebuild a package when one of its files changes or when a package that it depends on is rebuilt.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import yaml

MANIFESTS = ("package.json", "pyproject.toml", "pnpm-workspace.yaml")
LOCKS = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "uv.lock", "poetry.lock", "turbo.json")
"""A change of one of these in the root affects every package."""
_NOT_OURS = {"node_modules", "vendor", "fixtures", "testdata", "templates"}


@dataclass(frozen=True)
class Package:
    """A folder that is built by itself ('.' for the root), its name, and the names of what it depends on."""

    folder: str
    name: str
    ecosystem: str
    needs: frozenset[str]


@dataclass(frozen=True)
class Packages:
    """The packages of a repository; `unreadable` names the manifests that could not be parsed."""

    members: tuple[Package, ...]
    unreadable: tuple[str, ...]

    def owner(self, file: str) -> Package | None:
        """The package in whose folder the file lies, the innermost one."""
        folders = map(str, PurePosixPath(file).parents)
        return next((self._by_folder[folder] for folder in folders if folder in self._by_folder), None)

    def affected(self, files: Iterable[str]) -> frozenset[str]:
        """The folders of the packages that a change of these files affects, dependants of dependants included."""
        changed = set(files)
        if changed.intersection(LOCKS):
            return frozenset(package.folder for package in self.members)
        owners = {owner.folder for file in changed if (owner := self.owner(file))}
        return frozenset().union(*(self.dependants[folder] for folder in owners))

    @cached_property
    def _by_folder(self) -> dict[str, Package]:
        return {package.folder: package for package in self.members}

    @cached_property
    def dependants(self) -> dict[str, frozenset[str]]:
        """Each package's folder -> the folders that are rebuilt with it, its own included."""
        names = {(package.ecosystem, package.name): package.folder for package in self.members}
        users: dict[str, set[str]] = {package.folder: set() for package in self.members}
        for package in self.members:
            for needed in package.needs:
                if (package.ecosystem, needed) in names:
                    users[names[package.ecosystem, needed]].add(package.folder)
        return {folder: _reachable(folder, users) for folder in users}


def _reachable(start: str, edges: Mapping[str, set[str]]) -> frozenset[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = edges[waiting.pop()] - found
        found |= new
        waiting += new
    return frozenset(found)


def find_packages(manifests: Mapping[str, str]) -> Packages:
    """The packages that the manifests (path -> text) describe.

    package.json: where the root declares workspaces, the members of those, and the root itself is none; else every one.
    pyproject.toml: every one with a project in it. Folders of other people's code and of test inputs are passed over.
    """
    parsed = {path: _parsed(path, text) for path, text in manifests.items() if not _NOT_OURS.intersection(PurePosixPath(path).parts)}
    globs = _workspaces(parsed)
    found = [_package(path, content) for path, content in sorted(parsed.items()) if content is not None and _is_member(path, globs)]
    unreadable = tuple(path for path, content in sorted(parsed.items()) if content is None)
    return Packages(tuple(package for package in found if package), unreadable)


def _parsed(path: str, text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text) if path.endswith(".json") else tomllib.loads(text) if path.endswith(".toml") else yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    return content if isinstance(content, dict) else None


def _workspaces(parsed: Mapping[str, dict[str, Any] | None]) -> list[str]:
    """The workspace patterns of the root, npm's or pnpm's; none where it declares none."""
    declared = (parsed.get("package.json") or {}).get("workspaces") or (parsed.get("pnpm-workspace.yaml") or {}).get("packages") or []
    patterns = declared.get("packages", []) if isinstance(declared, dict) else declared
    return [pattern for pattern in patterns if isinstance(pattern, str)] if isinstance(patterns, list) else []


def _is_member(path: str, globs: list[str]) -> bool:
    if not path.endswith("package.json") or not globs:
        return True
    folder = str(PurePosixPath(path).parent)
    wanted = any(_matches(folder, glob) for glob in globs if not glob.startswith("!"))
    return wanted and not any(_matches(folder, glob[1:]) for glob in globs if glob.startswith("!"))


def _matches(folder: str, glob: str) -> bool:
    """Workspace patterns: * within one folder name, ** across folders."""
    parts = re.split(r"(\*\*/?|\*)", glob.removeprefix("./").rstrip("/"))
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), folder) is not None


def _package(path: str, content: dict[str, Any]) -> Package | None:
    folder = str(PurePosixPath(path).parent)
    if path.endswith("package.json"):
        needs = [
            name for kind in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies") for name in _keys(content.get(kind))
        ]
        return Package(folder, str(content.get("name", folder)), "npm", frozenset(needs))
    project, poetry = _table(content, "project"), _table(content, "tool", "poetry")
    if not path.endswith("pyproject.toml") or not (project or poetry):
        return None
    groups = (_table(project, "optional-dependencies"), _table(content, "dependency-groups"))
    written = [project.get("dependencies"), *(group for table in groups for group in table.values())]
    names = [_required(text) for group in written if isinstance(group, list) for text in group] + _keys(poetry.get("dependencies"))
    name = project.get("name") or poetry.get("name") or folder
    return Package(folder, _normalised(str(name)), "python", frozenset(_normalised(name) for name in names))


def _table(content: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    value: Any = content
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _keys(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _required(text: Any) -> str:
    """The name in a requirement such as 'duckdb>=2,<3'; '' where it is none."""
    match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", text) if isinstance(text, str) else None
    return match[1] if match else ""


def _normalised(name: str) -> str:
    """Python package names compare like this: https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()
