"""Traces of every common kind to requests: the format is found by looking at the content, units are found and stated."""
