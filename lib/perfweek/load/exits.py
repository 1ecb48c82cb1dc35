"""How a run of k6 ended: what each of its exit codes means, and what it only says in its log."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfweek.errors import MeasurementError
from perfweek.wording import count, percent

FINISHED, THRESHOLDS_MISSED, MARKED_FAILED = 0, 99, 110
RESULTS = {FINISHED, THRESHOLDS_MISSED, MARKED_FAILED}
"""The run was carried out; what it found may be bad news."""

_AGAIN = "Give the same command again to measure anew."
# https://github.com/grafana/k6/blob/master/errext/exitcodes/codes.go
_FAILURES = {
    97: ("the run in k6's cloud failed", "Look at it there; perfweek measures with a k6 that runs here."),
    98: ("k6 lost sight of its run in the cloud", "Look at it there; perfweek measures with a k6 that runs here."),
    100: ("setup() of the script took too long", "Raise setupTimeout in its options, or do less there."),
    101: ("teardown() of the script took too long", "Raise teardownTimeout in its options, or do less there."),
    102: ("k6 ran into a time limit", "See its last lines above."),
    103: ("k6 was stopped through its REST API", _AGAIN),
    104: ("k6 refuses the options of the script", "Mend `options` in the script; try it with: k6 inspect <script>"),
    105: ("k6 was interrupted", _AGAIN),
    106: ("k6 cannot open its REST API", "Stop the program that has its port, 6565."),
    107: ("the script failed", "Mend the script; try it with: k6 run <script>"),
    108: ("the script ended the test itself (test.abort)", "Find out why it aborts: its own condition was met."),
    109: ("k6 itself crashed", "Try a newer k6."),
    255: ("k6 refuses its command line", "Try a k6 of version 1.1 or later."),
}
_MESSAGE = re.compile(r'level=error msg="((?:[^"\\]|\\.)*)"')
_OF_THE_SCRIPT = re.compile(r'hint="script exception"|source=stacktrace|\\tat ')


@dataclass(frozen=True)
class ScriptErrors:
    """Errors that ended iterations of a script: how many, and the message of the first ('' for none)."""

    count: int
    first: str


def failure(exit_code: int, script: str, log: str) -> MeasurementError:
    """The error for an exit code outside RESULTS, with the reason that k6 gave in `log`."""
    killed = f"k6 was killed by signal {exit_code - 128}" if 128 < exit_code < 160 else f"k6 ended with exit code {exit_code}"
    what, remedy = _FAILURES.get(exit_code, (killed, "Give the same command again; if it happens again, look at memory and limits of this machine."))
    reason = _reason(log)
    return MeasurementError(f"{what}: {reason}" if reason else what, script, remedy)


def script_errors(log: Path) -> ScriptErrors:
    """The errors of the script that k6 has written into its log: it ends with code 0 whatever the iterations threw."""
    found, first = 0, ""
    with log.open(errors="replace") as lines:
        for line in lines:
            if (message := _MESSAGE.search(line)) and _OF_THE_SCRIPT.search(line):
                found += 1
                first = first or _plain(message[1].partition("\\n\\tat")[0])
    return ScriptErrors(found, first)


def outcome_sentence(exit_code: int, iterations: int, errors: ScriptErrors) -> str:
    """What k6 itself reports beside its measurements: failed iterations, and a script that called its own run a failure; '' for neither."""
    said = []
    if errors.count:
        share = f" ({percent(errors.count / iterations)})" if iterations else ""
        said.append(f"{count(errors.count, 'iteration')}{share} ended in an error of the load script, the first: {errors.first}.")
    if exit_code == MARKED_FAILED:
        said.append("The load script has marked its own run as failed (test.fail).")
    return " ".join(said)


def outcome_of(record: Mapping[str, Any]) -> str:
    """`outcome_sentence` of the record of a run (run.json); '' where k6 was not run here."""
    if "script_errors" not in record:
        return ""
    return outcome_sentence(record["exit_code"], record["iterations"], ScriptErrors(**record["script_errors"]))


def _reason(log: str) -> str:
    """What k6 says went wrong: the messages of its last error lines, or its last line."""
    messages = _MESSAGE.findall(log)
    return _plain(messages[-1] if messages else log.strip().rpartition("\n")[2])


def _plain(message: str) -> str:
    return " ".join(message.replace("\\n", " ").replace("\\t", " ").replace('\\"', '"').split())[:500]
