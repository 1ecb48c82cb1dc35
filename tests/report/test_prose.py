"""Sentences, figures in words, and the day's conclusion."""

import json
import math
from pathlib import Path

import pytest
from report_pages import HOSTILE, SOURCE, code_cell, demo_cells, html_of, notebook_of, outputs_of

from perfweek.errors import ParameterError, PublishError
from perfweek.notebook import Tile, conclude, say
from perfweek.report.prose import in_week
from perfweek.report.summary import MIME, Summary, read_summary
from perfweek.stats import Estimate

NAN = math.nan


def test_a_sentence_is_text_with_code_in_backticks() -> None:
    assert '<p class="pw-say">p95 of <code>GET /a</code> is 1 &lt; 2</p>' in html_of(lambda: say("p95 of `GET /a` is 1 < 2"))


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("212 ms, 48.5 %, n = 5", "212_ms, 48.5_%, n_=_5"),
        ("5 minutes, 3 msgs", "5 minutes, 3 msgs"),
        ("1 MiB in 2 s.", "1_MiB in 2_s."),
        ("in = 5", "in = 5"),
    ],
)
def test_no_line_breaks_between_a_number_and_its_unit(sentence: str, shown: str) -> None:
    assert shown.replace("_", "\N{NO-BREAK SPACE}") in html_of(lambda: say(sentence))


def test_hostile_words_stay_words() -> None:
    tile = Tile(HOSTILE, Estimate(1, 0, 2, 3, HOSTILE), HOSTILE, HOSTILE, HOSTILE)
    for content in (html_of(lambda: say(HOSTILE + "`" + HOSTILE + "`")), html_of(lambda: conclude([HOSTILE], [tile], [Path(HOSTILE)]))):
        assert "<script" not in content and "<img" not in content


def test_the_conclusion_is_data_that_can_be_read_back() -> None:
    summary = read_summary(notebook_of(*demo_cells()))
    assert summary.verdict == ("`GET /assets` is too slow.", "JSON costs most.")
    first, second = summary.tiles
    assert (first.shown, first.interval, first.unit, first.n, first.source, first.change) == (
        "212", "205 to 219", "ms", 14220, SOURCE, "12 ms over the budget",
    )  # fmt: skip
    assert (second.value, second.low, second.high) == (412, None, None)
    assert Summary.from_json(json.loads(json.dumps(summary.to_json(), allow_nan=False))) == summary


def test_the_unit_one_is_not_shown() -> None:
    (output,) = outputs_of(lambda: conclude(["Well."], [Tile("ratio", Estimate(0.5, 0.4, 0.6, 9, ""), "1", SOURCE)]))
    assert output.data[MIME]["tiles"][0]["unit"] == ""


def test_the_last_conclusion_counts_and_none_is_refused() -> None:
    outputs = [*outputs_of(lambda: conclude(["First."], [])), *outputs_of(lambda: conclude(["Last."], []))]
    assert read_summary(notebook_of(code_cell(outputs))).verdict == ("Last.",)
    with pytest.raises(PublishError, match="no conclusion"):
        read_summary(notebook_of())


@pytest.mark.parametrize("verdict", [[], ["a"] * 4, "one sentence"])
def test_a_verdict_has_one_to_three_sentences(verdict: list[str]) -> None:
    with pytest.raises(ParameterError, match="verdict"):
        conclude(verdict, [])


@pytest.mark.parametrize(
    ("verdict", "headline", "rest"),
    [
        (["Well."], "Well.", ()),
        (["The budget is missed. p95 is 0.5 s, 0.4 to 0.6.", "Work on it."], "The budget is missed.", ("p95 is 0.5 s, 0.4 to 0.6.", "Work on it.")),
        (["No stop"], "No stop", ()),
    ],
)
def test_the_first_sentence_is_the_headline(verdict: list[str], headline: str, rest: tuple[str, ...]) -> None:
    summary = Summary(tuple(verdict), (), ())
    assert (summary.headline, summary.rest) == (headline, rest)


def test_a_tile_names_its_evidence() -> None:
    with pytest.raises(PublishError, match="source"):
        conclude(["Well."], [Tile("p95", Estimate(1, 0, 2, 3, ""), "ms", "")])


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/home/a/weeks/2026-W48/artifacts/apply.sql", "artifacts/apply.sql"),
        ("artifacts/sub/apply.sql", "artifacts/sub/apply.sql"),
        ("/2026-W01/weeks/2026-W48/artifacts/a b.sql", "artifacts/a b.sql"),
    ],
)
def test_artifacts_are_named_from_the_week_on(path: str, inside: str) -> None:
    assert in_week(Path(path)) == inside


@pytest.mark.parametrize("path", ["/etc/passwd", "weeks/2026-W48/../../secret", "../x", "/w/2026-W48"])
def test_an_artifact_outside_the_week_is_refused(path: str) -> None:
    with pytest.raises(ParameterError, match="outside"):
        in_week(Path(path))
