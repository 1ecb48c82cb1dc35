"""Test times of JUnit XML."""

import math
import subprocess
import sys
import time
from itertools import pairwise
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.errors import EvidenceError
from perfweek.profiling.timings.junit import Case, read_junit

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ENTITIES = "".join(f'<!ENTITY {new} "{10 * f"&{old};"}">' for old, new in pairwise(LETTERS))
BOMB = f'<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]><testsuite><testcase name="&z;" time="1"/></testsuite>'
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=30)


def read(folder, text):
    path = folder / "junit.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_junit(path)


def test_passed_failed_and_skipped_tests_are_told_apart(tmp_path):
    report = read(
        tmp_path,
        """<testsuites><testsuite name="s" time="2.5">
        <testcase classname="shop.Cart" name="adds" time="0.25"/>
        <testcase classname="shop.Cart" name="fails" time="0.5"><failure message="no"/></testcase>
        <testcase classname="shop.Cart" name="breaks" time="1"><error/></testcase>
        <testcase file="cart.js" name="waits"><skipped/></testcase>
        </testsuite></testsuites>""",
    )
    assert [(case.name, case.outcome) for case in report.cases] == [
        *(("adds", "passed"), ("fails", "failed")),
        *(("breaks", "failed"), ("waits", "skipped")),
    ]
    assert report.cases[0] == Case("shop.Cart", "adds", 0.25, "passed")
    assert (report.cases[3].suite, report.suite_s, report.untimed) == ("cart.js", 2.5, 1)


def test_nested_suites_hold_tests_and_only_the_outermost_tell_the_clock(tmp_path):
    report = read(
        tmp_path,
        """<testsuites><testsuite time="3"><testsuite time="1"><testcase name="a" time="1"/></testsuite></testsuite>
        <testsuite time="4"><testcase name="b" time="1,000.5"/></testsuite></testsuites>""",
    )
    assert [case.time_s for case in report.cases] == [1, 1000.5]
    assert report.suite_s == 7


@pytest.mark.parametrize("damaged", ["nan", "inf", "-1", "1e999", "soon", ""])
def test_a_time_that_is_none_is_counted_not_believed(tmp_path, damaged):
    report = read(tmp_path, f'<testsuite time="{damaged}"><testcase name="a" time="{damaged}"/></testsuite>')
    assert math.isnan(report.cases[0].time_s)
    assert math.isnan(report.suite_s)
    assert report.untimed == 1


def test_an_entity_bomb_is_refused_at_once(tmp_path):
    started = time.monotonic()
    with pytest.raises(EvidenceError, match="declares a document type"):
        read(tmp_path, BOMB)
    assert time.monotonic() - started < 5


def test_a_file_named_by_an_entity_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("hunter2")
    entity = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>'
    with pytest.raises(EvidenceError) as raised:
        read(tmp_path, f'{entity}<testsuite><testcase name="a">&s;</testcase></testsuite>')
    assert "hunter2" not in str(raised.value)


def test_deep_nesting_is_read_without_recursion(tmp_path):
    report = read(tmp_path, "<testsuite>" * 20_000 + '<testcase name="a" time="1"/>' + "</testsuite>" * 20_000)
    assert len(report.cases) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_the_encoding_that_the_file_declares_is_used(tmp_path, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="größer" time="1"/></testsuite>'
    assert read(tmp_path, text.encode(encoding)).cases[0].name == "größer"


@pytest.mark.parametrize("head", ['<?xml version="1.0" encoding="no-such"?>', "<testsuite>\x00"])
def test_an_unknown_encoding_and_nul_bytes_are_one_error(tmp_path, head):
    with pytest.raises(EvidenceError, match="no JUnit XML"):
        read(tmp_path, f'{head}<testsuite><testcase name="a"/></testsuite>')


@given(st.lists(st.tuples(NAMES, st.integers(0, 10**6))))
def test_every_test_of_a_well_formed_report_comes_back(tmp_path_factory, tests):
    cases = "".join(f'<testcase name={quoteattr(name)} time="{ms / 1000}"/>' for name, ms in [*tests, ("last", 1)])
    report = read(tmp_path_factory.mktemp("junit"), f"<testsuite>{cases}</testsuite>")
    assert [round(1000 * case.time_s) for case in report.cases] == [ms for _, ms in tests] + [1]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_report_or_one_error(tmp_path_factory, content):
    try:
        assert read(tmp_path_factory.mktemp("junit"), b"<testsuite>" + content).cases
    except EvidenceError as error:
        assert error.what


def test_the_report_of_pytest_itself_is_read(tmp_path):
    (tmp_path / "test_shop.py").write_text("import time\ndef test_waits():\n    time.sleep(0.1)\ndef test_fails():\n    assert 0\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={tmp_path}/junit.xml", str(tmp_path / "test_shop.py")]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    report = read_junit(tmp_path / "junit.xml")
    assert [(case.name, case.outcome) for case in report.cases] == [("test_waits", "passed"), ("test_fails", "failed")]
    assert 0.1 <= report.cases[0].time_s <= report.suite_s
