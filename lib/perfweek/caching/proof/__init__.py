"""Predictions held against real caches."""
