"""Access logs of known content, and public traces."""

import io
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest


@pytest.fixture
def write_log() -> Callable[..., Path]:
    """Write records (route, key, tier and any other field) one second apart as an access log."""

    def write(path: Path, records: list[dict[str, object]]) -> Path:
        lines = []
        for place, record in enumerate(records):
            method = str(record.get("method", "GET"))
            complete = {
                "time": 1000.0 + place,
                "request_id": f"r{place}",
                "session": "s",
                "method": method,
                "route": f"{method} /assets",
                "key": "",
                "status": 200,
                "bytes": 1000,
                "tier": "origin",
                "duration_ms": 1.0,
                "database_ms": 0.5,
                "queries": 1,
                "items": 1,
            }
            lines.append(json.dumps({**complete, **record}))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


@pytest.fixture
def real_trace(shared_data: Path) -> Callable[[str], pd.DataFrame]:
    """A public trace by name, with the column key and where it has them time (seconds) and bytes."""
    columns = {"twitter_cluster52_1m": ["time", "key", "bytes", "next"], "cloudPhysicsIO": ["version", "time", "op", "bytes", "key"]}

    def read(name: str) -> pd.DataFrame:
        if name in columns:
            content = pa.input_stream(str(shared_data / "cache" / f"{name}.csv.zst"), compression="zstd").read()
            return pd.read_csv(io.BytesIO(content), header=0, names=columns[name])
        if name == "adaptsize_request":
            return pd.read_csv(shared_data / "cache" / "adapt_size_request.trace.xz", sep=" ", names=["time", "key", "bytes"])
        ids = lzma.decompress((shared_data / "cache" / f"{name}.trace.xz").read_bytes())
        return pd.DataFrame({"key": np.frombuffer(ids, ">i4").astype(np.int64)})

    return read
