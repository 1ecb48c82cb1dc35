"""Miss-ratio curves of long traces: exact for every size in one pass, sampled beyond that, and simulated for other policies."""
