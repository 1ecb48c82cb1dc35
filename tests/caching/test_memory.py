"""What an entry costs: against measured servers, a real one, and a real dictionary."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import redis

from perfweek.caching.process_memory import in_process_bytes
from perfweek.caching.redis_memory import (
    REDIS_7_0_DEBIAN,
    REDIS_7_4,
    VALKEY_8_0,
    Server,
    allocated,
    container_bytes,
    integer_bytes,
    memory_usage_misses,
    string_bytes,
)
from perfweek.errors import ParameterError

MEASURED = {"redis-7.0.15": REDIS_7_0_DEBIAN, "redis-7.4.1": REDIS_7_4, "valkey-8.0.1": VALKEY_8_0}


def predicted(case: str, server: Server) -> float:
    kind, key = case.split(maxsplit=1)[0], int(re.findall(r"key(\d+)", case)[0])
    count = int((re.findall(r"key\d+ \D+(\d+)", case) or ["0"])[0])
    if kind == "int":
        return float(integer_bytes(key, 200_000, False, server))
    if kind == "string":
        return float(string_bytes(key, count, 200_000 if count < 2048 else 20_000, "nottl" not in case, server))
    length = int(re.findall(r"val(\d+)", case)[0]) if "val" in case else 0
    members = ([5, length] if kind == "hash" else [length]) * count
    entries = 200_000 if kind == "hash" and count < 50 else 20_000
    return container_bytes(kind, key, members, entries, False, server)  # type: ignore[arg-type]


def test_entries_of_three_measured_servers_are_right_to_three_in_a_thousand(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "cache" / "redis_memory_per_key.csv")
    table["error"] = [predicted(case, MEASURED[server]) for server, case in zip(table["server"], table["case"], strict=True)]
    table["error"] = table["error"] / table["bytes_per_key_used_memory_delta"] - 1
    plain = table["case"].str.contains("string|int key", regex=True) & ~table["case"].str.contains("intset")
    assert plain.sum() == 105
    assert table.loc[plain, "error"].abs().max() < 0.003
    assert table["error"].abs().max() < 0.004


def test_memory_usage_leaves_out_up_to_two_fifths_of_a_small_entry_that_expires(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "cache" / "redis_memory_per_key.csv")
    short = 1 - table["memory_usage_cmd"] / table["bytes_per_key_used_memory_delta"]
    assert memory_usage_misses(24, 8, 200_000, True, REDIS_7_0_DEBIAN) == pytest.approx(short.max(), abs=0.06)
    assert memory_usage_misses(24, 10_240, 200_000, False) < 0.002


def test_sizes_are_rounded_up_to_the_classes_of_the_allocator() -> None:
    assert allocated([1, 8, 9, 17, 25, 64, 65, 128, 129, 160, 161, 2052]).tolist() == [8, 8, 16, 24, 32, 64, 80, 128, 160, 160, 192, 2560]
    assert allocated([17, 25, 33, 40], 16).tolist() == [32, 32, 48, 48]


def test_an_entry_is_the_sum_that_can_be_read_off_its_parts() -> None:
    # 24 table entry + 32 key (1 + 24 + 1) + 32 value (16 + 3 + 8 + 1) + 8 cell, then 24 + 8 for the time to live
    assert string_bytes(24, 8, 1 << 20, False, REDIS_7_4) == 96
    assert string_bytes(24, 8, 1 << 20, True, REDIS_7_4) == 128


def test_a_zset_beyond_a_listpack_is_refused() -> None:
    with pytest.raises(ParameterError, match="skip list"):
        container_bytes("zset", 24, [100] * 200, 1000)


@pytest.fixture
def server(require_program: Callable[[str], str], tmp_path: Path) -> Iterator[redis.Redis]:
    socket = tmp_path / "socket"
    command = [require_program("redis-server"), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 20
        while not socket.exists() and time.monotonic() < until:
            time.sleep(0.02)
        yield redis.Redis(unix_socket_path=str(socket))
        process.terminate()


def layout_of(information: dict[str, str]) -> Server:
    version = tuple(int(part) for part in information["redis_version"].split(".")[:2])
    if "valkey_version" in information or version >= (8, 0) or "jemalloc" not in information["mem_allocator"]:
        pytest.skip(f"the layout of {information['redis_version']} with {information['mem_allocator']} is not known")
    packs, bundled = version >= (7, 2), information["mem_allocator"] != "jemalloc-5.3.0"
    return Server("found", 8 if bundled else 16, packs_sets=packs)


@pytest.mark.parametrize(("value", "expires"), [(8, False), (100, True), (700, True)])
def test_a_real_server_uses_what_is_predicted(server: redis.Redis, value: int, expires: bool) -> None:
    layout, entries = layout_of(server.info()), 60_000
    before = server.info("memory")["used_memory"]
    with redis.Redis(unix_socket_path=server.connection_pool.connection_kwargs["path"]) as writer:  # its buffers go with it
        pipe = writer.pipeline(transaction=False)
        for place in range(entries):
            pipe.set(f"catalogue:asset:{place:08d}", b"x" * value, ex=3600 if expires else None)
        pipe.execute()
    time.sleep(0.2)
    used = (server.info("memory")["used_memory"] - before) / entries
    assert used == pytest.approx(float(string_bytes(24, value, entries, expires, layout)), rel=0.003)


def test_an_entry_in_the_process_takes_what_resident_memory_grows_by() -> None:
    code = (
        "import psutil\nfrom collections import OrderedDict\nme, cache = psutil.Process(), OrderedDict()\nbefore = me.memory_info().rss\n"
        "for place in range(150_000):\n    cache[f'{place:024d}'] = (1.5 + place, bytes([place & 255]) * 100)\n"
        "print((me.memory_info().rss - before) / 150_000)"
    )
    grown = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert float(in_process_bytes(24, 100)) == pytest.approx(grown, rel=0.12)
    assert np.all(np.diff(in_process_bytes(10, np.arange(0, 200, 16))) == 16)
