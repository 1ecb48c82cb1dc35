import json

import pytest

from perfweek.errors import TargetError
from perfweek.sample.settings import BUNDLED, Settings, load_settings


def test_the_bundled_settings_differ_in_everything_that_the_week_improves():
    found, improved = (load_settings(name) for name in BUNDLED)
    assert (found.layout, improved.layout) == BUNDLED
    assert not found.batch_lists and improved.batch_lists
    assert found.attributes_in_lists and not improved.attributes_in_lists
    assert "daily" not in found.cached and "daily" in improved.cached
    assert found.l1.size_mb < 1 < improved.l1.size_mb


def test_a_file_of_settings_is_read_and_what_it_leaves_out_has_its_default(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('layout = "improved"\n[l1]\nttl_s = 5\n')
    assert load_settings(str(file)) == Settings(layout="improved", l1={"ttl_s": 5})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("batch_list = true", "unknown key batch_list, did you mean batch_lists?"),
        ("[l1]\nsize = 3", "unknown key l1.size, did you mean l1.size_mb?"),
        ("colour = 3", "unknown key colour"),
        ('layout = "better"', "layout: Input should be 'as_found', 'improved' or 'recommended'"),
        ("[l1]\nttl_s = 0", "l1.ttl_s: Input should be greater than 0"),
        ('[l2]\nredis_url = "localhost"', "l2.redis_url: String should match"),
        ("layout = ", "not a TOML file"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_wrong(tmp_path, content, message):
    file = tmp_path / "mine.toml"
    file.write_text(content)
    with pytest.raises(TargetError) as raised:
        load_settings(str(file))
    assert message in raised.value.what
    assert raised.value.where == str(file)
    assert raised.value.remedy


def test_a_name_that_is_neither_bundled_nor_a_file_is_refused():
    with pytest.raises(TargetError, match="No such file") as raised:
        load_settings("improvd")
    assert "as_found or improved" in raised.value.remedy


def test_the_published_settings_hold_no_password():
    settings = Settings(l2={"redis_url": "redis://user:hunter2@cache:6379/0"})
    assert "hunter2" not in json.dumps(settings.public())
    assert settings.public()["l2"]["redis_url"] == "redis://***@cache:6379/0"
    assert "hunter2" in settings.l2.redis_url
