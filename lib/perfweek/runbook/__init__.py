"""Procedures that change a system: read, plan, approve, apply, verify, roll back, and an audit file that says so."""
