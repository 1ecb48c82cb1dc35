"""The decision records: ours are whole and open in other tools; damaged ones are named with file and line."""

import itertools
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from perfweek.decisions.judge import SUBJECTS
from perfweek.decisions.records import read_record, read_records
from perfweek.errors import RecordError
from perfweek.project import project_folder

ADR = project_folder("runbooks") / "adr"
NAMES = [
    "0001-event-driven-architecture-with-kafka.md",
    "0002-cqrs-for-read-write-separation.md",
    "0003-multi-tier-caching-strategy.md",
    "0004-monorepo-with-turborepo.md",
    "0005-graphql-federation.md",
]
HEADINGS = [
    "h2 Context and Problem Statement",
    "h2 Decision Drivers",
    "h2 Considered Options",
    "h2 Decision Outcome",
    "h3 Consequences",
    "h3 Confirmation",
    "h2 Pros and Cons of the Options",
    "h2 More Information",
]
WHOLE = """---
status: accepted
date: 2026-11-20
---

# One thing

## Context and Problem Statement

Why?

## Considered Options

* Do nothing
* Do `this`

## Decision Outcome

Chosen option: "Do nothing", because it is cheapest.
"""


def tokens(path):
    return MarkdownIt().parse(path.read_text().split("\n---\n", 1)[1])


def headings(path):
    found = tokens(path)
    return [f"{opening.tag} {text.content}" for opening, text in itertools.pairwise(found) if opening.type == "heading_open"]


def damaged(tmp_path, text):
    path = tmp_path / "0007-one-thing.md"
    path.write_text(text)
    with pytest.raises(RecordError) as caught:
        read_record(path)
    assert caught.value.remedy
    return caught.value


def test_the_five_records_are_read_with_number_title_status_and_options():
    records = read_records(ADR)
    assert [record.path.name for record in records] == NAMES
    assert [record.id for record in records] == list(SUBJECTS)
    assert {record.status for record in records} == {"proposed"}
    assert all(len(record.options) >= 3 and record.chosen in record.options for record in records)


@pytest.mark.parametrize("name", ["0000-template.md", *NAMES])
def test_a_record_has_the_shape_of_madr_4(name):
    path = ADR / name
    front = path.read_text().split("---\n")[1]
    assert set(yaml.safe_load(front)) == {"status", "date", "decision-makers", "consulted", "informed"}
    found = headings(path)
    assert found[0].startswith("h1 ")
    assert [heading for heading in found if heading in HEADINGS] == HEADINGS
    assert sum(heading.startswith("h1 ") for heading in found) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_record_weighs_every_option_both_ways(name):
    path = ADR / name
    text = path.read_text()
    for option in read_record(path).options:
        section = text.split(f"### {option}\n")[1].split("\n#")[0]
        assert "* Good, because" in section, option
        assert "* Bad, because" in section, option
    consequences = text.split("### Consequences")[1].split("###")[0]
    assert consequences.count("* Good, because") >= 2
    assert consequences.count("* Bad, because") >= 2
    assert "What would change our mind:" in text.split("## More Information")[1]


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_record_leads_to_a_file(name):
    links = [child.attrs["href"] for token in tokens(ADR / name) for child in token.children or [] if child.type == "link_open"]
    assert any(link.endswith("2_tuesday_decisions.ipynb") for link in links)
    assert [link for link in links if not (ADR / link).exists()] == []


def test_a_record_names_the_criteria_that_are_computed_for_it_and_no_others(judged):
    for decision in judged:
        confirmation = decision.record.path.read_text().split("### Confirmation")[1].split("\n## ")[0]
        assert all(f"`{criterion.rule.id}`" in confirmation for criterion in decision.criteria), decision.record.id
        assert confirmation.count("`") == 2 * len(decision.criteria)


def test_other_files_in_the_folder_are_no_records(tmp_path):
    for name in ("0000-template.md", "README.md", "0001-one-thing.md", "1-short.md"):
        (tmp_path / name).write_text(WHOLE)
    (record,) = read_records(tmp_path)
    assert (record.number, record.title, record.status, record.date) == (1, "One thing", "accepted", date(2026, 11, 20))
    assert record.options == ("Do nothing", "Do `this`")


def test_a_folder_without_records_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(RecordError, match="no decision records") as caught:
        read_records(tmp_path)
    assert "perfweek adr new" in caught.value.remedy


def test_two_records_of_one_number_are_refused_by_name(tmp_path):
    for name in ("0003-one.md", "0003-two.md"):
        (tmp_path / name).write_text(WHOLE)
    with pytest.raises(RecordError, match="number 0003") as caught:
        read_records(tmp_path)
    assert caught.value.where == "0003-one.md, 0003-two.md"


@pytest.mark.parametrize(
    ("old", "new", "what", "line"),
    [
        ("---\nstatus", "status", "has no front matter", 1),
        ("status: accepted", "status: accepted: twice", "not YAML", 2),
        ("status: accepted", "status: agreed", "the status 'agreed'", 2),
        ("status: accepted\n", "", "the status ''", 1),
        ("date: 2026-11-20", "date: last week", "the date 'last week'", 3),
        ("# One thing", "One thing", "has no title", 1),
        ("## Decision Outcome", "## Outcome", "has no section 'Decision Outcome'", 1),
        ("* Do `this`\n", "", "lists 1 options", 12),
        ('"Do nothing", because', '"Do it", because', "chooses 'Do it', which is not a considered option", 17),
        ("Chosen option", "Chosen", "does not say Chosen option", 17),
    ],
)
def test_a_damaged_record_is_named_with_its_line(tmp_path, old, new, what, line):
    assert WHOLE.count(old) == 1
    error = damaged(tmp_path, WHOLE.replace(old, new))
    assert what in error.what
    assert error.where.endswith(f"0007-one-thing.md, line {line}")


def test_a_heading_in_a_code_block_is_no_heading(tmp_path):
    text = WHOLE.replace("## Considered Options", "```\n## Considered Options\n```")
    assert "no section 'Considered Options'" in damaged(tmp_path, text).what


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_record_it_is_read_or_refused_in_the_users_terms(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("adr") / "0001-any.md"
    cut = data.draw(st.integers(0, len(WHOLE)))
    path.write_bytes(WHOLE[:cut].encode() + data.draw(st.binary(max_size=30)) + WHOLE[cut + data.draw(st.integers(0, 9)) :].encode())
    try:
        assert read_record(path).chosen
    except RecordError as error:
        assert "0001-any.md" in error.where
