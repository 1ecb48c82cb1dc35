import subprocess

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from logs import logged

from perfweek.caching.keys.sentences import balance_sentence
from perfweek.caching.keys.slots import balance_of, hashed_part, slot_of


def test_the_check_value_of_crc16_xmodem():
    assert slot_of("123456789") == 0x31C3 % 16384


@pytest.mark.parametrize(
    ("key", "hashed"),
    [("{user1000}.following", "user1000"), ("foo{}{bar}", "foo{}{bar}"), ("foo{{bar}}zap", "{bar"), ("foo{bar}{zap}", "bar"), ("a{b", "a{b")],
)
def test_only_the_first_tag_with_something_in_it_is_hashed(key, hashed):
    assert hashed_part(key.encode()) == hashed.encode()


@given(st.text(), st.text(alphabet=st.characters(blacklist_characters="{}", blacklist_categories=["Cs"]), min_size=1), st.text())
def test_keys_with_one_tag_share_a_slot(before, tag, after):
    plain = before.replace("{", "")
    assert slot_of(f"{plain}{{{tag}}}{after}") == slot_of(tag)


def test_slots_are_those_of_a_real_server(require_program, tmp_path):
    socket = tmp_path / "s"
    command = [require_program("redis-server"), "--port", "0", "--unixsocket", str(socket), "--cluster-enabled", "yes", "--dir", str(tmp_path)]
    keys = ["123456789", "{user1000}.following", "foo{}{bar}", "foo{{bar}}zap", "müsli", "a b", "{}", "x{}y{z}"]
    with subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL) as server:
        try:
            client = redis.Redis(unix_socket_path=str(socket), retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 200))
            assert [client.execute_command("CLUSTER", "KEYSLOT", key) for key in keys] == [slot_of(key) for key in keys]
        finally:
            server.terminate()


def test_a_key_with_more_than_a_shards_share_is_named_with_what_helps():
    found = balance_of(logged([{"key": "hot"}] * 60 + [{"key": f"k{place}"} for place in range(40)]), 3)
    assert (found.too_hot["key"].tolist(), found.hottest.value) == (["hot"], 0.6)
    assert "no resharding helps" in balance_sentence(found)
    assert found.by_shard["requests"].sum() == 100
    assert found.skew == pytest.approx(3 * found.by_shard["share"].max())


def test_shards_get_the_slots_that_redis_cli_gives_them():
    found = balance_of(logged([{"key": f"k{place}"} for place in range(2000)]), 3)
    limits = found.keys.groupby("shard")["slot"].agg(["min", "max"])
    assert (limits["max"].iloc[0] <= 5460, limits["min"].iloc[1] >= 5461, limits["max"].iloc[1] <= 10922, limits["min"].iloc[2] >= 10923) == (
        True,
    ) * 4
