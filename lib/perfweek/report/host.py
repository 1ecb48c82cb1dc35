"""The machine and the versions behind a week's figures, for the manifest and the reports' footers."""

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = (
    "perfweek",
    "duckdb",
    "sqlglot",
    "pandas",
    "numpy",
    "papermill",
    "nbconvert",
    "py-spy",
    "memory-profiler",
    "snowflake-connector-python",
    "k6",
)


def describe_host() -> dict[str, str | int | float]:
    """Operating system, processor, cores that may be used, memory in GiB: no name, no address, no user."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": cores,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def describe_versions() -> dict[str, str]:
    """Python and the packages that decide a figure."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def free_disk_gb(folder: Path) -> float:
    """Free space on the disk of `folder`, in gigabytes (1e9 bytes)."""
    return shutil.disk_usage(folder).free / 1e9
