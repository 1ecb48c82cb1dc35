"""The chain of the audit file: whatever is done to it, it is found, and said where."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runbook import target_in

from perfweek.errors import RunbookError
from perfweek.runbook.audit import Audit
from perfweek.runbook.chain import Head, link, read_chain

WORDS = st.dictionaries(st.text(max_size=8).filter(lambda name: name not in ("number", "previous", "hash")), st.text(max_size=20), max_size=4)
LINES = st.lists(WORDS, min_size=1, max_size=8)


def chained(contents):
    head, lines = Head(), []
    for content in contents:
        lines.append(link(head, content))
        head = read_chain(b"".join(lines)).head
    return lines, head


@given(LINES)
def test_a_chain_reads_back_as_it_was_written(contents):
    lines, head = chained(contents)
    chain = read_chain(b"".join(lines), head)
    assert (chain.problem, chain.torn) == ("", 0)
    assert [{key: entry[key] for key in content} for entry, content in zip(chain.entries, contents, strict=True)] == contents


@given(LINES, st.data())
def test_any_changed_byte_is_found_in_its_line(contents, data):
    lines, head = chained(contents)
    whole = b"".join(lines)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    chain = read_chain(whole[:at] + bytes([other]) + whole[at + 1 :], head)
    assert chain.problem
    assert len(chain.entries) <= whole[:at].count(b"\n")


def test_a_line_that_says_the_same_in_other_bytes_is_found():
    lines, head = chained([{"event": "é"}])
    assert b"\\u00e9" in lines[0]
    for other in (lines[0].replace(b"{", b"{ ", 1), lines[0].replace(b"\\u00e9", b"\\u00E9")):
        assert read_chain(other, head).problem == "line 1 was changed: its hash does not fit"


@given(LINES, st.data())
def test_a_removed_line_is_found_wherever_it_stood(contents, data):
    lines, head = chained(contents)
    at = data.draw(st.integers(0, len(lines) - 1))
    assert read_chain(b"".join(lines[:at] + lines[at + 1 :]), head).problem


@given(LINES, st.data())
def test_two_lines_that_changed_places_are_found(contents, data):
    lines, head = chained([*contents, {"last": "one"}])
    at = data.draw(st.integers(0, len(lines) - 2))
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert read_chain(b"".join(lines), head).problem.startswith(f"line {at + 1} ")


@given(LINES, st.integers(1, 8))
def test_a_cut_end_is_found_by_the_head(contents, cut):
    lines, head = chained(contents)
    left = b"".join(lines[:-cut])
    assert read_chain(left, head).problem.startswith("the end was cut")
    assert read_chain(left).problem == ""  # without the head nothing would show it


@given(LINES, st.data())
def test_a_line_that_was_never_finished_is_counted_and_not_believed(contents, data):
    lines, _ = chained(contents)
    cut = data.draw(st.integers(1, len(lines[-1]) - 1))
    torn = read_chain(b"".join(lines)[:-cut], Head(len(lines) - 1, json.loads(lines[-1])["previous"]))
    assert (torn.problem, len(torn.entries), torn.torn) == ("", len(lines) - 1, len(lines[-1]) - cut)


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_no_file_whatever_makes_the_reader_raise(data):
    chain = read_chain(data)
    assert chain.problem or not chain.entries


def test_a_file_forged_as_a_whole_is_found_by_the_head():
    lines, head = chained([{"event": "a"}, {"event": "b"}])
    forged, _ = chained([{"event": "a"}, {"event": "c"}])
    assert "written anew" in read_chain(b"".join(forged), head).problem
    assert read_chain(b"".join(lines), head).problem == ""


@pytest.fixture
def audit(tmp_path):
    kept = Audit(target_in(tmp_path), {"DEPLOY_TOKEN": "s3cr3t-value-7"})
    for number in range(3):
        kept.append("planned", runbook="letters", what=f"plan {number}")
    return kept


def test_entries_say_who_when_and_what(audit):
    entries = audit.entries()
    assert [entry["what"] for entry in entries] == ["plan 0", "plan 1", "plan 2"]
    assert all("@" in entry["who"] and entry["at"].endswith("+00:00") for entry in entries)


def test_a_tampered_line_is_named_and_nothing_is_added_after_it(audit):
    text = audit.path.read_text()
    audit.path.write_text(text.replace("plan 1", "plan 9"))
    with pytest.raises(RunbookError, match="tampered with: line 2 was changed"):
        audit.entries()
    with pytest.raises(RunbookError, match="tampered"):
        audit.append("planned", runbook="letters")
    assert audit.path.read_text().count("\n") == 3


def test_an_emptied_and_a_deleted_file_are_found(audit):
    audit.path.write_text("")
    with pytest.raises(RunbookError, match="the end was cut: 3 lines were written, 0 are left"):
        audit.entries()
    audit.path.unlink()
    with pytest.raises(RunbookError, match="the end was cut"):
        audit.entries()


def test_lines_appended_by_someone_else_are_found(audit):
    head = audit.read().head
    for number in range(2):
        line = link(head, {"event": "forged", "what": number})
        head = Head(head.number + 1, json.loads(line)["hash"])
        with audit.path.open("ab") as content:
            content.write(line)
    with pytest.raises(RunbookError, match="line 5 is not ours"):
        audit.entries()


def test_a_line_torn_by_a_power_cut_is_dropped_and_that_is_written_down(audit):
    with audit.path.open("ab") as content:
        content.write(b'{"event":"chan')
    assert audit.append("planned", runbook="letters")["torn_bytes_dropped"] == 14
    assert len(audit.entries()) == 4


def test_a_process_killed_between_the_line_and_the_head_left_a_good_chain(audit):
    with audit.path.open("ab") as content:
        content.write(link(audit.read().head, {"event": "planned"}))
    assert len(audit.entries()) == 4
    audit.append("planned", runbook="letters")
    assert audit.read().problem == ""


def test_secrets_never_reach_the_file(audit):
    given_away = {
        "url": "redis://user:pass-w0rd@host/0",
        "text": "it was s3cr3t-value-7, in clear",
        "password = 'abc'": 1,
        "deep": [{"a": "TOKEN=xyz-123"}],
    }
    audit.append("change begun", before=given_away)
    text = audit.path.read_text()
    assert all(secret not in text for secret in ("s3cr3t-value-7", "pass-w0rd", "abc'", "xyz-123"))
    assert "redis://***@host/0" in text
    assert "it was ***, in clear" in text


def test_the_file_only_ever_grows(audit):
    before = audit.path.read_bytes()
    audit.append("planned", runbook="letters")
    assert audit.path.read_bytes().startswith(before)
