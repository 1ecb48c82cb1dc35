"""The sizes that the files are made from, and a Workers runtime."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from perfweek.caching.configuration.sizes import Sizes

MINIFLARE = "4.20250906.0"  # the newest that runs on Node 18 and later


@pytest.fixture
def sizes() -> Sizes:
    return Sizes("catalogue", 64e6, 60, 3e9, 300, 3, 1, 13.07, 0.75, 600, 60)


@pytest.fixture(scope="session")
def miniflare() -> Path:
    """The folder of Cloudflare's local runtime, installed once outside the project; skipped without Node and npm, or where it cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs node and npm")
    folder = Path(tempfile.gettempdir()) / f"perfweek-miniflare-{MINIFLARE}-{os.getuid()}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "ready").exists():
            folder.mkdir(exist_ok=True)
            command = ["npm", "install", "--no-audit", "--no-fund", "--omit=optional", "--prefix", str(folder), f"miniflare@{MINIFLARE}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
            if done.returncode:
                pytest.skip(f"npm could not install miniflare: {done.stderr[-200:]}")
            (folder / "ready").touch()
    return folder
