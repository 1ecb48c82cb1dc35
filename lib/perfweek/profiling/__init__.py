"""Profiling: where the CPU time of the service goes, and how long its build and test commands take."""
