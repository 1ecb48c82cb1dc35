from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from perfweek.errors import TargetError
from perfweek.scaffold import ask_questions, commented_target, write_target
from perfweek.target import Target, find_target, load_target

ROOT = Path(__file__).parents[1]


def written(folder, text):
    path = folder / "target.toml"
    path.write_text(text)
    return str(path)


def test_the_sample_target_is_valid_and_has_the_four_tiers_of_the_checklist():
    tiers = load_target(str(ROOT / "target.toml")).cache.tiers
    assert [(tier.name, tier.size_mb, tier.ttl_s) for tier in tiers[:2]] == [("in-process", 1000, 60), ("Redis Cluster", 100_000, 300)]
    assert tiers[2].ttl_s == 24 * 3600


def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path):
    with pytest.raises(TargetError, match=r"unknown key service\.helth, did you mean health\?"):
        load_target(written(tmp_path, '[service]\nhelth = "/"\n'))


def test_an_unknown_section_is_refused_with_the_nearest_known_one(tmp_path):
    with pytest.raises(TargetError, match=r"unknown key warehose, did you mean warehouse\?"):
        load_target(written(tmp_path, "[warehose]\n"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[load]\nrate = "fast"', "load.rate"),
        ("[load]\nrate = -1", "load.rate"),
        ('[load]\nprofile = "week2"', "load.profile"),
        ('[service]\nurl = "localhost:8000"', "service.url"),
        ("[service]\nurl = 8000", "service.url"),
        ('[[load.requests]]\nname = "a"\npath = "assets"', "load.requests.0.path"),
        ('[service]\nstart = "a"\nprocess = "b"', "either start or process"),
        ('[monitoring]\ngrafana = "grafana"', "monitoring.grafana"),
        ('root = "/"', "root"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path, text, named):
    with pytest.raises(TargetError, match=named) as refusal:
        load_target(written(tmp_path, text))
    assert refusal.value.where.endswith("target.toml")


@pytest.mark.parametrize("text", ["[service", "a = ", "\x00"])
def test_a_file_that_is_not_toml_is_refused(tmp_path, text):
    with pytest.raises(TargetError, match="not a TOML file"):
        load_target(written(tmp_path, text))


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=8), st.booleans()), max_size=3))
def test_any_content_is_either_a_target_or_a_target_error(tmp_path_factory, content):
    import tomlkit

    path = written(tmp_path_factory.mktemp("target"), tomlkit.dumps({"service": content}))
    try:
        assert load_target(path).service
    except TargetError as refusal:
        assert "service" in str(refusal)


def test_the_nearest_target_file_above_is_found(tmp_path):
    written(tmp_path, "")
    (tmp_path / "notebooks").mkdir()
    assert find_target(start=tmp_path / "notebooks") == tmp_path / "target.toml"


def test_without_a_target_file_the_way_to_get_one_is_named(tmp_path):
    with pytest.raises(TargetError, match="perfweek init"):
        load_target(start=tmp_path)


def test_python_and_run_are_filled_into_commands_word_by_word(tmp_path):
    target = load_target(written(tmp_path, ""))
    assert target.command("serve --log '{run}/a b'", tmp_path / "x y") == ["serve", "--log", f"{tmp_path}/x y/a b"]


def test_the_commented_file_names_every_key_and_is_itself_valid(tmp_path):
    text = commented_target({})
    for section, field in Target.model_fields.items():
        for key in getattr(field.annotation, "model_fields", {}):
            assert key in text, f"{section}.{key}"
    assert load_target(written(tmp_path, text)) == Target(root=tmp_path)


def test_answers_are_written_and_the_rest_stays_at_its_default(tmp_path):
    path = write_target(tmp_path / "my.toml", {("service", "url"): "http://127.0.0.1:9", ("load", "requests"): [{"name": "home", "path": "/"}]})
    target = load_target(str(path))
    assert (target.service.url, target.load.requests[0].name, target.load.rate) == ("http://127.0.0.1:9", "home", Target().load.rate)


def test_an_existing_file_is_never_overwritten(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text("mine")
    with pytest.raises(TargetError):
        write_target(path, {})
    assert path.read_text() == "mine"


def test_an_invalid_answer_writes_nothing(tmp_path):
    with pytest.raises(TargetError, match=r"service\.url"):
        write_target(tmp_path / "my.toml", {("service", "url"): "nowhere"})
    assert not list(tmp_path.iterdir())


def test_the_questions_take_their_defaults_on_empty_answers(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: "")
    answers = ask_questions(Console())
    assert answers["service", "health"] == "/healthz"
    assert answers["load", "requests"] == [{"name": "GET /", "path": "/"}]
