"""The team's own commands, as runbooks run them."""

import shlex
import subprocess

from perfweek.errors import MeasurementError
from perfweek.target import Target


def run_command(target: Target, command: str) -> str:
    """What the command printed; no shell, in the target's folder. Raises MeasurementError where it cannot be started or fails."""
    try:
        done = subprocess.run(target.command(command), cwd=target.root, capture_output=True, text=True, check=False)
    except (OSError, ValueError) as error:
        raise MeasurementError(f"the command cannot be started: {error}", shlex.quote(command), "Mend it there.") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise MeasurementError(f"the command ended with code {done.returncode}: {said[-1] if said else 'it said nothing'}", command)
    return done.stdout
