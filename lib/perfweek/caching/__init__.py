"""Thursday: what the access log says about cache sizes."""
