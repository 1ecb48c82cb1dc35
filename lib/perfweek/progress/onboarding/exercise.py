"""Exercises with answers that are checked against what the learner's own run measured."""

import html
import math
from dataclasses import dataclass

NOT_YET = "Not answered yet."


@dataclass(frozen=True)
class Exercise:
    """A question, the measured truth (a text, or a number with the share that an answer may be off), and a hint for a wrong answer."""

    question: str
    truth: str | float
    hint: str
    off_by: float = 0.1

    def check(self, answer: str | float | None) -> str:
        """'Right: …' with the truth, a hint, or that there is no answer yet ('' or None)."""
        if answer is None or answer == "":
            return f"{self.question} {NOT_YET}"
        if self.is_right(answer):
            return f"Right: {self._shown()}."
        return f"Not yet: {self.hint}"

    def is_right(self, answer: str | float) -> bool:
        if isinstance(self.truth, str):
            return str(answer).strip().casefold() == self.truth.strip().casefold()
        try:
            return math.isclose(float(answer), self.truth, rel_tol=self.off_by, abs_tol=self.off_by / 10)
        except (TypeError, ValueError):
            return False

    def _shown(self) -> str:
        return self.truth if isinstance(self.truth, str) else f"{self.truth:.3g}"

    def _repr_html_(self) -> str:
        return f"<p><strong>{html.escape(self.question)}</strong></p>"
