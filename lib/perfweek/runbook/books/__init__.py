"""One runbook a file: its parameters, and its steps as a visible tuple."""
