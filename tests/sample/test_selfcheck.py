"""The sample's quick checks, which `test` of its target runs."""

import subprocess
import sys
import unittest

from junitparser import JUnitXml

from perfweek.project import project_folder
from perfweek.sample.selfcheck import check, main
from perfweek.target import load_target


def test_the_checks_pass_and_write_their_times(tmp_path, capsys):
    assert main(["--junit", str(tmp_path / "junit.xml")]) == 0
    (suite,) = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert suite.tests == len(list(suite)) >= 10
    assert all(case.time >= 0 and case.is_passed for case in suite)
    assert sum(case.time for case in suite) <= suite.time
    assert f"{suite.tests} checks, all passed" in capsys.readouterr().out


def test_a_check_that_fails_or_breaks_is_in_the_report():
    class Wrong(unittest.TestCase):
        def test_fails(self):
            self.assertEqual(1, 2)

        def test_breaks(self):
            raise RuntimeError("broken")

    report, passed = check(unittest.defaultTestLoader.loadTestsFromTestCase(Wrong))
    assert not passed
    messages = {case.name: case.result[0].message for suite in report for case in suite}
    assert messages == {"test_breaks": "RuntimeError: broken", "test_fails": "AssertionError: 1 != 2"}


def test_the_commands_of_the_samples_target_work_without_development_tools(tmp_path):
    target = load_target(str(project_folder("").resolve() / "target.toml"))
    blocked = "import sys; sys.modules['pytest'] = None; import runpy; sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__')"
    words = target.command(target.commands.test, tmp_path)
    assert words[:2] == [sys.executable, "-m"]
    subprocess.run([sys.executable, "-c", blocked, *words[2:]], cwd=target.root, check=True, capture_output=True)
    assert (tmp_path / "junit.xml").exists()
    assert all((target.root / word).is_dir() for word in target.command(target.commands.build) if word.startswith("lib/"))
