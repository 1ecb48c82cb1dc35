"""Running the sample's quick checks and writing their times as JUnit XML.

Usage: python -m perfweek.sample.selfcheck [--junit FILE]
"""

import argparse
import sys
import time
import traceback
import unittest
from pathlib import Path
from types import TracebackType

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from perfweek.sample import checks

_Raised = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class _Timed(unittest.TestResult):
    """Each test with its time and, where it failed, why."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[TestCase] = []
        self._started = 0.0
        self._failure: Failure | None = None

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._failure, self._started = None, time.perf_counter()

    def addFailure(self, test: unittest.TestCase, err: _Raised) -> None:
        super().addFailure(test, err)
        self._failure = Failure("".join(traceback.format_exception_only(err[0], err[1])).strip())

    addError = addFailure

    def stopTest(self, test: unittest.TestCase) -> None:
        *_, suite, name = test.id().split(".")
        case = TestCase(name, suite, round(time.perf_counter() - self._started, 6))
        if self._failure:
            case.result = self._failure
        self.cases.append(case)
        super().stopTest(test)


def check(tests: unittest.TestSuite) -> tuple[JUnitXml, bool]:
    """Run the tests; their report, and whether all passed."""
    timed, started = _Timed(), time.perf_counter()
    tests.run(timed)
    suite = TestSuite("sample")
    suite.add_testcases(timed.cases)
    suite.time = round(time.perf_counter() - started, 6)
    report = JUnitXml()
    report.add_testsuite(suite)
    return report, timed.wasSuccessful()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m perfweek.sample.selfcheck", description="Run the sample's quick checks.")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the tests and their times there, as JUnit XML")
    given = parser.parse_args(arguments)
    report, passed = check(unittest.defaultTestLoader.loadTestsFromModule(checks))
    if given.junit:
        report.write(str(given.junit))
    for suite in report:
        for case in suite:
            if case.result:
                print(f"{case.classname}.{case.name}: {case.result[0].message}", file=sys.stderr)
    print(f"{sum(len(list(suite)) for suite in report)} checks, {'all passed' if passed else 'some failed'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
