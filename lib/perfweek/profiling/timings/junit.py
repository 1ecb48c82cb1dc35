"""Test times from JUnit XML, which nearly every test runner writes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse
from junitparser import JUnitXml, JUnitXmlError, TestCase

from perfweek.errors import EvidenceError

Outcome = Literal["passed", "failed", "skipped"]
LONGEST_NAME = 300
_REMEDY = "Let the test command write JUnit XML anew, then run the day again."


@dataclass(frozen=True)
class Case:
    """One test: its class or file, its name, its seconds (NaN where none that can be read stands there) and how it ended."""

    suite: str
    name: str
    time_s: float
    outcome: Outcome


@dataclass(frozen=True)
class JUnit:
    """The tests of a report in its order; `suite_s`: what it says that they took together by the clock, NaN where it does not.

    Under pytest-xdist the tests add up to more than that: they ran side by side.
    """

    cases: tuple[Case, ...]
    suite_s: float

    @property
    def untimed(self) -> int:
        return sum(math.isnan(case.time_s) for case in self.cases)


def read_junit(path: Path) -> JUnit:
    """Read a report. Raises EvidenceError where it is no whole XML, declares a document type (a report has no need of one) or holds no test."""
    try:
        root = parse(path, forbid_dtd=True).getroot()
        JUnitXml.fromroot(root)
    except DefusedXmlException as error:
        raise EvidenceError("the XML declares a document type, which may be an attack: not read", path.name, _REMEDY) from error
    except (ParseError, JUnitXmlError, ValueError, LookupError) as error:
        raise EvidenceError(f"no JUnit XML: {error}", path.name, _REMEDY) from error
    cases = tuple(_case(element) for element in root.iter("testcase"))
    if not cases:
        raise EvidenceError("the JUnit XML holds no test", path.name, _REMEDY)
    return JUnit(cases, _suite_s(root))


def _case(element: Element) -> Case:
    case = TestCase.fromelem(element)
    outcome: Outcome = "skipped" if case.is_skipped else "failed" if case.is_failure or case.is_error else "passed"
    suite, name = (text[:LONGEST_NAME] for text in (element.get("classname") or element.get("file") or "", element.get("name") or ""))
    return Case(suite, name, _seconds(element), outcome)


def _suite_s(root: Element) -> float:
    """That of the root, else of the outermost suites together."""
    own = _seconds(root)
    return own if not math.isnan(own) else math.fsum(_outermost(root)) or math.nan


def _outermost(root: Element) -> Iterator[float]:
    for suite in root.findall("testsuite"):
        seconds = _seconds(suite)
        yield 0.0 if math.isnan(seconds) else seconds


def _seconds(element: Element) -> float:
    """The attribute `time`; some writers put commas between thousands."""
    try:
        seconds = float((element.get("time") or "nan").replace(",", ""))
    except ValueError:
        return math.nan
    return seconds if 0 <= seconds < math.inf else math.nan
