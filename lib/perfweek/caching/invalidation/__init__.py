"""How entries stop being true: strategies replayed on the log, and stampedes."""
