"""The gate of a pull request: what can be counted exactly, and budgets, against a baseline that is kept with the code."""
