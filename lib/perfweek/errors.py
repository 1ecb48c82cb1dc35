"""Errors that a user can act on, one tree.

    PerfweekError
      ParameterError     a notebook or command-line parameter is wrong
      TargetError        target.toml is wrong, or names something that is not there
      WeekError          the week's folder cannot be used: bad name, in use, not writable, disk full
      EvidenceError      a measured file is missing, damaged or has the wrong columns
      MeasurementError   the service, k6, a profiler or a command did not do its part
      RecordError        a decision record is damaged, incomplete or missing
      WarehouseError     the warehouse refused a login, a grant or a statement
        UnreadableError    what a statement reads is not there, or the role may not read it
        UnreachableError   the warehouse does not answer, or the connection to it is lost for good
      RunbookError       a runbook refuses: no approval, a damaged audit file, another run under way
      PublishError       a report was not published: it held a secret, or a picture without description

The command line prints `what`, `where` and `remedy`; a notebook shows the same three lines instead of a traceback.
"""


class PerfweekError(Exception):
    """One failure in the user's terms: what happened, where, and what to do next."""

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place}" + (f"\n{self.remedy}" if self.remedy else "")

    def _render_traceback_(self) -> list[str]:
        """IPython asks for this: in a notebook the message replaces the traceback."""
        return str(self).splitlines()


class ParameterError(PerfweekError):
    pass


class TargetError(PerfweekError):
    pass


class WeekError(PerfweekError):
    pass


class EvidenceError(PerfweekError):
    pass


class MeasurementError(PerfweekError):
    pass


class RecordError(PerfweekError):
    pass


class WarehouseError(PerfweekError):
    pass


class UnreadableError(WarehouseError):
    pass


class UnreachableError(WarehouseError):
    pass


class RunbookError(PerfweekError):
    pass


class PublishError(PerfweekError):
    pass
