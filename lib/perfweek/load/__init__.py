"""Load: k6 against the running service, its results read, latency with intervals, memory and CPU meanwhile."""
