"""Materialized views and dynamic tables that statements of a history could read instead of their tables."""
