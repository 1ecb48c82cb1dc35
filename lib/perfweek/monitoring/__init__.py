"""Monitoring as code: dashboards, rules and the stack, generated from one list of panels and one of alerts, and run for real in tests."""
