"""What every test may ask for: programs of the system, real inputs, a target of its own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
ALONE = (
    "test_sample_week.py",
    "progress/test_measure.py",
    "load/test_measure.py",
    "load/capacity/test_measure.py",
    "profiling/test_measure.py",
    "profiling/test_pyspy.py",
)
"""Tests that load or profile a service: what runs beside them would be in their figures."""
PACKAGES = {
    "redis-server": "redis-server",
    "chromium": "chromium",
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
    "git": "git",
    "gdb": "gdb",
}


settings.register_profile("any machine", settings(), deadline=None)  # how fast it is decides nothing, and first calls compile
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT / "tests").as_posix() in ALONE:
            item.add_marker(pytest.mark.alone)


def find_program(name: str) -> str | None:
    names = (name, "chromium-browser", "google-chrome") if name == "chromium" else (name,)
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def require_program() -> Callable[[str], str]:
    """The path of a program of the system; without it the test is skipped with the one command that brings it, in CI it fails."""

    def find(name: str) -> str:
        path = find_program(name)
        if path:
            return path
        reason = f"needs {name}: sudo apt-get install {PACKAGES[name]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real inputs that this project does not carry (their licences forbid it); tests that read them are skipped without them."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no shared data")
    return folder


@pytest.fixture(scope="session")
def browser(require_program: Callable[[str], str]) -> Iterator[Browser]:
    """One for all tests of a process: a second one beside it cannot be driven."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=require_program("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()
